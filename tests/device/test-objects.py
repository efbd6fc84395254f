#!/usr/bin/python3
"""memprof objects on real MicroPython: the unix port with one area, four, and a heap that grows; QEMU's Cortex-M3 with
object representations A and C; the emulated Pico. What it calls collectable is what gc.collect() frees, to the block;
names and sizes are the program's.

usage: test-objects.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import glob
import json
import os
import pathlib
import re
import tempfile
import unittest

import random_program
import rig
from rig import FIRMWARE, at_any_moment, memprof

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "leaks", "programs")
BUILDS = ("unix", "unix-split", "unix-auto", "qemu", "rp2", "qemu-repr-c")
APP = "import gc\n" + random_program.CLASSES + """\
handlers = [Dev(i) for i in range(40)]
cache = {'ev%d' % i: [1, 2, {'t': (i, 'a' * 40)}] for i in range(5)}
f = outer()
gen = numbers(); n = next(gen)
bm = handlers[2].__init__
log = Log([1, 2, 3]); some = {1, 'two', (3,)}; large = 1 << 500
loop = []; loop.append(loop)
def waste():
    for i in range(30):
        a = [i]; a.append(a)
waste()
"""

HOLES = """\
import gc
keep = [None] * 3000
n = 0
try:
    while True:
        keep[n] = bytearray(200)
        n += 1
except MemoryError:
    pass
for i in range(0, n, 2):
    keep[i] = None
for i in range(20, 32):
    keep[i] = None
