#!/usr/bin/python3
"""What a program prints and raises under `memprof run` is what it prints and raises without: on the unix port (paste mode),
on QEMU's board and on a Pico (raw-paste).

usage: test-transparent.py MEMPROF FIRMWARE [TEST...]
"""
import os
import re
import signal
import subprocess
import tempfile
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
    ("the end of a raw program", ALL, "print('\\x04\\x04>', end='')\nprint('more')\nprint('\\x04>')\nprint('\\x04\\x04')\n"),
    ("an exception that is printed", ALL, "print('\\x04ValueError: x\\n\\x04>', end='')\nprint('go on')\n"),
    ("a traceback that is printed", ALL,
     "print('\\x04Traceback (most recent call last):\\n  File \"x\", line 1\\nOSError: x\\n\\x04>', end='')\nprint('go on')\n"),
    ("a traceback that is printed last", ALL,
     "print('x')\nprint('Traceback (most recent call last):\\n  File \"x\", line 1\\nOSError: x')\n"),
    ("prompts", ALL, "print('>>> ', end='')\nprint('x')\nprint('>>> ')\nprint('=== ')\n"),
    ("no line end", ALL, "print('no line end', end='')"),
    ("nothing", ALL, "\n"),
    ("a comment", ALL, "# nothing"),
    ("print is something else", ALL, "say = print\nprint = globals = None\nsay('x')\ndel print, globals\n"),
    ("an exception", ALL, "print('x')\n\ndef f():\n    for i in (1, 0):\n        1 / i\n\nf()\n"),
    ("an exception after Ctrl-D", ALL, "print('a\\x04b', end='')\nraise ValueError('c\\x04d')\n"),
    ("an exception after part of a line", ALL, "print('a', end='')\nraise OSError(5)\n"),
    ("an exception of its own", ALL, "class E(Exception):\n    def __repr__(self):\n        return 'line\\nline'\nraise E(1)\n"),
    ("KeyboardInterrupt", ALL, "raise KeyboardInterrupt\n"),
    ("no memory", ALL, "x = bytearray(1 << 28)\n"),
    ("an open bracket", ALL, "print(1)\nx = (1,\n"),
    ("an open string", ALL, "print(1)\nx = '''abc\n\n"),
    ("no block", ALL, "print(1)\nif 1:\n"),
    ("a statement that continues", ALL, "print(1)\nx = 1 + \\\n"),
    ("a wrong indent", ALL, "print(1)\n  x = 1\n"),
)
# A heap that is full at the end, and so no board to ask twice.
FULL = ("a = []\ntry:\n    while 1:\n        a.append(bytes(10))\nexcept MemoryError:\n    pass\n"
        "try:\n    while 1:\n        a = (a,)\nexcept MemoryError:\n    pass\nprint('full')\n")
# The same, but not with samples, whose function has a name.
PLAIN = (
    ("names", ALL, "x = 1\nprint(sorted(dir()))\nprint(sorted(globals()))\n"),
)


def visible(output):
    """As memprof shows it: no CR of a line end, no other control character."""
    text = re.sub(rb"\r+\n", b"\n", output).decode(errors="backslashreplace")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", lambda m: "\\x%02x" % ord(m[0]), text)


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
            time.sleep(0.03)
        board.press(b"\x04")
        heard, n, end = b"", -1, time.monotonic() + 60
        while time.monotonic() < end and not (heard.endswith(b"\x04>") and n == len(heard)):     # and silence: a program may print that
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


def under_memprof(text, source, *options, **more):
    """What memprof prints of the program, without the report."""
    with tempfile.TemporaryDirectory() as folder, Script(text) as script:
        p = memprof("run", "-q", "-o", os.path.join(folder, "report.txt"), *options, script, source, **more)
        if p.returncode not in (0, 4):
            raise AssertionError(p.stderr)
        return p.stdout


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
                        time.sleep(0.2)
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
                        time.sleep(0.3)
                        board.type("x = 0; del x")
                        self.assertEqual([board.type(line) for line in lines], before)


if __name__ == "__main__":
    rig.main()
