#!/usr/bin/python3
"""attach's fast path against real MicroPython: the block table that is read directly is the one of mem_info(1), it
costs less, it leaves nothing behind, and the prompt comes back however it ends.

usage: test-fast.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import signal
import tempfile
import unittest

import rig
from rig import FIRMWARE, TICK, Board, at_any_moment, gc_pool, memprof, read_until, start, stop, wait_for
from tables import WITNESS, cut_and_recover, documents, end_of_code, fill, follow, is_raw, paste, table

BUILDS = ("qemu", "unix", "unix-split", "unix-auto")


class Fast(unittest.TestCase):
    def on_each(self, check, builds=BUILDS):
        for name in builds:
            with self.subTest(name), Board(FIRMWARE.command(name)) as board:
                check(name, board)

    def test_it_is_what_the_text_is(self):
        def check(name, board):
            fill(board, 300 if name == "unix-split" else 60)    # more than one area
            paste(board, WITNESS)
            docs, err = follow(board, count=8)
            self.assertIn("reading block tables directly", err)
            formats = [is_raw(d) for d in docs]
            first = formats.index(True)
            self.assertGreaterEqual(first, 2, formats)
            text, raw = docs[first - 1], docs[first]
            self.assertEqual(table(raw), table(text))
            self.assertEqual(formats[first:], [True] * (len(docs) - first))
            for later in docs[first + 1:]:              # nothing was allocated between them
                self.assertEqual(table(later), table(raw))
        self.on_each(check)


    def test_it_costs_less_and_allocates_nothing(self):
        def check(_, board):
            fill(board)
            begin = board.mark()
            text = memprof("attach", "--text", "--no-survey", "--count", "1", board.path)
            self.assertEqual(text.returncode, 0, text.stderr)
            n_text = board.mark() - begin
            docs, _ = follow(board, count=26)
            raw = [d for d in docs if is_raw(d)]
            self.assertEqual(len(raw), 25)
            self.assertEqual([table(d) for d in raw], [table(raw[0])] * 25)
            begin = board.mark()
            follow(board, count=16)
            n_ten = board.mark() - begin
            begin = board.mark()
            follow(board, count=6)
            n_look = (n_ten - (board.mark() - begin)) / 10
            self.assertLess(n_look * 2, n_text)
        self.on_each(check, ("qemu", "unix"))

    def test_nothing_is_left_behind(self):
        def check(name, board):
            fill(board)
            board.type("import micropython")
            follow(board)                       # QEMU's build interns one name: "buffer"
            what = "len(globals()), sorted(globals()), __name__"
            before = board.type(what), board.type("micropython.qstr_info()"), board.type("[gc.collect(), gc.mem_alloc()][1]")
            follow(board)
            self.assertEqual(board.type(what), before[0])
            self.assertIn("'__main__'", before[0])
            self.assertEqual(board.type("micropython.qstr_info()"), before[1])
            after = board.type("[gc.collect(), gc.mem_alloc()][1]")
            self.assertLess(abs(int(after) - int(before[2])), 256)
            self.assertNotIn(b"\x03", board.sent_by_memprof)
        self.on_each(check)

    def test_text_where_that_is_wished_or_smaller(self):
        with Board(FIRMWARE.command("unix")) as board:
            docs, err = follow(board, "--text")
            self.assertFalse(any(map(is_raw, docs)))
            self.assertNotIn(b"uctypes", board.sent_by_memprof)
        with Board(FIRMWARE.command("qemu")) as board:      # a fresh heap
            docs, err = follow(board)
            self.assertFalse(any(map(is_raw, docs)))
            self.assertNotIn(b"uctypes", board.sent_by_memprof)

    def test_without_uctypes(self):
        with Board(FIRMWARE.command("unix")) as board:
            fill(board)
            board.type("import sys; sys.modules['uctypes'] = None")
            docs, err = follow(board)
            self.assertFalse(any(map(is_raw, docs)))
            self.assertIn("uctypes", err)
            self.assertEqual(board.sent_by_memprof.count(b"import sys,uctypes"), 1)
            self.assertEqual(board.type("1 + 1"), "2")

    def test_without_room(self):
        with Board(FIRMWARE.command("qemu-small")) as board:
            board.type("import gc; gc.collect()")
            board.type("k = [bytearray(9) for i in range(gc.mem_free() // 80)]")
            docs, err = follow(board, count=3)
            self.assertEqual(len(docs), 3)
            self.assertNotIn("Traceback", err)
            self.assertEqual(board.type("1 + 1"), "2")

    def test_it_collects_in_place(self):
        def check(_, board):
            fill(board)
            board.type("len([[i] for i in range(99)])")
            docs, _ = follow(board, "--collect", count=5)
            raw = [d for d in docs if is_raw(d)]
            self.assertEqual(len(raw), 4)
            self.assertEqual(table(raw[-1]), table(raw[-2]))
            at = board.sent_by_memprof.index(b"import sys,uctypes")
            self.assertNotIn(b"collect()]", board.sent_by_memprof[at:])
        self.on_each(check, ("qemu", "unix"))

    def test_whatever_ends_it_gives_the_prompt_back(self):
        def check(name, board):
            fill(board, 200)
            for i in range(10):
                p = start("attach", "--interval", "0", "--no-survey", board.path)
                wait_for(lambda: b"import sys,uctypes" in board.sent_by_memprof, "the program of the probe")
                at_any_moment(0.03 * i)     # while it is told, while it begins, while it reads
                p.send_signal((signal.SIGTERM, signal.SIGINT)[i % 2])
                out, err = p.communicate(timeout=30)
                self.assertEqual(p.returncode, 0, err)
                board.wait_prompt()     # a text that was being printed is printed to its end
                with board.lock:
                    board.sent_by_memprof = bytearray()
                self.assertEqual(board.type("1 + 1"), "2")
                self.assertEqual(board.type("__name__"), "'__main__'")
        self.on_each(check, ("qemu", "unix"))

    def test_a_host_that_dies_in_it(self):
        for name, command in (("qemu", 17), ("unix", 33)):
            with self.subTest(name), Board(FIRMWARE.command(name)) as board:
                fill(board)
                follow(board)
                at = end_of_code(board)
                cuts = [1, 2, 5, 9, command // 2, command - 1, command, command + 1, command + 4,
                        2 * command, 3 * command + 7, 8 * command + 12]
                for cut in cuts:
                    cut_and_recover(board, at + cut)

    def test_a_host_that_comes_back(self):
        """The cable is pulled while the probe stands; --wait finds the board where it was, and ends it."""
        with Board(FIRMWARE.command("qemu")) as board:
            fill(board)
            p = start("attach", "--interval", "0.05", "--no-survey", board.path)
            read_until(p, TICK)
            board.unplug()
            p.kill()
            p.communicate()
            board.plug()
            q = memprof("snap", "--no-survey", board.path)
            self.assertIn(q.returncode, (0, 3))         # busy: nothing was interrupted
            q = memprof("snap", "--no-survey", "--interrupt", board.path)
            self.assertEqual(q.returncode, 0, q.stderr)
            self.assertEqual(board.type("1 + 1"), "2")

    def test_what_is_printed_meanwhile(self):
        """A thread that prints and allocates all the time: what is shown is right, or is not shown."""
        with Board(FIRMWARE.command("unix")) as board, tempfile.NamedTemporaryFile() as begin:
            fill(board)
            paste(board, """
import _thread, time, os
def noise():
    while not os.stat(%r)[6]: time.sleep(.1)
    for i in range(2000):
        print("noise")
        [0] * 40
        time.sleep_ms(1)
_thread.start_new_thread(noise, ())
""" % begin.name)
            p = start("attach", "--json", "--no-survey", "--interval", "0.02", board.path)
            at, lines = board.mark(), [p.stdout.readline()]
            begin.write(b"now")
            begin.flush()
            while b"\nnoise" not in board.heard[at:]:
                lines.append(p.stdout.readline())
            lines += [p.stdout.readline() for _ in range(40)]
            code, _, err = stop(p)
            self.assertEqual(code, 0, err)
            for document in documents("".join(lines)):
                pool = gc_pool(document["dumps"][0])
                self.assertEqual(pool["used"] + pool["free"], pool["total"])
                if is_raw(document):
                    self.assertGreater(pool["used"], 10000)
                    self.assertLess(pool["used"], 200000)


if __name__ == "__main__":
    rig.main()
