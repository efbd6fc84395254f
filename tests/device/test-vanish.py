#!/usr/bin/python3
"""A port that goes away at every stage of the conversation between memprof and the board, in both directions.
memprof ends with 3 and says why, once; and the board is not lost: the next snap gets its answer.

usage: test-vanish.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import concurrent.futures
import json
import os
import pty
import socket
import subprocess
import tempfile
import termios
import unittest

from rig import AT_ONCE, FIRMWARE, MEMPROF, PROMPT, TICK, Board, Script, memprof, main, read_until, start, stop, wait_for

FILL = "keep = [bytearray(48) for i in range(300)]; keep = keep[::2]"


def lengths(n_bytes, n_wanted):
    """Cuts: after each of the first bytes, where the stages of the protocol are, and then evenly."""
    near = list(range(0, min(n_bytes, n_wanted // 2)))
    far = [n_bytes - 1 - i * (n_bytes - len(near)) // (n_wanted // 2) for i in range(n_wanted // 2)]
    return sorted(set(near + [n for n in far if n >= len(near)]))


class Vanish(unittest.TestCase):
    def board(self, name):
        board = FIRMWARE.board(name)
        board.type(FILL)
        return board

    def whole(self, name):
        """Bytes to and from memprof when nothing is cut."""
        with self.board(name) as board:
            p = memprof("snap", board.path)
            self.assertEqual(p.returncode, 0, p.stderr)
            return {"to": board.n_to_memprof, "from": len(board.sent_by_memprof)}

    def one(self, name, direction, n_bytes):
        """What was wrong with a cut, or None."""
        where = "%s %d" % (direction, n_bytes)
        with self.board(name) as board:
            board.cut_after(direction, n_bytes)
            p = memprof("snap", "--map", "none", board.path)
            if not board.was_cut():
                return None if p.returncode == 0 else where + ": ended before the cut: " + p.stderr
            errors = [line for line in p.stderr.splitlines() if "error" in line]
            if p.returncode == 0 and "Dump 1 of 1" in p.stdout:
                return None     # all that was wanted had come
            if p.returncode != 3 or len(errors) != 1:
                return "%s: exit %d, %r" % (where, p.returncode, p.stderr)
            board.plug()
            p = memprof("snap", "--map", "none", "--patience", "0", board.path)
            if p.returncode == 3:   # it may be left in the middle of a program that memprof sent
                if "--interrupt" not in p.stderr and "half a line" not in p.stderr:
                    return "%s: then %r" % (where, p.stderr)
                p = memprof("snap", "--map", "none", "--interrupt", board.path)
            if p.returncode == 0 and not board.sent_by_memprof:     # it heard the rest of that dump, and was content before
                wait_for(lambda: board.heard.endswith((b">", PROMPT)), "the end of the program that printed it")
                p = memprof("snap", "--map", "none", board.path)
            if p.returncode != 0:
                return "%s: and then exit %d, %r" % (where, p.returncode, p.stderr)
            if board.type("len(keep)") != "150":
                return where + ": the prompt is not back"
        return None

    def every(self, name, n_wanted):
        whole = self.whole(name)
        cuts = [(d, n) for d in ("to", "from") for n in lengths(whole[d], n_wanted)]
        self.assertGreater(len(cuts), n_wanted)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            wrong = list(filter(None, pool.map(lambda cut: self.one(name, *cut), cuts)))
        self.assertFalse(wrong, "%d of %d cuts:\n%s" % (len(wrong), len(cuts), "\n".join(wrong)))

    def test_qemu(self):
        self.every("qemu", 40)

    def test_rp2(self):
        self.every("rp2", 12)

    def test_unix_in_paste_mode(self):
        self.every("unix", 24)

    def test_the_terminal_stays_as_it_was(self):
        """Whoever looks at attach in a terminal has the same terminal afterwards."""
        ours, theirs = pty.openpty()
        before = termios.tcgetattr(theirs)
        with self.board("qemu") as board:
            p = subprocess.Popen([MEMPROF, "attach", "--plain", "--interval", "0.1", board.path], stdin=theirs,
                                 stdout=theirs, stderr=theirs)
            seen = b""
            while seen.count(b"\n") < 6:
                seen += os.read(ours, 4096)
            board.unplug()
            self.assertEqual(p.wait(timeout=20), 3)
        self.assertEqual(termios.tcgetattr(theirs), before)
        os.close(ours)
        os.close(theirs)


class Run(unittest.TestCase):
    """The cable is pulled while a program runs."""

    def run_and_pull(self, name, *options):
        with FIRMWARE.board(name) as board, Script("i = 0\nwhile True:\n    i += 1\n"
                                                   "    if i % 2000 == 0: print('lap', i)\n") as script:
            p = start("run", "--no-samples", *options, script, board.path)
            board.wait(b"lap 4000")
            board.unplug()
            out, err = p.communicate(timeout=20)
            self.assertEqual(p.returncode, 3, err)
            self.assertEqual(err.count("error: "), 1, err)
            self.assertIn("the board is gone", err)
            return out

    def test_the_run_was_lost(self):
        for name in ("rp2", "qemu", "unix"):
            with self.subTest(name):
                run = json.loads(self.run_and_pull(name, "--json"))["run"]
                self.assertEqual((run["outcome"], run["exception"]), ("lost", None))
                self.assertGreater(run["peak_used"], 0)
        self.assertRegex(self.run_and_pull("qemu"), r"(?m)^\S+ was lost with its board")

    def test_a_process_that_ends_is_not_lost(self):
        for code, outcome in ((0, "ended"), (5, "raised")):
            with self.subTest(code), Script("import sys\nsys.exit(%d)\n" % code) as script:
                p = memprof("run", "--json", script, FIRMWARE.exec_uri("unix"))
                self.assertEqual(p.returncode, 4 if code else 0, p.stderr)
                self.assertEqual(json.loads(p.stdout)["run"]["outcome"], outcome)


class Reset(unittest.TestCase):
    """Somebody presses the reset button in the middle of a dump, and the port stays, as with a converter."""

    def test_in_the_middle_of_a_dump(self):
        # As text; and as block tables that the board's helper sends, which begin with no words.
        for n_bytes, begin, options in ((40, b"GC: total", ["--text"]), (400, b"GC: total", ["--text"]),
                                        (1500, b"GC: total", ["--text"]), (100, b"", [])):
            with self.subTest(n_bytes), tempfile.TemporaryDirectory() as folder:
                monitor = os.path.join(folder, "monitor")
                command = FIRMWARE.command("qemu")
                command[command.index("-monitor") + 1] = "unix:%s,server=on,wait=off" % monitor
                with Board(command) as board, socket.socket(socket.AF_UNIX) as button:
                    button.connect(monitor)
                    board.type(FILL)
                    p = start("attach", "--interval", "0.1", *options, board.path)
                    read_until(p, TICK, n=2)
                    seen = bytearray()

                    def press(data):
                        seen.extend(data)
                        at = seen.find(begin)
                        if at >= 0 and len(seen) > at + n_bytes:
                            board.on_heard = None
                            button.sendall(b"system_reset\n")
                    board.on_heard = press
                    read_until(p, "reset")
                    read_until(p, TICK, n=2)
                    code, _, err = stop(p)
                    self.assertEqual(code, 0, err)
                    self.assertEqual(board.type("6 * 7"), "42")
                    self.assertIn("NameError", board.type("keep"))


if __name__ == "__main__":
    main()
