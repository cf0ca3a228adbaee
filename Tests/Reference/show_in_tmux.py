"""Runs a command in tmux and looks at the screen as it goes: show_in_tmux.py COLUMNS COMMAND..., prints the screens that
differ, as JSON."""

import json
import os
import shlex
import subprocess
import sys
import time

columns, command = sys.argv[1], shlex.join(sys.argv[2:])
server = ["tmux", "-L", f"screen-{os.getpid()}", "-f", "/dev/null"]
run = lambda *words: subprocess.run([*server, *words], check=True, capture_output=True, text=True).stdout
run("new-session", "-d", "-x", columns, "-y", "40", f"{command}; echo end of $?; sleep 60")
screens, limit = [], time.monotonic() + 60
while time.monotonic() < limit:
    screen = run("capture-pane", "-p").rstrip()
    if not screens or screens[-1] != screen:
        screens.append(screen)
    if "end of " in screen:
        break
    time.sleep(0.02)
run("kill-server")
json.dump(screens, sys.stdout)
