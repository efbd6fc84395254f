"""How tests wait: for a thing, not for a time. Boards in time of their own have tests/device/virtual.py."""
import os
import re
import signal
import time

PPOLL = {"x86_64": 271, "aarch64": 73}


def wait_for(condition, what, seconds=60, every=0.005):
    """What the condition says, once that is true; `what` it is is for the message. The limit is for a test that hangs."""
    end = time.monotonic() + seconds
    while not (said := condition()):
        if time.monotonic() > end:
            raise AssertionError("waited %d s for %s" % (seconds, what() if callable(what) else what))
        time.sleep(every)
    return said


def at_any_moment(seconds):
    """Here the moment is what a test tries many of, and each of them is right."""
    time.sleep(seconds)


def takes_signals(process, number=signal.SIGINT):
    """Waits until a session takes the signals that end memprof (live/stop_signals.h): before, it would die of them, and
    rightly. They are blocked then, except in ppoll."""
    def said(name):
        with open("/proc/%d/%s" % (process.pid, name)) as file:
            return file.read()

    def ready():
        blocked = int(re.search(r"^SigBlk:\s*(\w+)", said("status"), re.M)[1], 16)
        return blocked >> (number - 1) & 1 or said("syscall").split()[0] == str(PPOLL[os.uname().machine])
    wait_for(ready, "a session that takes signal %d" % number)
