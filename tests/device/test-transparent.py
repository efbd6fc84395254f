#!/usr/bin/python3
"""What a program prints and raises under `memprof run` is what it prints and raises without: on the unix port (paste mode),
on QEMU's board and on a Pico (raw-paste).

usage: test-transparent.py MEMPROF FIRMWARE [TEST...]
"""
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import tempfile
import termios
import time
import unittest

import rig
from rig import FIRMWARE, Board, Script, memprof

UNIX = ("unix", "unix-split")
BOARDS = ("qemu", "rp2")
ALL = UNIX + BOARDS

# Name, boards, text.
PROGRAMS = (
    ("values of expressions", ALL, "1 + 1\n'abc'\nfor i in range(2):\n    i\nlen([1])\nprint(3)\n"),
    ("Ctrl-D in the output", ALL, "print('a\\x04b')\nprint('\\x04', end='')\nprint('x\\x04y: z\\x04', end='')\nprint()\n"),
    ("the end of a raw program", ALL,
     "print('\\x04\\x04>', end='')\nprint('more')\nprint('\\x04>')\nprint('\\x04\\x04')\n"),
    ("an exception that is printed", ALL, "print('\\x04ValueError: x\\n\\x04>', end='')\nprint('go on')\n"),
    ("a traceback that is printed", ALL,
     "print('\\x04Traceback (most recent call last):\\n  File \"x\", line 1\\nOSError: x\\n\\x04>', end='')\nprint('go on')\n"),
    ("a traceback that is printed last", ALL,
     "print('x')\nprint('Traceback (most recent call last):\\n  File \"x\", line 1\\nOSError: x')\n"),
    ("prompts", ALL, "print('>>> ', end='')\nprint('x')\nprint('>>> ')\nprint('=== ')\n"),
    ("no line end", ALL, "print('no line end', end='')"),
    ("a progress bar", ALL, "for i in range(3):\n    print('%d%%' % i, end='\\r')\nprint('done')\nprint('x', end='\\r')\n"),
    ("nothing", ALL, "\n"),
    ("a comment", ALL, "# nothing"),
    ("print is something else", ALL, "say = print\nprint = globals = None\nsay('x')\ndel print, globals\n"),
    ("an exception", ALL, "print('x')\n\ndef f():\n    for i in (1, 0):\n        1 / i\n\nf()\n"),
    ("an exception after Ctrl-D", ALL, "print('a\\x04b', end='')\nraise ValueError('c\\x04d')\n"),
    ("an exception after part of a line", ALL, "print('a', end='')\nraise OSError(5)\n"),
    ("an exception of its own", ALL,
     "class E(Exception):\n    def __repr__(self):\n        return 'line\\nline'\nraise E(1)\n"),
    ("KeyboardInterrupt", ALL, "raise KeyboardInterrupt\n"),
    ("no memory", ALL, "x = bytearray(1 << 28)\n"),
    ("an open bracket", ALL, "print(1)\nx = (1,\n"),
    ("an open string", ALL, "print(1)\nx = '''abc\n\n"),
    ("no block", ALL, "print(1)\nif 1:\n"),
    ("a statement that continues", ALL, "print(1)\nx = 1 + \\\n"),
    ("a wrong indent", ALL, "print(1)\n  x = 1\n"),
)
# More than one thing at a time. (rp2040js has one core, and QEMU's board none of this but schedule().)
SCHEDULE = """import micropython
n = []
def later(i):
    n.append(i)
    print('later', i)
    if i < 200:
        micropython.schedule(later, i + 1)
micropython.schedule(later, 0)
while len(n) <= 200:
    pass
print('end')
"""
TIMER = """import machine, time
n = []
def tick(t):
    n.append(1)
    print('tick', len(n))
    if len(n) == 60:
        t.deinit()
t = machine.Timer(period=10, mode=machine.Timer.PERIODIC, callback=tick)
while len(n) < 60:
    time.sleep_ms(1)
print('end')
"""
ASYNCIO = """import asyncio
async def work(name, ms):
    for i in range(5):
        print(name, i)
        await asyncio.sleep_ms(ms)
async def main():
    await asyncio.gather(work('a', 100), work('b', 250))
asyncio.run(main())
"""
THREAD = """import _thread, time
done = []
def work():
    for i in range(60):
        %s
        time.sleep_ms(5)
    done.append(1)
_thread.start_new_thread(work, ())
while not done:
    time.sleep_ms(1)
print('end')
"""
# The timer goes on printing after the exception.
TIMER_AND_EXCEPTION = """import machine, time
t = machine.Timer(period=40, mode=machine.Timer.PERIODIC, callback=lambda t: print('tick'))
time.sleep_ms(100)
raise ValueError('enough')
"""
PROGRAMS += (
    ("schedule", ALL, SCHEDULE),
    ("a timer", ("rp2",), TIMER),
    ("asyncio", ("rp2",), ASYNCIO),
    ("a thread", UNIX, THREAD % "bytearray(100)"),
    ("a print that prints nothing", UNIX, "print(1)\nimport builtins\nbuiltins.print = lambda *a, **k: None\n"),
)
# A heap that is full at the end, and so no board to ask twice.
FULL = ("a = []\ntry:\n    while 1:\n        a.append(bytes(10))\nexcept MemoryError:\n    pass\n"
        "try:\n    while 1:\n        a = (a,)\nexcept MemoryError:\n    pass\nprint('full')\n")
