"""What the device tests share: memprof, the boards, scripts. The first two arguments of each test are the
memprof under test and the folder with the firmware."""
import concurrent.futures
import contextlib
import fcntl
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from board import HERE, PROMPT, Board, Firmware, RawBoard, at_any_moment, takes_signals, await_sleep, await_turns, stop, truths, wait_for  # noqa: F401

MEMPROF = os.path.abspath(sys.argv[1])
FIRMWARE = Firmware(sys.argv[2])
SECONDS_MAX = 600   # of one test
AT_ONCE = 6     # tests or boards of one file, as they get their turn
# Loopback address of this process alone. A port that is free on it stays free, whatever tests run at the same time.
HOST = "127.%d.%d.%d" % (os.getpid() >> 16 & 0x7f, os.getpid() >> 8 & 0xff, os.getpid() & 0xff)


def memprof(*arguments, seconds=60, code=None, **more):
    """code: what it must end with."""
    p = subprocess.run([MEMPROF, *arguments], capture_output=True, text=True, timeout=seconds, errors="replace", **more)
    assert code in (None, p.returncode), "exit code %d: %s" % (p.returncode, p.stdout[-300:] + p.stderr)
    return p


def start(*arguments, **more):
    return subprocess.Popen([MEMPROF, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, errors="replace", **more)


class InFolder(unittest.TestCase):
    """Tests that have a folder."""

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def file(self, name, text=None):
        """Its path. text: what is written there."""
        path = os.path.join(self.folder, name)
        if text is not None:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return path

    def read(self, name):
        with open(self.file(name), encoding="utf-8") as file:
            return file.read()

    def budget(self, *entries):
        return self.file("budget.json", json.dumps({"schema": "memprof.budget/1", "budgets": entries}))


def gc_pool(dump):
    return next(p for p in dump["pools"] if p["kind"] == "gc")


TICK = r"^ +\d+:\d\d\.\d{3} "


def ticks(text):
    """The lines of attach that are snapshots: not the heading, nor the lines about the board."""
    return [line for line in text.splitlines() if re.match(TICK, line)]


def read_some(fd, n_bytes, end):
    """What comes before the clock is at `end`."""
    if not select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
        raise AssertionError("nothing came")
    return os.read(fd, n_bytes)


@contextlib.contextmanager
def killed(process):
    """At the end, whatever happens: Popen waits, which one that blocks never ends by itself."""
    with process:
        try:
            yield process
        finally:
            process.kill()


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
            if time.monotonic() < end and process.stderr:   # it has ended
                text += "exit code %d: %s" % (process.wait(10), process.stderr.read())
            raise AssertionError("%r did not come in:\n%s" % (pattern, text))
        text += data.decode(errors="replace")


def read_errors_until(process, words):
    """The messages of memprof, up to the one with these words."""
    text = ""
    for line in iter(process.stderr.readline, ""):
        text += line
        if words in line:
            return text
    raise AssertionError("%r did not come in:\n%s" % (words, text))


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


def names_in(suite):
    """Class.test of each test, in order."""
    for test in suite:
        yield from names_in(test) if isinstance(test, unittest.TestSuite) else [test.id().split(".", 1)[1]]


@contextlib.contextmanager
def turn(emulated):
    """One of few turns, shared among all test files that run at the same time. An emulated Pico must keep to real time, and
    computes for two thirds of it, beside compilers and other tests: as many as processors. Other boards compute less, but
    there may be one in any test."""
    kind, n = ("pico", os.cpu_count()) if emulated else ("board", os.cpu_count() + 1)
    slots = [open(os.path.join(tempfile.gettempdir(), "memprof-test-%d-%s-%d" % (os.getuid(), kind, i)), "w") for i in range(n)]
    with contextlib.ExitStack() as stack:
        for slot in slots:
            stack.enter_context(slot)

        def taken():
            for slot in slots:
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(slot, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return True
            return False
        wait_for(taken, "a turn", 3600, every=0.05)
        yield


def run_alone(command):
    """Its exit code, and what it printed. One that hangs says where, and ends."""
    with tempfile.TemporaryFile("w+", errors="replace") as printed:
        late = ""
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT) as p:
            try:
                p.wait(SECONDS_MAX)
            except subprocess.TimeoutExpired:
                p.send_signal(signal.SIGABRT)
                late = "%s did not end within %d s\n" % (command[-1], SECONDS_MAX)
        printed.seek(0)
        return p.returncode, printed.read() + late


def main(n_arguments=3, emulated=False):
    """Runs the tests named after the first n_arguments; without names, runs all of them, AT_ONCE at a time, each in a process
    of its own and with its output in one piece. emulated: most of the boards are emulated Picos."""
    if len(sys.argv) > n_arguments:
        unittest.main(argv=[sys.argv[0], "-v", *sys.argv[n_arguments:]])
    names = list(names_in(unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])))

    def run(name):
        with turn(emulated):
            return run_alone([sys.executable, "-X", "faulthandler", *sys.argv[:n_arguments], name])

    n_failed = 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for code, printed in pool.map(run, names):
            print(printed, end="", flush=True)
            n_failed += code != 0
    print("\n%d of %d tests failed" % (n_failed, len(names)))
    sys.exit(n_failed > 0)
