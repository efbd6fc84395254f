#!/usr/bin/python3
"""run's hook in the collector of real MicroPython: verdicts, the state in which it failed, what is left afterwards.

usage: test-collections.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import os
import re
import signal
import tempfile
import unittest

import rig
from rig import FIRMWARE, Board, Script, gc_pool, memprof, start

# Python objects of one turn, of which a leak keeps one.
# Pauses, as a board that has just sent a table leaves out the next one on a busy machine.
TURN = ("try: from time import sleep_ms\nexcept ImportError: sleep_ms = id\n"
        "def turn(i):\n    work = [str(i + k) for k in range(60)]\n    if i % 40 == 0: sleep_ms(20)\n")
LEAKS = TURN + "kept = None\nfor i in range(TURNS):\n    turn(i)\n    if i % 4 == 0: kept = [i, kept]\n"
STEADY = TURN + "for i in range(TURNS):\n    turn(i)\n"
FAILS = TURN + "kept = None\nfor i in range(300): kept = [bytearray(40), kept]\nbytearray(10000000)\n"
TURNS = {"qemu": 2400, "unix": 4000, "unix-split": 8000, "unix-auto": 8000, "rp2": 2400, "unix-agent": 4000}
# It reports the failure, and goes on without what it kept.
CAUGHT = FAILS.replace("bytearray(10000000)\n", "try: bytearray(10000000)\nexcept MemoryError as e: print(repr(e))\n"
                       "kept = None\nimport gc\ngc.collect()\n")
BUILDS = tuple(TURNS)
# What it held is gone when it has ended.
LOCAL = TURN + ("def main():\n    kept = None\n    for i in range(TURNS):\n        turn(i)\n        if i % 4 == 0: kept = [i, kept]\n"
                "main()\n")
# Its tables are longer than 256 KiB for a while.
LARGE = "import gc, time\na = [bytearray(900000) for _ in range(40)]\ngc.collect()\na = None\nfor i in range(60):\n    gc.collect()\n    time.sleep(.01)\nprint('ok')\n"
# No block is free over 30 collections.
FULL = "import gc\na = []\ni = 0\nr = range(30)\ntry:\n    while True: a.append([])\nexcept MemoryError: pass\nfor i in r: gc.collect()\na = None\nprint('ok')\n"
# Areas come, and go again when a collection has emptied them.
AREAS = ("import gc, time\na = None\nfor k in range(3):\n    a = [bytearray(1000) for _ in range(500)]\n    gc.collect()\n"
         "    a = None\n    for i in range(50):\n        gc.collect()\n        time.sleep(.01)\n")
# It needs 10 KiB.
SMALL = ("buf = []\nfor i in range(300):\n    buf.append(str(i))\n    if len(buf) > 40: buf.pop(0)\n    s = ','.join(buf)\n"
         "print('done', len(s))\n")

COLLECT = ("def collect(n):\n    before = __memprof(2)\n    for i in range(n):\n        gc.collect()\n        for k in range(50): pass\n"
           "    return __memprof(2) - before\n")
# A word that looks like the address of the armed sentinel keeps it; its address is in the hook's state. And `id` is another.
HELD = "import array, gc, uctypes\n" + COLLECT + """\
def word(address): return int.from_bytes(uctypes.bytearray_at(address, 8), 'little')
state = word(word(id(__memprof) + 64) + 24)
hold = array.array('L', [0])
collect(3)
hold[0] = id(hold) & ~0x3fffffff | word(state + 8 * 12) >> 1
id = 5
print('seen', collect(10))
"""
# An area of the heap is freed, so blocks behind it have other numbers.
FREED = "import gc\n" + COLLECT + """\
first = [(i,) for i in range(16000)]
kept = [(i,) for i in range(6000)]
for i in range(40):
    gc.collect()
    kept.append([(i,) * n for n in (5, 4, 1, 5, 2, 5, 8, 4, 5, 5)])
