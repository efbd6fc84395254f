#!/usr/bin/python3
"""All areas of a heap, read in each way, against gc.mem_alloc() and gc.mem_free() of the board; and boards whose
addresses id() wraps.

usage: test-areas.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import os
import re
import subprocess
import termios

import rig
from gdb_target import gdbserver
from rig import FIRMWARE, Board, await_sleep, killed, memprof, wait_for

# Of each shape: the build, and what fills its areas.
FILL = """\
import gc
keep = [None] * 400
def fill(left, n=400):
    k = 0
    while gc.mem_free() > left and k < n:
        keep[k] = bytearray(2000)
        k += 1
"""
# Whatever lies in the area of this object goes.
EMPTY = """\
import uctypes
def empty(i):
    at = uctypes.addressof(keep[i])
    for k in range(400):
        if keep[k] and -ROOM < uctypes.addressof(keep[k]) - at < ROOM: keep[k] = None
"""
SHAPES = {
    "one": ("unix", "fill(100000)"),
    "several": ("unix-split", "fill(40000)"),
    "the last are empty": ("unix-split", "fill(400000)"),
    "one between is all but empty": ("unix-split", "fill(40000); empty(80)"),
    "grown": ("unix-auto", "fill(0)"),
}
N_AREAS = {"one": 1, "several": 4, "the last are empty": 4, "one between is all but empty": 4}
GROWTH_BYTES = 1 << 20      # scripts/build-firmware: gc.mem_free() of unix-auto counts it
# It sleeps without a word on the heap.
REST = """
import time
gc.collect()
free, used = gc.mem_free(), gc.mem_alloc()
print('heap', used, free)
free, used = gc.mem_free(), gc.mem_alloc()
print('heap', used, free)
time.sleep(1000)
"""
HEAP = "512k"


def program(shape, end):
    return FILL + EMPTY.replace("ROOM", "100000") + SHAPES[shape][1] + end


class Areas(rig.InFolder):
    def at_rest(self, shape):
        """The process, and what is used and free while it sleeps."""
        path = self.file("app.py", program(shape, REST))
        process = subprocess.Popen([*FIRMWARE.command(SHAPES[shape][0], HEAP), path], cwd=self.folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.enterContext(killed(process))
        for _ in range(2):
            used, free = (int(x) for x in process.stdout.readline().split()[1:])
        await_sleep(process)
        return process, used, free - GROWTH_BYTES * (shape == "grown")

    def same(self, shape, document, used, free):
        pool, = document["dumps"][0]["pools"]
        self.assertTrue(document["dumps"][0]["complete"])
        self.assertNotIn("at_least", pool)
        self.assertEqual((pool["used"], pool["free"], pool["total"]), (used, free, used + free), shape)
        n = len(pool["areas"])
        self.assertTrue(n > 1 if shape == "grown" else n == N_AREAS[shape], n)
        part = [a["free_blocks"] / a["blocks"] for a in pool["areas"]]
        if shape == "the last are empty":
            self.assertEqual(part[2:], [1, 1])
        if shape == "one between is all but empty":
            self.assertGreater(part[1], 0.95)
            self.assertLess(max(part[2:]), 0.8)
        return pool

    def report(self, *arguments):
        return json.loads(memprof("report", "--json", *arguments, code=0).stdout)

    def test_by_a_core_file(self):
        for shape, (name, _) in SHAPES.items():
            with self.subTest(shape):
                process, used, free = self.at_rest(shape)
                core = os.path.join(self.folder, "a.core")
                subprocess.run(["gdb", "-batch", "-p", str(process.pid), "-ex", "generate-core-file " + core],
                               capture_output=True, text=True, check=True)
                elf = FIRMWARE.file(name + ".elf")
                pool = self.same(shape, self.report("--elf", elf, core), used, free)
                self.assertIsNone(pool["reported"]["free"])     # nobody was asked
                saved = os.path.join(self.folder, "saved.mem")
                memprof("objects", "--elf", elf, "--memory", saved, core, code=0)
                self.same(shape, self.report(saved), used, free)
                p = memprof("objects", "--json", saved, code=0)
                self.assertEqual(json.loads(p.stdout)["heap"]["total"], used + free)

    def test_by_a_gdb_server(self):
        for shape, (name, _) in SHAPES.items():
            with self.subTest(shape):
                process, used, free = self.at_rest(shape)
                with gdbserver("--attach", "PORT", str(process.pid)) as uri:
                    p = memprof("snap", "--json", "--elf", FIRMWARE.file(name + ".elf"), uri, code=0)
                    self.same(shape, json.loads(p.stdout), used, free)

    def images(self, process):
        """What a debugger would dump of it: all that it may write to, and its program."""
        with open("/proc/%d/maps" % process.pid) as maps, open("/proc/%d/mem" % process.pid, "rb") as memory:
            rows = [re.match(r"(\w+)-(\w+) (\S+) \S+ \S+ (\d+) *(.*)", line).groups() for line in maps]
            for i, (start, end, rights, inode, name) in enumerate(rows):
                if name.endswith(".elf") or name in ("[heap]", "[stack]") or (inode == "0" and not name and "w" in rights):
                    memory.seek(int(start, 16))
                    path = self.file("image%d" % i)
                    with open(path, "wb") as file:
                        file.write(memory.read(int(end, 16) - int(start, 16)))
                    yield from ("--image", "%s@0x%s" % (path, start))

    def of_images(self, *images):
        """A report of what is found in them."""
        saved = os.path.join(self.folder, "saved.mem")
        memprof("objects", "--force", "--memory", saved, *images, code=0)
        return memprof("report", "--json", saved)

    def test_by_images_of_ram(self):
        for shape in SHAPES:
            with self.subTest(shape):
                process, used, free = self.at_rest(shape)
                self.same(shape, json.loads(self.of_images(*self.images(process)).stdout), used, free)

    def test_an_image_that_lacks_areas(self):
        """All that is above the first area: it is said, in the text as in the JSON, and no verdict is wrong."""
        process, used, free = self.at_rest("the last are empty")
        all_of_it = list(self.images(process))
        starts = {a: int(a.rsplit("@", 1)[1], 16) for a in all_of_it[1::2]}
        pool, = json.loads(self.of_images(*all_of_it).stdout)["dumps"][0]["pools"]
        last = int(pool["areas"][-1]["start"], 16)
        left_out = max((a for a in starts if starts[a] <= last), key=starts.get)
        if left_out == max((a for a in starts if starts[a] <= int(pool["areas"][0]["start"], 16)), key=starts.get):
            self.skipTest("the machine has all areas side by side")
        rest = [x for a in all_of_it[1::2] if a != left_out for x in ("--image", a)]
        p = self.of_images(*rest)
        self.assertEqual(p.returncode, 2, p.stderr)
        part, = json.loads(p.stdout)["dumps"][0]["pools"]
        self.assertTrue(part["at_least"])
        self.assertLess(part["free"], free)
        self.assertIn(part["health"], (None, "room"))
        self.assertIn("at least", memprof("objects", *rest, code=0).stdout)

    def at_prompt(self, name, lines):
        board = self.enterContext(Board(FIRMWARE.command(name, HEAP)))
        board.drain()
        for line in lines:
            board.type(line)
        return board

    def test_at_the_prompt(self):
        for shape, (name, code) in SHAPES.items():
            with self.subTest(shape):
                board = self.at_prompt(name, ["exec(%r)" % program(shape, "")])
                total = int(board.type("(gc.collect(), gc.mem_alloc() + gc.mem_free())[1]"))
                total -= GROWTH_BYTES * (shape == "grown")
                saved = os.path.join(self.folder, "saved.mem")
                p = memprof("objects", "--json", "--memory", saved, "--force", board.path, code=0)
                heap = json.loads(p.stdout)["heap"]
                self.assertEqual(heap["total"], total)
                self.assertNotIn("at_least", heap)
                pool = self.same(shape, self.report(saved), heap["used"], heap["total"] - heap["used"])
                said = pool["reported"]
                self.assertEqual((said["total"], said["used"], said["free"]), (total, pool["used"], pool["free"]))
                self.assertEqual(said["max_new_split"], GROWTH_BYTES if shape == "grown" else None)
                p = memprof("snap", "--json", board.path, code=0)
                self.assertEqual(rig.gc_pool(json.loads(p.stdout)["dumps"][0])["total"], total)

    def test_of_an_agent_that_holds_the_program(self):
        """Two areas, of which the second has nothing."""
        code = "import gc, memprof\ngc.collect()\nprint('heap', gc.mem_alloc() + gc.mem_free())\nmemprof.start(300)\nwhile True: [1]\n"
        with Board(FIRMWARE.command("qemu-agent-pools")) as board:
            settings = termios.tcgetattr(board.board)
            settings[1] &= ~termios.OPOST   # QEMU turns it on: \n would become \r\n in frames too
            termios.tcsetattr(board.board, termios.TCSANOW, settings)
            board.press(b"exec(%a)\r" % code)
            total = int(wait_for(lambda: re.search(rb"heap (\d+)\r", board.heard), "a total")[1])
            p = wait_for(lambda: (lambda p: p if p.returncode == 0 else None)(memprof("objects", "--json", board.path)), "objects", 120)
            heap = json.loads(p.stdout)["heap"]
            self.assertEqual(heap["total"], total)
            self.assertNotIn("at_least", heap)


class Wrapped(rig.InFolder):
    """QEMU's sabrelite, with all of the firmware at 0x42000000: id() is negative."""
    APP = "class Dev:\n    def __init__(self, n):\n        self.hist = [n, (n, 'x')]\nhandlers = [Dev(i) for i in range(40)]\n"

    def test_objects_and_bytes(self):
        with FIRMWARE.board("qemu-high") as board:
            self.assertTrue(board.type("import sys, gc; id(sys.modules)").startswith("-"))
            board.type("exec(%r)" % self.APP)
            p = memprof("objects", "--json", "--verify", board.path, code=0)
            document = json.loads(p.stdout)
            self.assertTrue(document["verify"]["exact"])
            self.assertEqual(next(c for c in document["classes"] if c["name"] == "Dev")["objects"], 40)
            p = memprof("hex", "--json", board.path, "handlers", "16", code=0)
            row = json.loads(p.stdout)["ranges"][0]["rows"][0]
            self.assertEqual(row["in"][0]["name"], "handlers")
            self.assertTrue(0x42000000 <= int(row["address"], 16) < 0x43000000, row)

    def test_a_holder_and_a_line(self):
        with FIRMWARE.board("qemu-high") as board:
            app = self.file("app.py", "kept = []\n"
                                      "def grow(n):\n"
                                      "    kept.append(bytearray(40))\n"
                                      "for i in range(3000):\n"
                                      "    [i, i]\n"
                                      "    if i % 16 == 0: grow(i)\n")
            p = memprof("run", "--json", app, board.path, code=0)
            run = json.loads(p.stdout)["run"]
            self.assertEqual(run["kept_by"][0]["path"], "kept", run["kept_by"])
            self.assertGreater(run["samples"], 2)
            few = self.file("few.py", "for i in range(400):\n    bytearray(600)\n")
            p = memprof("sites", "--json", "--step", "16K", few, board.path, code=0)
            lines = {(s["file"], s["line"]) for s in json.loads(p.stdout)["sites"]}
            self.assertIn(("few.py", 2), lines)


if __name__ == "__main__":
    rig.main()