# The same, but not with samples, whose function has a name.
PLAIN = (
    ("a thread that prints", UNIX, THREAD % "print('tick', i)"),
    ("names", ALL, "x = 1\nprint(sorted(dir()))\nprint(sorted(globals()))\n"),
)


def visible(output):
    """As memprof shows it: no CR of a line end, and control characters visible."""
    text = re.sub(rb"\r+\n", b"\n", output).decode(errors="backslashreplace")
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", lambda m: "\\x%02x" % ord(m[0]), text)


class RawPrompt:
    """A board's raw REPL, without memprof."""

    def __init__(self, board):
        self.board = board

    def run(self, code):
        """What the program prints, and what it raises after that."""
        board = self.board
        at = board.mark()
        board.press(b"\x01")
        board.wait(b"CTRL-B to exit", at)
        board.wait(b"\n>", at)
        at = board.mark()
        code = code.encode()
        for i in range(0, len(code), 128):
            board.press(code[i:i + 128])
        board.press(b"\x04")
        heard, n, end = b"", -1, time.monotonic() + 60
        # The end is followed by silence: a program may print the same.
        while time.monotonic() < end and not (heard.endswith(b"\x04>") and n == len(heard)):
            n = len(heard)
            time.sleep(0.5)
            heard = board.wait(b"OK", at)
        at = board.mark()
        board.press(b"\x02")
        board.wait(b">>> ", at)
        board.drain()
        return self.fields(heard[heard.index(b"OK") + 2:-2])

    @staticmethod
    def fields(text):
        """Without the Ctrl-D between output and exception, whose message may have one, too."""
        at = text.rfind(b"\x04")
        if at < len(text) - 1:
            at = max(text.rfind(b"\x04Traceback"), 0) or at
        return text[:at] + text[at + 1:]