first = None
for i in range(3000): kept[i] = None
print('seen', collect(44))
"""


def script_for(name, text):
    return Script(text.replace("TURNS", str(TURNS[name])))


class Collections(unittest.TestCase):
    def run_on(self, name, text, *options, code=0):
        with FIRMWARE.board(name) as board, script_for(name, text) as script:
            p = memprof("run", "-q", "--json", *options, script, board.path, seconds=500)
        self.assertEqual(p.returncode, code, p.stderr)
        return json.loads(p.stdout)

    def test_a_leak_is_told_by_run_itself(self):
        for name in BUILDS:
            with self.subTest(name):
                document = self.run_on(name, LEAKS)
                trend = document["trend"]
                self.assertGreaterEqual(document["run"]["samples"], 5)
                self.assertTrue(2048 < document["run"]["own_used"] < 16384, document["run"])
                self.assertEqual(trend["verdict"], "leaking")
                self.assertTrue(trend["leak"]["stays"])

    def seen(self, text, name, heap):
        with Script(text) as script:
            p = memprof("run", "-q", script, FIRMWARE.exec_uri(name, heap=heap))
        self.assertEqual(p.returncode, 0, p.stderr)
        return int(re.search(r"^seen (\d+)$", p.stdout, re.M)[1])

    def test_a_sentinel_that_is_kept(self):
        """The next one takes its place after two collections."""
        self.assertGreaterEqual(self.seen(HELD, "unix", "1M"), 7)

    def test_an_area_is_freed(self):
        self.assertGreaterEqual(self.seen(FREED, "unix-auto", "64K"), 40)

    def test_a_leak_that_ends_with_its_program(self):
        """Of some 20 numbers of turns, one has its last collection when main() has returned; this is none of these."""
        for name in ("unix", "qemu"):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                saved = os.path.join(folder, "saved")
                document = self.run_on(name, LOCAL.replace("TURNS", str(TURNS[name] + 60)), "--save", saved)
                self.assertLess(document["run"]["after_collect"]["used"], document["run"]["before"]["used"] + 4096)
                self.assertEqual(document["trend"]["verdict"], "leaking")
                again = json.loads(memprof("trend", "--json", saved).stdout)
                self.assertEqual(again["verdict"], "leaking")
                self.assertEqual([s["kind"] for s in again["leak"]["stays"]], [s["kind"] for s in document["trend"]["leak"]["stays"]])

    def test_a_steady_program(self):
        """It is not accused, and each sample is of the whole heap."""
        for name in BUILDS:
            with self.subTest(name):
                document = self.run_on(name, STEADY)
                trend = document["trend"]
                self.assertGreaterEqual(trend["collections"], 5)
                self.assertEqual((trend["verdict"], trend["leak"]), ("steady", None))
                before = gc_pool(document["dumps"][0])
                tables = [gc_pool(dump) for dump in document["dumps"] if dump["collections"]]
                self.assertGreater(len(tables), 3)
                for pool in tables:
                    self.assertEqual((pool["total"], len(pool["areas"])), (before["total"], len(before["areas"])))
                    self.assertLess(abs(pool["used"] - before["used"]), 8192)
                document = self.run_on(name, STEADY, "--no-collect")    # which fills the heap first, by itself
                self.assertGreater(document["run"]["peak_used"], 0.9 * before["total"])

    def test_a_large_heap(self):
        """Tables of 32 KiB, as of PSRAM; a pty is as fast as USB."""
        text = LEAKS.replace("import sleep_ms", "import sleep_ms; import gc").replace("turn(i)\n", "turn(i); i % 50 or (gc.collect(), sleep_ms(200))\n")
        with Board(FIRMWARE.command("unix", "4m")) as board, Script(text.replace("TURNS", "2000")) as script:
            p = memprof("run", "-q", "--json", script, board.path, seconds=500)
        self.assertEqual(p.returncode, 0, p.stderr)
        document = json.loads(p.stdout)
        self.assertGreaterEqual(len([d for d in document["dumps"] if d["collections"]]), 5)
        self.assertEqual(document["trend"]["verdict"], "leaking")

    def test_tables_that_become_too_long(self):
        with Board(FIRMWARE.command("unix-auto", "64k")) as board, Script(LARGE) as script:
            p = memprof("run", script, board.path, seconds=500)
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertTrue(p.stdout.startswith("ok\n\n"), p.stdout)      # and no table
        self.assertIn("further collections are not shown", p.stderr)

    def test_a_heap_that_is_full_for_long(self):
        """It says that no more comes, as it cannot go on."""
        for name in ("unix", "qemu"):
            with self.subTest(name), FIRMWARE.board(name) as board, Script(FULL) as script:
                p = memprof("run", script, board.path, seconds=500)
                self.assertEqual(p.returncode, 0, p.stderr)
                self.assertTrue(p.stdout.startswith("ok\n\n"), p.stdout)
                self.assertIn("further collections are not shown", p.stderr)

    def test_small_heaps(self):
        """What is put in there does not take what the program needs; that it is not, is told."""
        for heap, why in (("12k", "its heap is too small for samples"), ("24k", "too little of its heap is free"),
                          ("48k", "too little of its heap is free"), ("64k", "")):
            for command in "run", "leaks":
                with self.subTest(heap, command=command), Script(SMALL) as script:
                    p = memprof(command, script, FIRMWARE.exec_uri("unix", heap=heap))
                    self.assertEqual(p.returncode, 0, p.stderr)
                    self.assertIn("done 159\n", p.stdout)
                    self.assertIn(why, p.stderr)
                    self.assertNotIn("still installed", p.stderr)

    def test_where_the_hook_cannot_be_put_in(self):
        """It says why it takes a sampler, and follows the program all the same."""
        stub = "import sys, %s as m; sys.modules['%s'] = type('Stub', (), {k: %s for k in dir(m) if k != '%s'})"
        for prepare, why in (
                ("import sys; sys.modules['uctypes'] = None", "lacks what that needs (uctypes)"),
                (stub % ("micropython", "micropython", "getattr(m, k)", "schedule"), "ImportError: "),
                (stub % ("sys", "sys", "'zephyr' if k == 'platform' else getattr(m, k)", ""),
                 "other threads would run there while memory is sent")):
            with self.subTest(why), FIRMWARE.board("unix") as board, script_for("unix", STEADY) as script:
                board.type(prepare)
                p = memprof("run", "--json", script, board.path, seconds=500)
                self.assertEqual(p.returncode, 0, p.stderr)
                self.assertRegex(p.stderr, r"collections cannot be watched \(.*%s.*\): memory is sampled" % re.escape(why))
                self.assertGreater(json.loads(p.stdout)["run"]["samples"], 3)
                p = memprof("run", "-q", script, board.path, seconds=500)
                self.assertEqual((p.returncode, p.stderr), (0, ""))

    def test_areas_come_and_go(self):
        with Board(FIRMWARE.command("unix-auto", "64k")) as board, Script(AREAS) as script:
            p = memprof("run", "-q", "--json", script, board.path, seconds=500)
            self.assertEqual(p.returncode, 0, p.stderr)
            document = json.loads(p.stdout)
            self.assertEqual(document["run"]["outcome"], "ended")
        pools = [gc_pool(dump) for dump in document["dumps"] if dump["collections"]]
        numbers = [len(pool["areas"]) for pool in pools]
        self.assertGreater(len(numbers), 4)
        self.assertTrue(any(a < b for a, b in zip(numbers, numbers[1:])), numbers)
        self.assertTrue(any(a > b for a, b in zip(numbers, numbers[1:])), numbers)

    def test_a_failure_is_shown_as_it_was(self):
        for name in ("qemu", "unix", "rp2"):
            with self.subTest(name):
                document = self.run_on(name, FAILS, code=4)
                self.assertEqual(len(document["errors"]), 1)
                error = document["errors"][0]
                dump = next(d for d in document["dumps"] if d["dump"] == error["dump"])
                self.assertIsNotNone(dump["collections"])   # it came from the hook, before the board was asked
                self.assertGreater(gc_pool(dump)["used"], gc_pool(document["dumps"][0])["used"] + 300 * 64)

    def test_a_failure_is_not_explained_by_what_came_after_it(self):
        for name in ("qemu", "unix"):
            with self.subTest(name):
                document = self.run_on(name, CAUGHT)
                self.assertEqual(len(document["errors"]), 1)
                dump = next(d for d in document["dumps"] if d["dump"] == document["errors"][0]["dump"])
                self.assertGreater(gc_pool(dump)["used"], gc_pool(document["dumps"][0])["used"] + 300 * 64)

    def test_a_recording_has_the_same_verdict(self):
        for text, verdict in ((LEAKS, "leaking"), (STEADY, "steady")):
            with tempfile.TemporaryDirectory() as folder:
                saved = os.path.join(folder, "saved")
                trend = self.run_on("unix", text, "--save", saved)["trend"]
                again = json.loads(memprof("trend", "--json", saved).stdout)
                self.assertEqual((trend["verdict"], again["verdict"]), (verdict, verdict))
                self.assertLessEqual(abs(trend["collections"] - again["collections"]), 3)

    def test_nothing_is_left(self):
        for name in ("qemu", "unix", "rp2"):
            with self.subTest(name), FIRMWARE.board(name) as board, script_for(name, STEADY + "del turn, i, sleep_ms\n") as script:
                names = board.type("sorted(globals())")
                board.type("import gc")
                used = []
                for options in (["--no-samples"], [], []):
                    self.assertEqual(memprof("run", "-q", *options, script, board.path, seconds=500).returncode, 0)
                    used.append(int(board.type("(gc.collect(), gc.mem_alloc())[1]").split()[-1]))
                # The unix port keeps the buffer that it pasted the hook into, and uses it again; by chance its C stack
                # still points to that of the last program.
                self.assertLess(used[1] - used[0], 8192 if name == "unix" else 512, used)
                self.assertLess(used[2] - used[1], 1280 if name == "unix" else 512, used)
                self.assertEqual(board.type("len([gc.collect() for i in range(20)])"), "20")
                board.type("del gc")
                self.assertEqual(board.type("sorted(globals())"), names)

    def test_a_hook_that_is_garbage_does_nothing(self):
        """As where memprof was killed, and what it left is deleted, or put there again."""
        with FIRMWARE.board("unix") as board, Script(TURN + "import time\nprint('begun')\ntime.sleep(30)\n") as script:
            for _ in range(3):
                p = start("run", "-q", "--interrupt", script, board.path)
                self.assertEqual(p.stdout.readline(), "begun\n")
                p.send_signal(signal.SIGKILL)
                p.communicate()
                at = board.mark()
                board.press(b"\x03")
                board.wait(rig.PROMPT, at)
            board.type("del __memprof")
            board.type("import gc")
            for _ in range(10):
                board.type("x=[[k] for k in range(300)];gc.collect()")
            self.assertEqual(board.type("print(1+1)"), "2")


if __name__ == "__main__":
    rig.main()
