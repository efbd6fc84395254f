#!/usr/bin/python3
"""The live session with boards that misbehave: silent, reset without a banner, flooding, unplugged and back. The
boards are made up here, so that each oddity comes at the same byte every time.

usage: test-faults.py MEMPROF [TEST...]
"""
import contextlib
import json
import os
import pty
import re
import resource
import select
import signal
import subprocess
import sys
import tempfile
import termios
import tty
import unittest

from repl import DUMP, FakeRepl, Gone
from virtual import Process, clock

MEMPROF = os.path.abspath(sys.argv[1])
SANITIZED = os.environ.get("MEMPROF_SANITIZED") == "1"
TICK = r"^ +\d+:\d\d\.\d{3} "
INTERRUPTED = b"Traceback (most recent call last):\r\nKeyboardInterrupt: \r\n"


class Faults(unittest.TestCase):
    def board(self, kind):
        board = kind()
        self.addCleanup(lambda: self.assertIsNone(board.fault, board.fault))
        self.addCleanup(board.close)
        return board

    def start(self, *arguments, **more):
        p = Process([MEMPROF, *arguments], **more)
        self.addCleanup(p.end)
        p.read_ahead = ""
        return p

    def watch(self, board, *options):
        return self.start("attach", "--no-survey", "--interval", "0.1", *options, board.uri)

    def ticks(self, p, n):
        """Reads until so many snapshots were shown."""
        while True:
            lines = p.read_ahead.splitlines(keepends=True)
            for i, line in enumerate(lines):
                n -= bool(re.match(TICK, line) and line.endswith("\n"))
                if n == 0:
                    p.read_ahead = "".join(lines[i + 1:])
                    return
            p.read_ahead = lines[-1] if lines and not lines[-1].endswith("\n") else ""
            data = p.read(8)
            self.assertTrue(data, "no more snapshots")
            p.read_ahead += data.decode(errors="replace")

    def ended(self, p, code, error=None):
        """It ends by itself, with that one error message, or with none. What it printed."""
        out, err = p.communicate(timeout=8)
        self.assertEqual(p.returncode, code, err)
        errors = [line for line in err.splitlines() if "error: " in line]
        self.assertEqual(len(errors), 1 if error else 0, err)
        if error:
            self.assertIn(error, errors[0])
        return out, err

    def stopped(self, p, code=0, error=None):
        p.send_signal(signal.SIGINT)
        return self.ended(p, code, error)

    def undisturbed(self, board):
        """No Ctrl-C; and what a Ctrl-A began, a Ctrl-B ends."""
        self.assertNotIn(b"\x03", board.sent)
        self.assertGreater(board.sent.rfind(b"\x02"), board.sent.rfind(b"\x01"), board.sent)

    def script(self):
        file = tempfile.NamedTemporaryFile("w", suffix=".py")
        self.addCleanup(file.close)
        file.write("print('the script')\n")
        file.flush()
        return file.name


class Silent(Faults):
    def test_after_ctrl_a(self):
        """It shows its raw prompt, and then nothing follows the protocol any more."""
        class Board(FakeRepl):
            def asked(self):
                self.silence()
        boards = [self.board(Board) for _ in range(3)]
        snap = self.start("snap", boards[0].uri)
        attach = self.start("attach", boards[1].uri)
        run = self.start("run", self.script(), boards[2].uri)
        self.ended(snap, 3, "stopped answering")
        out, _ = self.ended(run, 3, "stopped answering")
        self.assertEqual(out, "")       # no report about a program that was never run
        clock.until(lambda: boards[1].sent.endswith(b"\x02"))     # found anew: nothing answers
        _, err = self.stopped(attach, 0, "stopped answering")
        self.assertIn("no answer", err)
        for board in boards:
            self.undisturbed(board)

    def test_lost_room_of_raw_paste(self):
        """It waits for the rest of a program: Ctrl-C is the way out of that, and Ctrl-B out of raw mode."""
        class Board(FakeRepl):
            window = 32

            def room(self):
                pass
        board = self.board(Board)
        self.ended(self.start("snap", board.uri), 3, "stopped answering")
        clock.until(lambda: board.sent.endswith(b"\x03\x02"))
        self.assertEqual(board.sent.count(b"\x03"), 1)
        self.assertEqual(board.programs, [])

    def test_ctrl_c_while_a_question_is_open(self):
        class Board(FakeRepl):
            def dump(self):
                self.say(DUMP[:60])
                self.silence_until_ctrl_b()
        attached, ran = self.board(Board), self.board(Board)
        p, q = self.watch(attached), self.start("run", self.script(), ran.uri)
        clock.until(lambda: attached.n_dumps == 1 and ran.n_dumps == 1)
        n_programs = len(ran.programs)
        self.stopped(p)
        self.stopped(q)
        for board in (attached, ran):
            self.undisturbed(board)
        self.assertEqual(len(ran.programs), n_programs)  # the wish to stop lasts: no next step begins

    def test_ctrl_c_while_the_heap_is_looked_at_after_a_program(self):
        """Half a dump is no fault of the input, nor a figure: what had come before is reported."""
        class Board(FakeRepl):
            def dump(self):
                if self.n_dumps == 1:
                    return FakeRepl.dump(self)
                self.say(DUMP[:-150])
                self.silence_until_ctrl_b()
        board = self.board(Board)
        p = self.start("run", "--no-samples", self.script(), board.uri)
        clock.until(lambda: board.n_dumps == 2)
        out, _ = self.stopped(p)
        self.assertRegex(out, r"before +640 +7552 +7552\n")
        self.assertRegex(out, r"peak +640 +7552\n")
        self.undisturbed(board)


