#!/usr/bin/python3
"""memprof objects --advise on real MicroPython, by doing it: each kind of advice is read of a program, the same program is run
with the advice applied, and what that saves is compared with what was promised. The unix port (64 bits, blocks of 32 B) and
QEMU's Cortex-M3 (32 bits, 16 B); modules are frozen into builds of the same (scripts/build-firmware).

usage: test-advice.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import os
import re
import unittest

import rig
from made import Made
from rig import FIRMWARE, memprof, truths

BUILDS = ("unix", "qemu")
HERE = os.path.dirname(os.path.abspath(__file__))
TOLERANCE = 0.1

# Programs of which each has one thing to improve, and the same after that: PROGRAM % (before, after).
STRINGS = """\
records = []
def fill():
    seen = {}
    for i in range(160):
        s = 'station number %%d of the harbour' %% (i %% 4)
        %s
        records.append((s, i))
fill(); records = records[:]; del fill
""", "pass", "s = seen.setdefault(s, s)"
LIST = """\
log = []
def fill():
    global log
    for i in range(700): log.append(i)
    %s
fill(); del fill
""", "pass", "log = log[:]"
LISTS = """\
class Dev:
    def __init__(self, n):
        self.hist = []
        for i in range(36): self.hist.append(i)
        %s
devices = [Dev(i) for i in range(60)][:]
""", "pass", "self.hist = self.hist[:]"
DICT = """\
names = {}
def fill():
    global names
    for i in range(300): names[i] = i
    %s
fill(); del fill
""", "pass", "new = dict.fromkeys(names); new.update(names); names = new"
NUMBERS = "sine = %s([i %% 200 for i in range(512)][:])\n", "", "bytes"
LEVELS = "import array\nlevels = %s\n", "[i * 3 - 700 for i in range(500)][:]", "array.array('h', [i * 3 - 700 for i in range(500)])"
SHARED = """\
class Port:
    def __init__(self, buffer): self.line = buffer
def make():
    one = bytearray(512)
    return [Port(%s) for i in range(12)][:]
ports = make()
""", "bytearray(512)", "one"
ORDER = """\
settings = None
def configure():
    global settings
    settings = {'channel %%d' %% i: (i, [i] * 3) for i in range(12)}
%s
large = bytearray(%d)
%s
rest = bytearray(%d)
large = rest = None
import gc; gc.collect()
"""
GARBAGE = """\
import gc
gc.collect()
def receive():
    buffer = bytearray(256)
    for i in range(60):
        %s
receive()
print('USED', gc.mem_alloc())
"""
# A module with names that weather.py has too, as its own, as attributes and as local ones.
STORE = """\
class %s:
    def __init__(self, path, values):
        self.path = path
        self.samples = values
    def append(self, reading, %s=3):
        raw_temperature, raw_pressure = reading
        for value in self.samples: ordered = sorted(value)
        return ordered, raw_pressure, self.page()
    def page(self): return '<html>%%s</html>' %% self.path
"""
# No kind of advice saves anything here.
FRUGAL = """\
import gc
state = {'a': 1, 'b': 2}
samples = [0] * 100
frame = bytearray(600)
def step(n): return n + 1
class Motor:
    def __init__(self, pin): self.pin = pin
