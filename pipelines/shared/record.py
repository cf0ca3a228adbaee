"""The work of record.sh on a record:

record.py made NAME SCRIPT COMMIT SECONDS REASONS   prints its made.json; settings other than the defaults are on stdin
record.py replace NEW OLD                           puts the folder NEW in the place of OLD, in one step or not at all
record.py put NEW OLD                               the same, in two steps where the file system knows no exchange
"""

import ctypes
import datetime
import json
import os
import platform
import re
import shlex
import sys
from pathlib import Path

AT_FDCWD, RENAME_EXCHANGE, RENAME_SWAP = -100, 2, 2


def processor():
    """Its model, as the system names it."""
    if platform.system() == "Darwin":
        return os.popen("sysctl -n machdep.cpu.brand_string").read().strip()
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def made(name, script, commit, seconds, reasons):
    settings = [line.rstrip("\n") for line in sys.stdin]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    content = {
        "experiment": name,
        "command": " ".join([*(f"{key}={shlex.quote(value)}" for key, _, value in (s.partition("=") for s in settings)),
                             script]),
        "commit": commit or None,
        "machine": {"processor": processor(), "cores": cores, "kernel": f"{platform.system()} {platform.release()}"},
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "seconds": int(seconds),
    }
    if reasons:
        content["not published"] = reasons
    print(json.dumps(content, indent=2, ensure_ascii=False))


def exchange(new, old):
    """Both folders change places, no moment is without either; the number of the error where that is not possible."""
    library = ctypes.CDLL(None, use_errno=True)
    if platform.system() == "Darwin":
        status = library.renamex_np(os.fsencode(new), os.fsencode(old), RENAME_SWAP)
    else:
        status = library.renameat2(AT_FDCWD, os.fsencode(new), AT_FDCWD, os.fsencode(old), RENAME_EXCHANGE)
    return ctypes.get_errno() if status else 0


def replace(new, old):
    if not Path(old).exists():
        os.rename(new, old)
    elif error := exchange(new, old):
        sys.exit(f"record: error: {old}: cannot be exchanged with another folder ({os.strerror(error)}); it stays")


def put(new, old):
    if not Path(old).exists():
        os.rename(new, old)
    elif exchange(new, old):
        os.rename(old, f"{new}.old")
        os.rename(new, old)
        os.rename(f"{new}.old", new)


{"made": made, "replace": replace, "put": put}[sys.argv[1]](*sys.argv[2:])
