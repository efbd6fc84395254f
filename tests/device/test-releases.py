#!/usr/bin/python3
"""memprof objects on other releases of MicroPython than the 1.25 of test-objects.py: images of the memory of WebAssembly
builds from 1.20 to 1.29, the unix port of 1.26 at its prompt, and 1.9.2 on a BBC micro:bit in QEMU through its GDB server.

usage: test-releases.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import csv
import io
import json
import os
import socket
import subprocess
import tempfile
import unittest

import random_program
import rig
from rig import FIRMWARE, HERE, Board, memprof

# Packages (package.json), and whether a collection frees all: up to 1.22 the stack is scanned, with what has just run on it.
WASM = {"micropython-1.20": False, "micropython-1.23": True, "micropython-1.24": True,
        "@micropython/micropython-webassembly-pyscript": True, "micropython-1.29": True}
STALE_MAX = 10      # objects that such a stack keeps
N_PROGRAMS = 2      # at random, on each
APP = random_program.CLASSES + """\
handlers = [Dev(i) for i in range(40)]
cache = {'ev%d' % i: [1, 2, {'t': (i, 'a' * 40)}] for i in range(4)}
keys = {1: [1], (2, 'b'): [2], 'c': [3], None: [4]}
f = outer()
gen = numbers(); n = next(gen)
bm = handlers[2].__init__
log = Log([1, 2, 3]); some = {1, 'two', (3,)}; large = 1 << 500; view = memoryview(bytearray(300))
loop = []; loop.append(loop)
def waste():
    for i in range(30):
        a = [i]; a.append(a)
waste()
"""
KINDS = {"handlers": "list", "cache": "dict", "keys": "dict", "f": "closure", "gen": "generator", "bm": "bound_method",
         "log": "instance", "some": "set", "large": "int", "Dev": "class", "outer": "function",
         "numbers": "generator function"}
PATHS = {"f.<closed 0>": "buffer", "view": "buffer", "cache['ev3'][2]['t'][1]": "text", "keys['c']": "list", "keys[1]": "list",
         "handlers[7].hist[2]": "tuple"}
OTHER_MAX_BYTES = 400   # of live objects of no known kind, with what a port has of its own
OTHER_PROMPT_BYTES = 3000   # of the lines that were typed, and of what reads the memory at a prompt
DRIVER = """\
import gc, host
gc.disable()
def make(): exec(%r, globals())
def used(): return gc.mem_alloc()
def collect(): gc.collect()
def work():
    inner = [bytearray(777)]
    host.dump()
    return len(inner)