motors = [Motor(i) for i in range(3)][:]
gc.collect()
"""


def advice_of(board, *options):
    return json.loads(memprof("objects", "--json", "--advise", *options, board.path, seconds=120, code=0).stdout)["advice"]


def run(board, program=""):
    """Names that truth_of needs come first: a table of globals that grows later would stand somewhere."""
    board.type("import mptruth, gc")
    board.type("exec(%r)" % program)


def truth_of(board):
    """What the firmware counts itself, after a collection: (bytes in use, largest free run in blocks)."""
    board.type("gc.collect()")
    truth, = truths(board.type("mptruth.t()"))
    return truth["used"], max(area["max_free_run"] for area in truth["areas"])


class Advice(unittest.TestCase):
    def assert_kept(self, name, promised, measured):
        print("%s: promised %d B, measured %d B" % (name, promised, measured))
        self.assertLessEqual(abs(promised - measured), TOLERANCE * measured, "promised %d B, measured %d B" % (promised, measured))

    def only(self, advice, kind):
        found = [a for a in advice if a["kind"] == kind]
        self.assertEqual(len(found), 1, advice)
        self.assertEqual(advice, sorted(advice, key=lambda a: -a["saved_bytes"]))
        return found[0]

    def check_used(self, kind, program, about):
        """program: (text, before, after)."""
        text, before, after = program
        for name in BUILDS:
            with self.subTest(name):
                with FIRMWARE.board(name) as board:
                    run(board, text % before)
                    advice = self.only(advice_of(board), kind)
                    used, _ = truth_of(board)
                with FIRMWARE.board(name) as board:
                    run(board, text % after)
                    again = advice_of(board)
                    used_then, _ = truth_of(board)
                self.assertIn(about, advice["text"])
                self.assertEqual(advice["saves"], "used")
                self.assert_kept("%s on %s" % (kind, name), advice["saved_bytes"], used - used_then)
                self.assertEqual([a for a in again if a["kind"] == kind], [])

    def test_strings_are_kept_once(self):
        self.check_used("share-strings", STRINGS, "records: keep equal strings once, such as 'station number ")

    def test_a_list_is_copied(self):
        self.check_used("copy-list", LIST, "log: replace it by a copy")

    def test_lists_in_objects_are_copied(self):
        self.check_used("copy-list", LISTS, "devices: replace the lists in it by copies")

    def test_a_dict_is_rebuilt(self):
        self.check_used("rebuild-dict", DICT, "names: rebuild it")

    def test_a_buffer_is_shared(self):
        self.check_used("share-buffer", SHARED, "Port: let the 12 instances share one bytearray(512) as line")

    def test_a_buffer_is_used_again(self):
        before, after = "buffer = bytearray(256); buffer[0] = i", "buffer[0] = i"
        for name in BUILDS:
            with self.subTest(name):
                used = []
                for change in (before, after):
                    with FIRMWARE.board(name) as board:
                        used.append(int(re.search(r"USED (\d+)", board.type("exec(%r)" % (GARBAGE % change)))[1]))
                        advice = [a for a in advice_of(board) if a["kind"] == "reuse-buffer"]
                    if change == before:
                        garbage, = advice
                self.assertEqual((garbage["saves"], advice), ("garbage", []))
                self.assertIn("Make one bytearray(256)", garbage["text"])
                self.assert_kept("reuse-buffer on " + name, garbage["saved_bytes"], used[0] - used[1])

    def test_what_stays_is_allocated_first(self):
        for name, n_bytes in (("unix", 100000), ("qemu", 60000)):
            with self.subTest(name):
                largest = []
                for early, late in (("", "configure()"), ("configure()", "")):
                    with FIRMWARE.board(name) as board:
                        run(board, ORDER % (early, n_bytes, late, n_bytes))
                        advice = [a for a in advice_of(board) if a["kind"] == "allocate-first"]
                        largest.append(truth_of(board)[1] * (32 if name == "unix" else 16))
                    if late:
                        order, = advice
                self.assertEqual((order["saves"], advice), ("largest_free", []))
                self.assertIn("settings: allocate it before", order["text"])
                self.assert_kept("allocate-first on " + name, order["saved_bytes"], largest[1] - largest[0])

    def grown_by_import(self, name, files, modules, *options):
        with Made(name, files) as board:
            run(board.board)
            before, _ = truth_of(board.board)
            for module in modules:
                board.type("import " + module)
            advice = advice_of(board.board, *options)
            after, _ = truth_of(board.board)
        return after - before, advice

    def check_frozen(self, name, names, files, modules, kind, *options):
        """names: modules of which one build has the files, the other has them frozen; files: those in RAM of both."""
        sources = {}
        for module in names:
            with open(os.path.join(HERE, "frozen", module + ".py")) as file:
                sources[module + ".py"] = file.read()
        in_ram, advice = self.grown_by_import(name, {**files, **sources}, modules, *options)
        frozen, again = self.grown_by_import(name + "-frozen", files, modules)
        self.assertFalse([a for a in again if a["kind"].startswith("freeze") and a["text"].startswith(names[0])], again)
        advice, = [a for a in advice if a["kind"] == kind and (kind == "freeze-modules" or a["text"].startswith(names[0] + ": freeze the module"))]
        self.assert_kept("%s on %s with %d others" % (kind, name, len(files)), advice["saved_bytes"], in_ram - frozen)
        return advice

    def test_a_module_is_frozen(self):
        for name in BUILDS:
            with self.subTest(name):
                options = ["--map", FIRMWARE.file("qemu.map")] if name == "qemu" else []
                advice = self.check_frozen(name, ["weather"], {}, ["weather"], "freeze-module", *options)
                self.assertEqual(bool(re.search(r"; RAM has room: \d{7} B are free$", advice["text"])), name == "qemu", advice)

    def test_a_module_is_frozen_among_others(self):
        """Names that another module has too stay in RAM, or go, for both."""
        for name in BUILDS:
            with self.subTest(name):
                others = {"store.py": STORE % ("Store", "weight"), "archive.py": STORE % ("Archive", "factor")}
                self.check_frozen(name, ["weather"], others, ["store", "weather", "archive"], "freeze-module")

    def test_all_modules_are_frozen(self):
        for name in BUILDS:
            with self.subTest(name):
                advice = self.check_frozen(name, ["weather", "station"], {}, ["station"], "freeze-modules")
                self.assertTrue(advice["text"].startswith("Freeze all 2 modules in RAM"), advice)

    def test_a_map_without_what_is_wanted(self):
        memory = os.path.join(HERE, "..", "data", "objects", "advice.mem")
        for options, message in ((["--map", FIRMWARE.file("rp2.map")], "file system lies at the end of FLASH.*--board BOARD tells"),
                                 (["--map", FIRMWARE.file("unix.map")], "no region of a known size with code in it")):
            p = memprof("objects", "--advise", *options, memory, code=2)
            self.assertEqual(p.stdout, "")
            self.assertRegex(p.stderr, message)
        p = memprof("objects", "--advise", "--map", FIRMWARE.file("rp2.map"), "--board", "raspberrypi-pico", memory)
        self.assertRegex(p.stdout, r"weather:\s+freeze\s+the\s+module\s+into\s+the\s+firmware;\s+FLASH\s+has\s+room:\s+\d{6}\s+B\s+are\s+free")

    def check_constants(self, kind, before, about):
        """before: the form of the lines of a module; applied, they are private constants."""
        for name in BUILDS:
            with self.subTest(name):
                used = []
                for form in (before, "_REG_%d = const(%d)\n"):
                    text = "".join(form % (i, i) for i in range(60)) + "def first(): return %s\n" % (form % (1, 1)).split()[0]
                    n_bytes, advice = self.grown_by_import(name, {"chip.py": "from micropython import const\n" + text}, ["chip"])
                    used.append(n_bytes)
                    advice = [a for a in advice if a["kind"] == kind]
                    if form == before:
                        const, = advice
                self.assertEqual(advice, [])
                self.assertIn(about, const["text"])
                self.assert_kept("%s on %s" % (kind, name), const["saved_bytes"], used[0] - used[1])

    def test_numbers_become_constants(self):
        self.check_constants("use-const", "_REG_%d = %d\n", "chip: assign its 60 numbers")

    def test_constants_lose_their_names(self):
        self.check_constants("hide-const", "REG_%d = const(%d)\n", "chip: put _ before the names of 60 numbers")

    def test_names_that_another_module_has_stay(self):
        with Made("unix", {"chip.py": "".join("REG_%d = %d\n" % (i, i) for i in range(60)) + "def first(): return REG_1\n",
                           "board.py": "import chip\ndef all(): return %s\n" % " + ".join("chip.REG_%d" % i for i in range(30))}) as board:
            run(board.board)
            board.type("import board")
            advice = self.only([a for a in advice_of(board.board) if a["kind"] == "hide-const"], "hide-const")
            self.assertIn("chip: put _ before the names of 30 numbers", advice["text"])

    def test_numbers_are_packed(self):
        self.check_used("pack-numbers", NUMBERS, "sine: its 512 numbers are 0 to 199: keep them as bytes(x)")
        self.check_used("pack-numbers", LEVELS, "levels: its 500 numbers are -700 to 797: keep them as array.array('h', x)")

    def test_a_frugal_program_gets_no_advice(self):
        for name in BUILDS:
            with self.subTest(name), FIRMWARE.board(name) as board:
                run(board, FRUGAL)
                self.assertEqual(advice_of(board), [])
                self.assertIn("Nothing to advise", memprof("objects", "--advise", board.path, seconds=120).stdout)


if __name__ == "__main__":
    rig.main()