gc.collect()
print('FREE', gc.mem_free())
"""


def run(board, program):
    board.type("exec(%r)" % program)


class Objects(unittest.TestCase):
    def on_board(self, name, program, *options):
        with FIRMWARE.board(name) as board:
            run(board, program)
            return memprof("objects", "--json", *options, board.path, seconds=120, code=0)

    def test_what_is_collectable_is_freed(self):
        for name in BUILDS:
            with self.subTest(name):
                document = json.loads(self.on_board(name, APP, "--verify").stdout)
                heap, verify = document["heap"], document["verify"]
                self.assertTrue(heap["exact"] and verify["exact"], (heap, verify))
                self.assertEqual(heap["live"]["bytes"] + heap["collectable"]["bytes"], heap["used"])
                self.assertGreaterEqual(heap["collectable"]["objects"], 60)     # 30 lists that hold themselves, and items
                self.assertLess(document["input"]["read_bytes"], heap["used"] + 25000)

    def test_names_and_sizes_are_those_of_the_program(self):
        for name in BUILDS:
            with self.subTest(name):
                document = json.loads(self.on_board(name, APP).stdout)
                found = {g["path"]: g for g in document["globals"]}
                self.assertLessEqual({"handlers", "cache", "f", "gen", "bm", "log", "some", "large", "loop", "Dev", "outer"},
                                     set(found))
                self.assertEqual({k: found[k]["kind"] for k in ("handlers", "cache", "f", "bm", "some", "large", "Dev", "outer")},
                                 {"handlers": "list", "cache": "dict", "f": "closure", "bm": "bound_method", "some": "set",
                                  "large": "int", "Dev": "class", "outer": "function"})
                self.assertEqual(found["log"]["class"], "Log")
                dev, = [c for c in document["classes"] if c["name"] == "Dev"]
                self.assertEqual(dev["objects"], 40)
                # A global holds its list, the items, and all but what others hold too.
                self.assertTrue(dev["retained"] < found["handlers"]["retained"], (dev, found["handlers"]))
                self.assertGreater(found["f"]["retained"], 1500)
                largest = {o["path"]: o for o in document["largest"]}
                self.assertIn("f.<closed 0>", largest)
                self.assertEqual(largest["f.<closed 0>"]["kind"], "buffer")
                self.assertEqual([d["count"] for d in document["duplicates"] if d["text"] == "a" * 40], [5])

    def test_a_memory_file_has_the_same_answer(self):
        for name in ("unix-split", "qemu"):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "board.mem")
                live = json.loads(self.on_board(name, APP, "--memory", path).stdout)
                saved = json.loads(memprof("objects", "--json", path, code=0).stdout)
                del live["input"], saved["input"]
                self.assertEqual(live, saved)
                cut = pathlib.Path(folder, "cut.mem")
                cut.write_bytes(pathlib.Path(path).read_bytes()[:-100])
                p = memprof("objects", cut, code=2)
                self.assertRegex(p.stderr, r"cut\.mem:\d+: error: the memory file ends before the bytes of this piece")

    def test_programs_that_were_interrupted(self):
        """Programs written to leak or not to, stopped by Ctrl-C wherever they are."""
        for i, path in enumerate(sorted(glob.glob(os.path.join(PROGRAMS, "*.py")))[::8]):
            with self.subTest(os.path.basename(path)), FIRMWARE.board("unix-split") as board:
                at = board.mark()
                board.press(("print('be' 'gun'); exec(open(%r).read())\r" % path).encode())
                board.wait(b"begun", at)
                at_any_moment(0.1 * i)
                board.press(b"\x03")
                board.wait(rig.PROMPT, at)
                board.drain()
                memprof("objects", "--json", "--verify", board.path, seconds=120, code=0)

    def test_programs_at_random(self):
        """MEMPROF_RANDOM_PROGRAMS: how many."""
        n = int(os.environ.get("MEMPROF_RANDOM_PROGRAMS", "20"))
        builds = ("unix", "unix-split", "unix-auto", "qemu-repr-c")
        for seed in range(n):
            with self.subTest(seed), FIRMWARE.board(builds[seed % len(builds)]) as board, \
                    rig.Script(random_program.program(seed)) as path:
                unix = builds[seed % len(builds)].startswith("unix")
                said = board.type("exec(open(%r).read())" % path if unix else "exec(%r)" % random_program.program(seed, 30))
                self.assertNotIn("Error", said.replace("MemoryError", ""), said)
                memprof("objects", "--json", "--verify", board.path, seconds=120, code=0)

    def test_run_names_who_keeps_what_is_left(self):
        with rig.Script(APP) as script:
            for name in BUILDS[:4]:     # the emulated Pico on a busy computer is as slow as a line that is not waited for
                with self.subTest(name), FIRMWARE.board(name) as board:
                    p = memprof("run", "--json", script, board.path, seconds=120, code=0)
                    kept = json.loads(p.stdout)["run"]["kept_by"]
                    self.assertEqual([row["bytes"] for row in kept], sorted((row["bytes"] for row in kept), reverse=True))
                    kept = {row["path"]: row for row in kept}
                    self.assertEqual((kept["handlers"]["kind"], kept["handlers"]["class"]), ("list", None))
                    self.assertGreaterEqual(kept["handlers"]["objects"], 40)
                    self.assertEqual([path for path in kept if path.startswith("_")], [])
                    text = memprof("run", "-q", script, board.path, seconds=120).stdout
                    self.assertRegex(text, r"(?m)^Held at the end\nholder .*\n(.*\n)*handlers +[\d\u2009]+ +\d+  40 Dev$")
            with FIRMWARE.board("unix") as board:
                with tempfile.TemporaryDirectory() as folder:
                    for options in (["--no-memory"], ["--save", os.path.join(folder, "run.log")]):
                        p = memprof("run", "--json", *options, script, board.path, code=0)
                        self.assertIsNone(json.loads(p.stdout)["run"]["kept_by"], options)
                self.assertNotIn("Held at the end", memprof("run", "-q", "--no-memory", script, board.path).stdout)

    def run_until_judged(self, too_early, *arguments):
        """After a table no other is sent for 32 times as long as it took: on a busy computer a short program may end before
        the fifth, which a verdict takes."""
        for _ in range(20):
            text = memprof("run", "-q", *arguments, seconds=120).stdout
            if not too_early(text):
                break
        return text

    def test_run_names_who_holds_a_leak(self):
        """The first line of each program says whose the leak is."""
        n_judged = n_named = 0
        for path in sorted(glob.glob(os.path.join(PROGRAMS, "leak-*.py")))[2::4]:
            with self.subTest(os.path.basename(path)), open(path) as file:
                heap, owner = re.search(r"heap=(\d+) .*owner=(\S+)", file.readline()).groups()
                text = self.run_until_judged(lambda text: (json.loads(text)["trend"] or {}).get("collections", 0) < 5,
                                             "--json", path, FIRMWARE.exec_uri("unix", heap=heap))
                leak = (json.loads(text)["trend"] or {}).get("leak")
                if leak:
                    self.assertIn(leak["held_by"], (None, owner))
                    n_judged += 1
                    n_named += leak["held_by"] is not None
        self.assertGreater(n_judged, 3)
        self.assertGreaterEqual(n_named, 0.7 * n_judged)
        text = self.run_until_judged(lambda text: "Leak: " not in text, os.path.join(PROGRAMS, "leak-closures.py"),
                                     FIRMWARE.exec_uri("unix", heap="131072"))
        self.assertRegex(text, r"Leak: [^.]*(\.\d[^.]*)*held\s+by\s+on_close\.")
        self.assertNotIn(" Out of memory", text)         # it has ended
        self.assertRegex(text, r"\nNext:\s+memprof leaks \S+leak-closures\.py '[^\n]+'\s+names\s+the\s+line\s+that\s+allocates\s+it\.\n")

    def test_what_came_and_stayed(self):
        for name in ("unix", "qemu"):
            with self.subTest(name), FIRMWARE.board(name) as board, tempfile.TemporaryDirectory() as folder:
                before = os.path.join(folder, "before.mem")
                run(board, APP + "filled = bytearray(3000); table = {i: i for i in range(40)}\nimport gc; gc.collect()")
                memprof("objects", "--memory", before, board.path, seconds=120, code=0)
                board.type("handlers.extend([Dev(100 + i) for i in range(25)]); cache['late'] = bytearray(2000); log = None; "
                           "filled[0] = 7; table.pop(0)")
                board.type("gc.collect()")
                p = memprof("objects", "--json", "--since", before, board.path, seconds=120, code=0)
                since = json.loads(p.stdout)["since"]
                self.assertTrue(since["same_start"])
                owners = {o["owner"]: o for o in since["owners"]}
                what = {w["name"]: w["objects"] for w in owners["handlers"]["what"]}
                # An instance may take the place of one that went, which then counts as the same.
                self.assertTrue(23 <= what["Dev"] <= 25, owners["handlers"])
                self.assertGreaterEqual(owners["cache"]["bytes"], 2000)
                self.assertEqual({c["name"]: c["objects"] for c in since["classes"]}, {"Dev": 25, "Log": -1})
                self.assertNotIn("filled", owners)      # what a buffer holds is no identity
                changed = {c["name"]: c["bytes"] for c in since["globals"]}
                self.assertNotIn("table", owners)
                self.assertTrue(changed["handlers"] > 25 * 48 and changed["cache"] >= 2000 and changed["log"] < 0, changed)

    def test_snap_keeps_the_memory(self):
        for name in ("unix-split", "qemu"):
            with self.subTest(name), FIRMWARE.board(name) as board, tempfile.TemporaryDirectory() as folder:
                memory = os.path.join(folder, "board.mem")
                run(board, APP)
                p = memprof("snap", "--json", "--memory", memory, board.path, seconds=120, code=0)
                pool = rig.gc_pool(json.loads(p.stdout)["dumps"][0])
                # Of a split heap whole areas are empty: nothing is in the way of more than one has.
                self.assertEqual(bool(pool["culprits"]), name == "qemu")
                self.assertTrue(all(c["owner"] for c in pool["culprits"]), pool["culprits"])
                heap = json.loads(memprof("objects", "--json", memory).stdout)["heap"]
                self.assertEqual((heap["used"], heap["total"]), (pool["used"], pool["total"]))
                memprof("report", memory, code=0)

    def test_moments_add_up_without_a_collection(self):
        with FIRMWARE.board("unix") as board, tempfile.TemporaryDirectory() as folder:
            before = os.path.join(folder, "before.mem")
            run(board, APP + "kept = bytearray(10000)\n")
            memprof("objects", "--memory", before, board.path, code=0)
            board.type("kept = None; handlers.append(Dev(7))")
            document = json.loads(memprof("objects", "--json", "--since", before, board.path).stdout)
            since = document["since"]
            self.assertEqual(since["live"]["bytes"] + since["born"]["bytes"] - since["gone"]["bytes"],
                             document["heap"]["live"]["bytes"])
            self.assertEqual(sum(o["objects"] for o in since["owners"]), since["born"]["objects"])
            self.assertGreaterEqual(since["gone"]["bytes"], 10000)

    def test_named_tuples_and_keys_without_text(self):
        with FIRMWARE.board("unix") as board:
            run(board, "from collections import namedtuple\nP = namedtuple('P', 'x y z w')\n"
                       "one = P([1, 2, 3, [4]], {'a': [5]}, 'some text that is in the heap', 2)\n"
                       "odd = {1.5: [1], (1, 2): [2], None: [3], b'z': [4]}\n"
                       "def tasks():\n    yield 1\nwaiting = tasks()\n")
            memory = os.path.join(tempfile.mkdtemp(), "a.mem")
            memprof("objects", "--memory", memory, board.path)
            found = {}
            for path in ("one[0][3]", "one[1]['a']", "one[2]", "odd[None]", "tasks", "waiting"):
                p = memprof("objects", "--json", "--path", path, memory, code=0)
                found[path], = json.loads(p.stdout)["paths"]
            self.assertEqual([o["path"] for o in found.values()], list(found))
            self.assertEqual([o["kind"] for o in found.values()],
                             ["list", "list", "str", "list", "generator function", "generator"])
            paths = memprof("objects", "--format", "csv", memory).stdout
            keys = set(re.findall(r'"list","","(odd\[<key \d+>\])"', paths))
            self.assertEqual(len(keys), 3, keys)
            for key in keys:
                memprof("objects", "--path", key, memory, code=0)

    def test_no_piece_is_long_enough(self):
        """Half of the heap is free, in holes that are too short for memprof's program."""
        with FIRMWARE.board("unix") as board:
            free = re.search(r"FREE (\d+)", board.type("exec(%r)" % HOLES))
            self.assertGreater(int(free[1]), 100000)
            p = memprof("objects", board.path, code=3)
            self.assertRegex(p.stderr, "no contiguous room for what .*: memory allocation failed, allocating [0-9]+ bytes; free some")

    def test_the_board_is_left_as_it_was(self):
        """The first time may intern a name; after that nothing is kept."""
        for name in BUILDS:
            with self.subTest(name), FIRMWARE.board(name) as board:
                run(board, APP)
                counted = []
                for _ in range(3):
                    memprof("objects", "--json", board.path, seconds=120, code=0)
                    counted.append(board.type("print(len(globals()), __name__, (gc.collect(), gc.mem_alloc())[1])").split())
                n_globals, module, used = zip(*counted)
                self.assertEqual((len(set(n_globals)), set(module)), (1, {"__main__"}))
                self.assertLessEqual(int(used[2]), int(used[1]))


if __name__ == "__main__":
    rig.main()