class Left(Faults):
    """What a host left that went away in the middle of a dump."""

    @staticmethod
    def kind(said):
        class Board(FakeRepl):
            def connected(self):
                self.say(said)
        return Board

    def snap(self, board, *options):
        out, _ = self.ended(self.start("snap", "--json", "--no-survey", *options, board.uri), 0)
        dumps = json.loads(out)["dumps"]
        self.assertEqual(len(dumps), 1)
        self.assertTrue(dumps[0]["complete"])
        return dumps[0]["pools"][0]["areas"][0]["start"]

    def test_the_rest_of_it_is_no_answer(self):
        old = DUMP.replace(b"20001000", b"20009000")
        for said in (old[:-150], old[150:], old[200:], old[-150:], old):
            with self.subTest(said):
                board = self.board(self.kind(said + b"\x04\x04>"))
                self.assertEqual(self.snap(board), "0x20001000")
                self.assertEqual(board.n_dumps, 1)
                self.undisturbed(board)

    def test_where_nothing_can_be_asked_it_is_one(self):
        board = self.board(self.kind(DUMP + b"and so on\r\n"))
        self.assertEqual(self.snap(board, "--patience", "0"), "0x20001000")
        self.assertEqual(board.sent, b"")


class Resets(Faults):
    def test_in_the_middle_of_a_dump(self):
        """An ESP32 browns out, and its main.py prints on and on: half a dump is no figure."""
        class Board(FakeRepl):
            def dump(self):
                if self.n_dumps < 3:
                    return FakeRepl.dump(self)
                self.say(DUMP[:-150])
                clock.sleep(0.05)
                self.say(b"\xff\x00ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13\r\n")
                while True:
                    self.say(b"temp 21.5\r\n")
                    self.pressed(0.1)
        board = self.board(Board)
        p = self.watch(board)
        clock.until(lambda: board.n_dumps == 3)
        clock.sleep(6)                   # as long as a search for a prompt takes, and a little
        self.assertEqual(board.n_dumps, 3)
        out, err = self.stopped(p)
        self.assertIn("the board was reset", out)
        self.assertIn("Waiting for dumps", err)
        self.assertEqual(len(re.findall(TICK, out, re.M)), 2, out)
        self.assertNotIn(b"\x03", board.sent)

    def test_unheard_and_a_heading_follows(self):
        """A line that begins like the prompt of paste mode is none."""
        class Board(FakeRepl):
            def asked(self):
                if self.n_dumps < 2:
                    return FakeRepl.asked(self)
                self.say(b"\r\n=== Weather station ===\r\n")
                self.silence()
        board = self.board(Board)
        p = self.watch(board)
        clock.until(lambda: board.n_dumps == 2)
        clock.until(lambda: board.sent.endswith(b"\x02"))
        self.stopped(p, 0, "stopped answering")
        self.undisturbed(board)

    def test_unheard_and_its_program_prints_on(self):
        """What answers is text: it is asked once more, and Ctrl-B ends what the last Ctrl-A began."""
        class Board(FakeRepl):
            def asked(self):
                if self.n_dumps < 2:
                    return FakeRepl.asked(self)
                while True:
                    self.say(b"temp 21.5\r\n")
                    self.pressed(0.1)
        board = self.board(Board)
        p = self.watch(board)
        clock.until(lambda: board.n_dumps == 2)
        clock.sleep(10)
        _, err = self.stopped(p, 0, "stopped answering")
        self.assertIn("a program is running", err)
        self.undisturbed(board)

    def test_asked_for_is_done_once(self):
        """--reset, and then the cable is pulled: what was asked for once is not done again."""
        board = self.board(FakeRepl)
        p = self.watch(board, "--wait", "--reset")
        self.ticks(p, 2)
        board.cut()
        clock.until(lambda: board.n_connections == 2)
        self.ticks(p, 2)
        self.stopped(p)
        self.assertEqual(board.n_resets, 1)
        self.undisturbed(board)

    def test_asked_for_takes_the_port_away(self):
        class Board(FakeRepl):
            def reset(self):
                raise Gone
        board = self.board(Board)
        p = self.watch(board, "--wait", "--reset")
        self.ticks(p, 2)
        self.stopped(p)
        self.assertEqual((board.n_resets, board.n_connections), (1, 2))
        self.undisturbed(board)


class Full(Faults):
    def test_an_error_without_words(self):
        """A board without memory for the text of its MemoryError."""
        class Board(FakeRepl):
            def run(self, code):
                self.end(b"\r\n")
        board = self.board(Board)
        _, err = self.ended(self.start("snap", board.uri), 3, "no contiguous room to be asked")
        self.assertIn("an empty error", err)
        self.assertNotIn("it answered", err)
        self.undisturbed(board)


