"""The work of record.sh on a record:

record.py made NAME SCRIPT COMMIT SECONDS REASONS   prints its made.json; settings other than the defaults are on stdin
record.py replace NEW OLD                           puts the folder NEW in the place of OLD, in one step
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
    """Both folders change places; no moment is without either."""
    library = ctypes.CDLL(None, use_errno=True)
    if platform.system() == "Darwin":
        status = library.renamex_np(os.fsencode(new), os.fsencode(old), RENAME_SWAP)
    else:
        status = library.renameat2(AT_FDCWD, os.fsencode(new), AT_FDCWD, os.fsencode(old), RENAME_EXCHANGE)
    if status:
        number = ctypes.get_errno()
        sys.exit(f"record: error: {old}: the file system cannot exchange two folders ({os.strerror(number)}); "
                 f"the new record stays out of its place")


def replace(new, old):
    if Path(old).exists():
        exchange(new, old)
    else:
        os.rename(new, old)


{"made": made, "replace": replace}[sys.argv[1]](*sys.argv[2:])
