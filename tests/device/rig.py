"""What the device tests share: memprof, the boards, scripts. The first two arguments of each test are the
memprof under test and the folder with the firmware."""
import os
import re
import select
import subprocess
import sys
import tempfile
import time

from board import HERE, PROMPT, Board, Firmware, stop, truths  # noqa: F401

MEMPROF = os.path.abspath(sys.argv[1])
FIRMWARE = Firmware(sys.argv[2])


def memprof(*arguments, seconds=60, **more):
    return subprocess.run([MEMPROF, *arguments], capture_output=True, text=True, timeout=seconds,
                          errors="replace", **more)


def start(*arguments, **more):
    return subprocess.Popen([MEMPROF, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, errors="replace", **more)


def gc_pool(dump):
    return next(p for p in dump["pools"] if p["kind"] == "gc")


TICK = r"^ +\d+:\d\d\.\d{3} "


def ticks(text):
    """The lines of attach that are snapshots: not the heading, nor what it says of the board."""
    return [line for line in text.splitlines() if re.match(TICK, line)]


def read_until(process, pattern, seconds=30, n=1):
    """What memprof prints up to the n-th line that has the pattern."""
    text, end = getattr(process, "read_ahead", ""), time.monotonic() + seconds
    i_line = 0
    while True:
        lines = text.splitlines(keepends=True)
        for i in range(i_line, len(lines)):
            if not lines[i].endswith("\n"):
                break
            i_line = i + 1
            n -= bool(re.search(pattern, lines[i]))
            if n == 0:
                process.read_ahead = "".join(lines[i_line:])
                return "".join(lines[:i_line])
        wait = max(0, end - time.monotonic())
        data = b""
        if select.select([process.stdout], [], [], wait)[0]:
            data = os.read(process.stdout.fileno(), 65536)
        if not data:
            raise AssertionError("%r did not come in:\n%s" % (pattern, text))
        text += data.decode(errors="replace")


class Script:
    """A file with a program, gone afterwards."""

    def __init__(self, text):
        self.text = text

    def __enter__(self):
        self.file = tempfile.NamedTemporaryFile("w", suffix=".py", delete=False)
        self.file.write(self.text)
        self.file.close()
        return self.file.name

    def __exit__(self, *_):
        os.unlink(self.file.name)
