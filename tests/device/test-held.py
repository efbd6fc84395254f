#!/usr/bin/python3
"""memprof objects of a board whose program runs, by an agent in its firmware that holds the program still.

usage: test-held.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import contextlib
import json
import os
import sys
import tempfile
import termios
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "tui")]
import rig  # noqa: E402
import wire  # noqa: E402
from rig import FIRMWARE, Board, at_any_moment, memprof, start, wait_for  # noqa: E402
from tmux import Tmux  # noqa: E402

# All the time objects are replaced, in a function, and collected. There are always 40 Dev, or 41 for a moment.
BUSY = """\
import memprof
class Dev:
    def __init__(self, n):
        self.name = 'dev%d' % n
        self.hist = [n, (n, 'x')]
handlers = [Dev(i) for i in range(40)]
turns = [0]
def work():
    inner = [bytearray(700)]
    n = 0
    while True:
        handlers[n % 40] = Dev(n)
        junk = [n, [n, str(n)], {n: n}]
        n += 1
        turns[0] = n
        if n % 250 == 0: print('turn', n)
memprof.start(300)
work()
"""
WENT_ON = "the program went on while its heap was read"
TOO_SLOW = (WENT_ON, "no MicroPython prompt: a program is running", "its agent does not hold the program",
            "its agent does not answer any more")


def objects(*arguments, slow=TOO_SLOW):
    """A computer with much else to do may be too slow, which memprof says; and an emulated Pico too slow to be heard."""
    def once():
        nonlocal p
        p = memprof(*arguments, seconds=180)
        return not any(words in p.stderr for words in slow)
    p = None
    wait_for(once, lambda: "an answer: " + p.stderr, 600)
    return p


BUILDS = ("qemu-agent", "qemu-agent-pools", "rp2-agent-pools")


class Held(unittest.TestCase):
    def busy(self, name):
        if name.startswith("rp2") and not os.environ.get("MEMPROF_NODE"):
            self.skipTest("MEMPROF_NODE is not set")
        board = Board(FIRMWARE.command(name), wake=b"\r" if name.startswith("rp2") else b"")
        settings = termios.tcgetattr(board.board)
        settings[1] &= ~termios.OPOST   # QEMU turns it on: \n would become \r\n in frames too
        termios.tcsetattr(board.board, termios.TCSANOW, settings)
        at = board.mark()
        board.press(b"exec(%a)\r" % BUSY)
        board.wait(b"turn 250", at, 60)
        return board

    def answers(self, board, at, kind):
        """Those since a mark, once there is one."""
        return wait_for(lambda: [f for f in wire.split(bytes(board.heard[at:]))[0] if f.type == kind], "an answer")

    def goes_on(self, board):
        at = board.mark()
        board.wait(rb"turn ", at, 30)

    def test_of_one_moment(self):
        for name in BUILDS:
            with self.subTest(name), self.busy(name) as board:
                for _ in range(5):
                    p = objects("objects", "--json", board.path, slow=TOO_SLOW + ("no answer",) * name.startswith("rp2"))
                    self.assertEqual(p.returncode, 0, p.stderr)
                    self.assertRegex(p.stderr, r"its agent held the program for \d+ ms")
                    document = json.loads(p.stdout)
                    self.assertTrue(document["heap"]["exact"], document["heap"])
                    devs = next(c for c in document["classes"] if c["name"] == "Dev")
                    self.assertIn(devs["objects"], (40, 41))
                    handlers = next(g for g in document["globals"] if g["path"] == "handlers")
                    self.assertEqual((handlers["kind"], handlers["bytes"]), ("list", 16))
                    self.goes_on(board)

    def test_what_only_the_program_holds_is_live(self):
        with self.busy("qemu-agent") as board:
            p = objects("objects", "--json", "--kind", "bytearray", board.path)
            self.assertEqual(p.returncode, 0, p.stderr)
            rows = json.loads(p.stdout)["objects"]
            self.assertEqual([row["path"].split()[0] for row in rows], ["<stack"], p.stdout)

    def test_on_the_screen(self):
        """o in attach, while the program runs."""
        with self.busy("qemu-agent") as board, Tmux(150, 44) as t:
            t.run([rig.MEMPROF, "attach", board.path])
            t.wait(r"snapshot \d+")
            for seconds in (10, 10, 20, 20, 40, 40, 60):    # on a busy computer, the board may not wait for the end
                t.keys("o")
                with contextlib.suppress(AssertionError):
                    t.wait(r" \d+ +\d+ +handlers$", seconds=seconds)
                    break
            t.wait(r" \d+ +\d+ +handlers$")
            self.goes_on(board)

    def test_memory_files(self):
        """As they are read, by objects and by snap; from then on no board is needed."""
        with self.busy("qemu-agent") as board, tempfile.TemporaryDirectory() as folder:
            for command in ("objects", "snap"):
                with self.subTest(command):
                    path = os.path.join(folder, command + ".mem")
                    p = objects(command, "--json", "--memory", path, board.path)
                    self.assertEqual(p.returncode, 0, p.stderr)
                    replayed = memprof("objects", "--json", path)
                    self.assertEqual(replayed.returncode, 0, replayed.stderr)
                    self.assertTrue(json.loads(replayed.stdout)["heap"]["exact"])
                    if command == "objects":
                        self.assertEqual(json.loads(replayed.stdout)["globals"], json.loads(p.stdout)["globals"])
                    self.goes_on(board)

    def test_the_program_goes_on_without_a_host(self):
        """After the last request; until then it stands still, and more can be read."""
        def hold(i, hold_ms):
            board.press(wire.request(wire.HOLD, 9, i, wire.varint(hold_ms)))

        with self.busy("qemu-agent") as board:
            # Half a second may pass before a busy computer sends the second request.
            for _ in range(100):
                at = board.mark()
                hold(1, 60000)
                self.answers(board, at, wire.HELD)
                at = board.mark()
                board.press(wire.request(wire.READ, 9, 2, wire.varint(0) + wire.varint(1000)))      # code and constants
                self.answers(board, at, wire.MEMORY)
                heard = board.wait(b"turn ", at, 60)
                parts = [f for f in wire.split(heard[:heard.index(b"turn ")])[0] if f.type == wire.MEMORY]
                if len(parts) == 11:
                    break
            self.assertEqual(len(parts), 11)
            at = board.mark()
            board.press(wire.request(wire.READ, 9, 3, wire.varint(0) + wire.varint(1000)))
            self.assertEqual([f.payload for f in self.answers(board, at, wire.MEMORY)], [b"\0"])
            hold(4, 0)
            self.goes_on(board)

    def test_a_host_that_does_not_end(self):
        with self.busy("qemu-agent") as board:
            at, i = board.mark(), 0
            board.press(wire.request(wire.HOLD, 9, 0, wire.varint(500)))
            self.answers(board, at, wire.HELD)
            at = board.mark()
            while b"turn " not in bytes(board.heard[at:]) and i < 2000:
                i += 1
                board.press(wire.request(wire.HOLD, 9, i % 100 + 1, wire.varint(500)))
                at_any_moment(0.2)      # fewer of them than the board has room for
            self.goes_on(board)

    def test_killed_while_it_reads(self):
        with self.busy("qemu-agent") as board:
            for seconds in (0.2, 0.4, 0.6, 0.8):
                process = start("objects", board.path)
                at_any_moment(seconds)
                process.kill()
                process.communicate()
                self.goes_on(board)

    def test_what_it_cannot_do(self):
        with self.busy("qemu-agent") as board:
            p = memprof("objects", "--verify", board.path)
            self.assertEqual((p.returncode, p.stdout), (3, ""))
            self.assertIn("no MicroPython prompt", p.stderr)
            self.goes_on(board)


if __name__ == "__main__":
    rig.main(emulated=True)