class Floods(Faults):
    def test_a_program_that_floods_is_stopped(self):
        class Board(FakeRepl):
            n_floods = 0

            def run(self, code):
                if "the script" not in code:
                    return FakeRepl.run(self, code)
                while b"\x03" not in self.sent:
                    with contextlib.suppress(TimeoutError):
                        self.line.sendall(b"value 12345\r\n" * 400, 0.1)
                    self.n_floods += 1
                    if self.n_floods == 200:
                        os.write(floods, b"x")
                    self.pressed()
                self.say(b"\r\n")
                self.end(INTERRUPTED)
        is_flooding, floods = os.pipe()
        board = self.board(Board)
        with tempfile.TemporaryFile("w+") as printed:
            p = self.start("run", "--no-samples", self.script(), board.uri, stdout=printed, stderr=printed)
            clock.wait([is_flooding])
            p.send_signal(signal.SIGINT)
            p.communicate()
            printed.seek(0)
            self.assertIn(" was stopped: ", printed.read())
        self.assertEqual(board.sent.count(b"\x03"), 1)

    def test_an_answer_without_end(self):
        """No table is as long: memprof gives up, and keeps little of it meanwhile."""
        class Board(FakeRepl):
            def dump(self):
                for _ in range(2000):
                    self.say(b"nothing that a heap has\r\n" * 4000)
        board = self.board(Board)
        limit = {} if SANITIZED else {"limits": {resource.RLIMIT_DATA: 32 << 20}}
        self.ended(self.start("snap", "--no-survey", board.uri, **limit), 3, "stopped answering")

    def test_coloured_text_is_no_typed_line(self):
        """A program in colours begins its lines with ESC [, as an editor's cursor does that goes home."""
        class Board(FakeRepl):
            def raw(self):
                for _ in range(3):
                    self.say(b"\x1b[32mINFO\x1b[0m tick\r\n\x1b[33mDEBUG\x1b[0m\r\n")
                    self.pressed(0.2)
                self.silence()
        board = self.board(Board)
        p = self.watch(board)
        clock.until(lambda: board.sent.endswith(b"\x02"))
        self.assertIsNone(p.poll())
        _, err = self.stopped(p)
        self.assertIn("a program is running", err)
        self.assertEqual(board.sent, b"\x01\x02")


class Cables(Faults):
    def test_pulled_while_a_prompt_is_looked_for(self):
        class Board(FakeRepl):
            def connected(self):
                if self.n_connections == 1:
                    clock.sleep(0.1)
                    raise Gone
        board = self.board(Board)
        p = self.watch(board, "--wait")
        self.ticks(p, 2)
        self.stopped(p)
        self.assertEqual(board.n_connections, 2)
        self.undisturbed(board)

    def test_loose(self):
        """It is back, and gone again while it is asked."""
        class Board(FakeRepl):
            def raw(self):
                if self.n_connections in (2, 3):
                    raise Gone
                FakeRepl.raw(self)
        board = self.board(Board)
        p = self.watch(board, "--wait")
        self.ticks(p, 2)
        board.cut()
        self.ticks(p, 2)
        self.stopped(p)
        self.assertEqual(board.n_connections, 4)
        self.undisturbed(board)

    def test_pulled_in_the_middle_of_a_dump(self):
        class Board(FakeRepl):
            def dump(self):
                if self.n_dumps == 2:
                    self.say(DUMP[:-150])
                    clock.sleep(0.05)
                    raise Gone
                FakeRepl.dump(self)
        board = self.board(Board)
        out, _ = self.ended(self.watch(board), 3, "the board is gone")
        self.assertEqual(len(re.findall(TICK, out, re.M)), 1, out)

    def test_another_pty_of_the_same_name(self):
        """A new terminal window takes the number that is free: it is somebody else's."""
        ends = []
        self.addCleanup(lambda: [os.close(fd) for fd in ends])
        master, slave = pty.openpty()
        tty.setraw(slave)
        path = os.ttyname(slave)
        p = subprocess.Popen([MEMPROF, "attach", "--wait", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with p, contextlib.ExitStack() as stack:
            stack.callback(p.kill)      # before its end is waited for
            self.assertTrue(select.select([master], [], [], 100)[0], "it asks nothing")
            os.close(master)
            os.close(slave)
            self.assertTrue(select.select([p.stderr], [], [], 100)[0], "it does not say that the board is gone")
            for _ in range(200):
                ends += pty.openpty()
                if os.ttyname(ends[-1]) == path:
                    break
            else:
                self.fail("the number was not given again")
            before = termios.tcgetattr(ends[-1])
            _, err = p.communicate(timeout=200)
        self.assertEqual((p.returncode, err.count("is gone")), (3, 1), err)
        self.assertEqual(termios.tcgetattr(ends[-1]), before)
        self.assertEqual(select.select([ends[-2]], [], [], 0)[0], [])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[2:]])