"""
HISTORY_MAX = 4     # objects that the line which collects changes: the lines that were typed are on the heap
MICROBIT = (    # a program in parts, as its heap is small
    "import gc",
    "exec(\"class Dev:\\n def __init__(s, n):\\n  s.name = 'dev%d' % n\\n  s.hist = [n, n, (n, 'x')]\")",
    "exec('class Log(list): pass')",
    "exec('def outer():\\n big = bytearray(700)\\n return lambda: len(big)')",
    "exec('def numbers():\\n x = list(range(60))\\n while 1: yield x')",
    "exec('def waste(n):\\n for i in range(n):\\n  a = [i]; a.append(a)')",
    "handlers = [Dev(i) for i in range(8)]; gc.collect()",
    "cache = {'ev%d' % i: [1, 2, {'t': (i, 'a' * 40)}] for i in range(4)}; keys = {1: [1], 'c': [3]}",
    "gc.collect(); f = outer(); gen = numbers(); n = next(gen); bm = handlers[2].__init__; log = Log([1, 2])",
    "gc.collect(); some = {1, 'two', (3,)}; large = 1 << 500; loop = []; loop.append(loop); gc.collect()",
    "view = bytearray(300); gc.collect(); waste(25)",
)
MICROBIT_BOARD = {"schema": "memprof.board/1", "name": "microbit", "title": "BBC micro:bit", "maker": "BBC", "mcu": "nRF51822",
                  "firmware": "micropython", "port": "microbit",
                  "source": [{"repository": "bbcmicrobit/micropython", "path": "README.md", "commit": "0" * 40, "says": "-"}],
                  "memories": [{"name": "SRAM", "kind": "sram", "space": "cpu", "start": "0x20000000", "size": "16K"}]}


def type_slowly(board, line):
    """Its UART loses what comes too fast."""
    line = line.encode()
    for i in range(0, len(line), 6):
        at = board.mark()
        board.press(line[i:i + 6])
        board.wait(line[i:i + 6], at)
    return board.type("")


class Releases(unittest.TestCase):
    def document(self, *arguments):
        p = memprof("objects", "--json", *arguments, code=0)
        return json.loads(p.stdout)

    def rows(self, *arguments):
        p = memprof("objects", "--format", "csv", *arguments, code=0)
        return {row["address"]: row for row in csv.DictReader(io.StringIO(p.stdout))}

    def image_rows(self, image):
        return self.rows("--image", image + "@0")

    def check_names(self, document, rows, n_devs, other_max_bytes=OTHER_MAX_BYTES):
        found = {g["path"]: g["kind"] for g in document["globals"]}
        self.assertEqual({name: found.get(name) for name in KINDS}, KINDS)
        dev, = [c for c in document["classes"] if c["name"] == "Dev"]
        self.assertEqual(dev["objects"], n_devs)
        rows = [row for row in rows.values() if row["live"] == "yes"]
        self.assertLess(sum(int(row["bytes"]) for row in rows if row["kind"] == "other"), other_max_bytes)
        self.assertEqual({path: kind for path, kind in PATHS.items() if (path, kind) not in
                          {(row["path"], row["kind"]) for row in rows}}, {})
        copies = [d["count"] for d in document["duplicates"] if d["text"] == "a" * 40]
        self.assertEqual(copies, [4])

    def images(self, package, program, folder):
        """Makes them, and returns what the interpreter counted."""
        with rig.Script(DRIVER % program) as script:
            p = subprocess.run(["node", os.path.join(HERE, "wasm-image.mjs"), package, script, folder], capture_output=True,
                               text=True, timeout=60)
        self.assertEqual(p.returncode, 0, p.stdout + p.stderr)
        return json.loads(p.stdout)

    def check_freed(self, folder, is_all):
        """What is called collectable is what the collection freed, and nothing else is."""
        before, after = self.image_rows(folder + "/before.bin"), self.image_rows(folder + "/after.bin")
        collectable = {address for address, row in before.items() if row["live"] == "no"}
        freed = set(before) - set(after)
        self.assertEqual([before[address] for address in freed - collectable], [])
        kept = collectable - freed
        if is_all:
            self.assertEqual(([before[address] for address in kept], set(after) - set(before)), ([], set()))
        self.assertLessEqual(len(kept), STALE_MAX)
        self.assertEqual({after[address]["live"] for address in kept} - {"no"}, set())
        return len(freed)

    def test_images_of_webassembly(self):
        for package, is_all in WASM.items():
            with self.subTest(package), tempfile.TemporaryDirectory() as folder:
                counted = self.images(package, APP, folder)
                document = self.document("--image", folder + "/before.bin@0", "--top", "0")
                heap = document["heap"]
                self.assertEqual(heap["used"], counted["before"])
                self.assertEqual(heap["live"]["bytes"] + heap["collectable"]["bytes"], heap["used"])
                self.check_names(document, self.image_rows(folder + "/before.bin"), 40)
                self.assertGreaterEqual(self.check_freed(folder, is_all), 60)   # lists that hold themselves, and items

    def test_programs_at_random(self):
        for package, is_all in WASM.items():
            for seed in range(N_PROGRAMS):
                with self.subTest(package, seed=seed), tempfile.TemporaryDirectory() as folder:
                    program = random_program.program(seed).replace("gc.collect()", "pass")
                    counted = self.images(package, program, folder)
                    heap = self.document("--image", folder + "/before.bin@0")["heap"]
                    self.assertEqual(heap["used"], counted["before"])
                    self.assertGreater(self.check_freed(folder, is_all), 0)

    def test_frames_of_running_code(self):
        """They are on Python's own stack in these builds (MICROPY_ENABLE_PYSTACK)."""
        for package in WASM:
            with self.subTest(package), tempfile.TemporaryDirectory() as folder:
                self.images(package, APP, folder)
                large = [row for row in self.image_rows(folder + "/work.bin").values() if row["bytes"] == "784"]
                self.assertEqual([(row["live"], row["kind"]) for row in large], [("yes", "buffer")])
                self.assertRegex(large[0]["path"], r"^<stack \d+>\[0\]$")

    def at_the_prompt(self, name, program, *options):
        with FIRMWARE.board(name) as board:
            board.type("exec(%r)" % program)
            document = self.document("--top", "0", *options, board.path)
            if program is APP:
                self.check_names(document, self.rows(board.path), 40, OTHER_PROMPT_BYTES)
            return document

    def test_the_prompt_of_1_26(self):
        for program in (APP, random_program.program(1)):
            document = self.at_the_prompt("unix-1.26", program, "--verify")
            self.assertTrue(document["heap"]["exact"] and document["verify"]["exact"], document["verify"])

    def test_the_prompt_of_webassembly(self):
        """Where a collection waits until no code runs: --verify cannot see it."""
        heap = self.at_the_prompt("wasm", APP)["heap"]
        self.assertEqual(heap["live"]["bytes"] + heap["collectable"]["bytes"], heap["used"])

    def test_a_microbit(self):
        with socket.create_server((rig.HOST, 0)) as s:
            port = s.getsockname()[1]
        with tempfile.TemporaryDirectory() as folder, \
                Board(FIRMWARE.command("microbit") + ["-gdb", "tcp:%s:%d" % (rig.HOST, port)]) as board:
            path = os.path.join(folder, "microbit.json")
            with open(path, "w") as file:
                json.dump(MICROBIT_BOARD, file)
            for line in MICROBIT:
                self.assertEqual(type_slowly(board, line), "")
            before, after = os.path.join(folder, "before.mem"), os.path.join(folder, "after.mem")
            uri = "gdb:%s:%d" % (rig.HOST, port)
            document = self.document("--board", path, "--top", "0", "--memory", before, uri)
            heap = document["heap"]
            self.assertTrue(heap["exact"], heap)
            self.check_names(document, self.rows(before), 8, OTHER_PROMPT_BYTES)
            self.assertLess(document["input"]["read_bytes"], heap["used"] + 16384 + 4000)
            board.type("gc.collect()")
            self.document("--board", path, "--memory", after, uri)
            before, after = self.rows(before), self.rows(after)
            collectable = {address for address, row in before.items() if row["live"] == "no"}
            self.assertGreaterEqual(len(collectable), 50)
            self.assertLessEqual(len(collectable ^ (set(before) - set(after))), HISTORY_MAX)


if __name__ == "__main__":
    rig.main()