def on_unix(name, text):
    with Script(text) as script:
        p = subprocess.run(FIRMWARE.command(name) + [script], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        return p.stdout + p.stderr.replace(script.encode(), b"<stdin>")


def under_memprof(text, source, *options, answers=None):
    """What memprof prints of the program, without the report."""
    with tempfile.TemporaryDirectory() as folder, Script(text) as script:
        stdin = {"stdin": subprocess.DEVNULL} if answers is None else {"input": answers.encode()}
        p = subprocess.run([rig.MEMPROF, "run", "-q", "-o", os.path.join(folder, "report.txt"), *options, script, source],
                           capture_output=True, timeout=60, **stdin)
        if p.returncode not in (0, 4):
            raise AssertionError(p.stderr.decode(errors="replace"))
        return p.stdout.decode(errors="replace")


class Transparent(unittest.TestCase):
    maxDiff = None

    def on_unix(self, name):
        for options, programs in (((), PROGRAMS), (("--no-samples",), PROGRAMS + PLAIN)):
            for what, boards, text in programs:
                if name in boards:
                    with self.subTest(what, options=options):
                        self.assertEqual(under_memprof(text, FIRMWARE.exec_uri(name), *options),
                                         visible(on_unix(name, text)))

    def test_unix(self):
        self.on_unix("unix")

    def test_unix_split(self):
        self.on_unix("unix-split")

    def on_board(self, name, sampled, programs):
        with FIRMWARE.board(name) as board:
            for what, boards, text in programs:
                if name in boards:
                    with self.subTest(what):
                        plain = RawPrompt(board).run(text)
                        board.drain()
                        options = () if sampled else ("--no-samples",)
                        self.assertEqual(under_memprof(text, board.path, *options), visible(plain))

    def test_a_full_heap(self):
        for name in ("unix", "unix-split", "qemu"):
            for options in ((), ("--no-samples",)):
                with self.subTest(name, options=options):
                    self.assertEqual(under_memprof(FULL, FIRMWARE.exec_uri(name), *options), "full\n")

    def test_qemu(self):
        self.on_board("qemu", True, PROGRAMS)

    def test_qemu_without_samples(self):
        self.on_board("qemu", False, PROGRAMS + PLAIN)

    def test_a_timer_that_prints_after_an_exception(self):
        with FIRMWARE.board("rp2") as board:
            out = under_memprof(TIMER_AND_EXCEPTION, board.path)
            self.assertIn("ValueError: enough\n", out)

    def test_rp2(self):
        self.on_board("rp2", True, PROGRAMS)


class PasteMode(unittest.TestCase):
    """The unix port, which has no other."""

    def test_strings_of_the_board(self):
        """None of them is the mark that ends the program."""
        for name in UNIX:
            out = under_memprof("import micropython\nmicropython.qstr_info(1)\nprint('end')\n", FIRMWARE.exec_uri(name),
                                "--no-samples")
            self.assertTrue(out.startswith("qstr pool: n_pool="), out)
            self.assertTrue(out.endswith(")\nend\n"), out)
            self.assertNotIn("memprof end", out)

    def test_names_of_memprof_are_no_strings_of_the_program(self):
        with tempfile.TemporaryDirectory() as folder:
            saved = os.path.join(folder, "run.log")
            out = under_memprof("import micropython\na_name_of_its_own = 1\nmicropython.qstr_info(1)\n",
                                FIRMWARE.exec_uri("unix"), "--save", saved)
            self.assertIn("Q(__memprof)\n", out)
            p = memprof("report", "--qstr-defs", saved)
            self.assertIn("Q(a_name_of_its_own)\n", p.stdout)
            self.assertNotIn("memprof", p.stdout)

    def test_the_prompt_is_as_before(self):
        programs = ("x = 1\nx\n", "x = 1\nraise ValueError\n", "x = = 1\n", "print('begun')\nwhile True:\n    pass\n")
        for name in UNIX:
            with Board(FIRMWARE.command(name)) as board:
                board.type("import builtins")
                lines = ("sorted(globals())", "dir()", "builtins.__repl_print__", "'echo'")
                before = [board.type(line) for line in lines]
                for text in programs:
                    with self.subTest(text, name=name), Script(text) as script:
                        p = rig.start("run", "-q", "--no-samples", script, board.path)
                        if "begun" in text:
                            self.assertEqual(p.stdout.readline(), "begun\n")
                            p.send_signal(signal.SIGINT)
                        p.communicate(timeout=30)
                        board.type("x = 0; del x")
                        self.assertEqual([board.type(line) for line in lines], before)


class Terminal:
    """memprof on a terminal of its own, and somebody who types there."""

    def __init__(self, *arguments):
        self.ours, self.theirs = pty.openpty()
        self.before = termios.tcgetattr(self.theirs)
        self.process = subprocess.Popen(
            [rig.MEMPROF, *arguments], stdin=self.theirs, stdout=self.theirs, stderr=self.theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.seen = b""

    def type(self, keys):
        os.write(self.ours, keys)

    def wait(self, words, seconds=30):
        end = time.monotonic() + seconds
        while words not in self.seen:
            if time.monotonic() > end:
                raise AssertionError("waited for %r, saw %r" % (words, self.seen))
            if select.select([self.ours], [], [], 0.1)[0]:
                self.seen += os.read(self.ours, 4096)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)


class Input(unittest.TestCase):
    """Standard input of memprof is that of the program."""

    ASKS = "print('hello', input('name? '))\nprint(int(input('>>> ')) + 1)\n"
    ANSWERED = "name? bob\nhello bob\n>>> 41\n42\n"

    def test_a_pipe(self):
        """The unix port discards what it gets before it reads a line: memprof sends it again."""
        slow = "import time\ntime.sleep(2)\n"
        for name in UNIX:
            for text in (self.ASKS, slow + self.ASKS, self.ASKS.replace("\n", "\n" + slow, 1)):
                with self.subTest(name, text=text):
                    self.assertEqual(under_memprof(text, FIRMWARE.exec_uri(name), answers="bob\r\n41\nmore\n"),
                                     self.ANSWERED)

    def test_a_pipe_to_a_port(self):
        for name in ALL:
            with self.subTest(name), FIRMWARE.board(name) as board:
                self.assertEqual(under_memprof(self.ASKS, board.path, answers="bob\r\n41\n"), self.ANSWERED)
                self.assertEqual(board.type("1 + 1"), "2")

    def test_what_is_not_read_is_not_run(self):
        for name in ALL:
            slow = "import time\ntime.sleep(1)\n"
            for text in ("print(input())\n", slow, slow + "raise ValueError\n"):
                if "raise" in text and name in UNIX:
                    continue    # the prompt is there before memprof knows
                with self.subTest(name), FIRMWARE.board(name) as board:
                    under_memprof(text, board.path, answers="first\nleft_over = 1\nhalf")
                    self.assertEqual(board.type("'left_over' in globals()"), "False")

    SILENT = "import sys\nn = 0\nfor i in range(30):\n    n += len(sys.stdin.readline())\nprint(n)\n"

    def test_lines_that_no_echo_answers(self):
        for name in UNIX:
            with self.subTest(name):
                self.assertEqual(under_memprof(self.SILENT + "print(input())\n", FIRMWARE.exec_uri(name),
                                               answers="12345678\n" * 30 + "end\n"), "270\nend\nend\n")
        with FIRMWARE.board("rp2") as board:
            self.assertEqual(under_memprof(self.SILENT, board.path, answers="12345678\n" * 30), "270\n")

    def test_no_input(self):
        for stdin in (subprocess.DEVNULL, None):
            with Script("print(input('name? '))\n") as script:
                p = memprof("run", "-q", "--timeout", "2", script, FIRMWARE.exec_uri("unix"), stdin=subprocess.DEVNULL,
                            preexec_fn=None if stdin else lambda: os.close(0))
                self.assertEqual(p.returncode, 4, p.stderr)

    def test_a_terminal(self):
        for name in ("unix", "qemu"):
            with self.subTest(name), Script(self.ASKS) as script, \
                    Terminal("run", "-q", script, FIRMWARE.exec_uri(name)) as terminal:
                terminal.wait(b"name? ")
                terminal.type(b"bobx\x7f\r")
                terminal.wait(b">>> ")
                self.assertIn(b"hello bob\r\n", terminal.seen)
                self.assertEqual(terminal.seen.count(b"bob"), 2)
                terminal.type(b"41\r")
                terminal.wait(b" ended")
                self.assertEqual(terminal.process.wait(timeout=30), 0)
                self.assertEqual(termios.tcgetattr(terminal.theirs), terminal.before)

    def test_ctrl_c_in_a_terminal(self):
        with Script("input('name? ')\n") as script, Terminal("run", "-q", script, FIRMWARE.exec_uri("unix")) as terminal:
            terminal.wait(b"name? ")
            terminal.type(b"bo\x03")
            terminal.wait(b"was stopped")
            self.assertEqual(terminal.process.wait(timeout=30), 0)
            self.assertEqual(termios.tcgetattr(terminal.theirs), terminal.before)


if __name__ == "__main__":
    rig.main()
