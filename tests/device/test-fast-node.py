#!/usr/bin/python3
"""attach's fast path on a stock Raspberry Pi Pico in an emulator: raw REPL over USB, and timers that run meanwhile.

usage: test-fast-node.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import unittest

import rig
from rig import FIRMWARE, TICK, gc_pool, memprof, read_until, start
from tables import WITNESS, cut_and_recover, documents, end_of_code, fill, follow, is_raw, paste, table


class FastNode(unittest.TestCase):
    def test_it_is_what_the_text_is(self):
        with FIRMWARE.board("rp2") as board:
            fill(board, 200)
            paste(board, WITNESS)
            docs, err = follow(board, count=25)
            self.assertIn("reading block tables directly", err)
            formats = [is_raw(d) for d in docs]
            first = formats.index(True)
            self.assertEqual(table(docs[first]), table(docs[first - 1]))
            self.assertEqual(formats[first:], [True] * (len(docs) - first))
            for later in docs[first + 1:]:
                self.assertEqual(table(later), table(docs[first]))

    def test_nothing_is_left_behind(self):
        with FIRMWARE.board("rp2") as board:
            fill(board)
            board.type("import micropython")
            what = "len(globals()), sorted(globals()), __name__"
            before = board.type(what), board.type("micropython.qstr_info()"), board.type("[gc.collect(), gc.mem_alloc()][1]")
            follow(board)
            self.assertEqual(board.type(what), before[0])
            self.assertEqual(board.type("micropython.qstr_info()"), before[1])
            self.assertLess(abs(int(board.type("[gc.collect(), gc.mem_alloc()][1]")) - int(before[2])), 256)

    def test_a_timer_that_prints(self):
        """Its lines fall between looks, and into them. Nothing is allocated, so each table that is shown is the same."""
        with FIRMWARE.board("rp2") as board:
            fill(board)
            paste(board, """
import machine
n = 0
def noise(t):
    global n
    n += 1
    if 400 < n < 1200: print("noise")
gc.collect()
timer = machine.Timer(period=7, callback=noise)
""")
            p = memprof("attach", "--json", "--no-survey", "--interval", "0.02", "--count", "200", "--culprits", "64",
                        board.path, seconds=400)
            self.assertEqual(p.returncode, 0, p.stderr)
            raw = [d for d in documents(p.stdout) if is_raw(d)]
            self.assertGreater(len(raw), 5)
            self.assertIn(b"noise", bytes(board.heard))
            lives = {}
            for d in raw:       # each time the probe begins, its own objects lie elsewhere
                lives.setdefault(gc_pool(d["dumps"][0])["used"], []).append(table(d))
            for tables in lives.values():
                self.assertEqual(tables, [tables[0]] * len(tables))
            board.type("timer.deinit()")
            self.assertEqual(board.type("1 + 1"), "2")

    def test_a_host_that_dies_in_it(self):
        with FIRMWARE.board("rp2") as board:
            fill(board)
            follow(board)
            at = end_of_code(board)
            for cut in (3, 9, 16, 17, 40):
                cut_and_recover(board, at + cut)

    def test_a_key_ends_it(self):
        """Somebody else's terminal at a probe that was left there: Ctrl-C is enough, and so is any line."""
        for keys in (b"\x03", b"print('is anybody there?')\r"):
            with self.subTest(keys), FIRMWARE.board("rp2") as board:
                fill(board)
                p = start("attach", "--interval", "0.05", "--no-survey", board.path)
                read_until(p, TICK)
                board.unplug()
                p.kill()
                p.communicate()
                board.plug()
                board.press(keys)
                board.press(b"\r")
                board.interrupt()
                self.assertEqual(board.type("__name__, 1 + 1"), "('__main__', 2)")


if __name__ == "__main__":
    rig.main(emulated=True)
