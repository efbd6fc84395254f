#!/usr/bin/python3
"""run --imports against real MicroPython: the unix port (one area, four areas, a heap that grows), QEMU (Cortex-M3), a stock
Raspberry Pi Pico (RP2040) under Node, and MicroPython 1.27 as WebAssembly, which makes no native code.

usage: test-imports.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import contextlib
import itertools
import json
import os
import re
import tempfile
import unittest

import rig
from made import Made as MadeBoard
from rig import FIRMWARE, Script, at_any_moment, takes_signals, memprof, start, stop


class Made(MadeBoard):
    def run(self, program, *options, code=0):
        """The document and what was on stderr."""
        with Script(program) as script:
            p = memprof("run", "--imports", "--json", "--no-samples", *options, script, self.board.path, seconds=240)
        self.board.wait_prompt()
        assert p.returncode == code, (p.returncode, p.stderr)
        return json.loads(p.stdout) if p.stdout else None, p.stderr

    def rows(self, program, *options, code=0):
        document, self.err = self.run(program, *options, code=code)
        self.order = document["imports"]["order"]
        return [row for row in document["imports"]["rows"] if row["origin"] != "built-in"]


def tree(rows):
    """The names, a "+" for each import that they were within."""
    return ["+" * row["depth"] + row["name"] for row in rows]


def function(n, name="f"):
    """Source whose parse tree is much larger than its bytecode."""
    return "def %s(a, b):\n" % name + "".join("    x%d = (a + %d) * b - (b if a > %d else %d)\n" % (i % 9, i, i, i)
                                              for i in range(n)) + "    return x0\n"


# What is kept, and needs little more than that while it is loaded.
TABLE = "data = [bytearray(b'x' * 100) for i in range(%d)]\n"
ALL = ("unix", "unix-split", "unix-auto", "qemu")
PLACES = ("unix", "qemu", "wasm")  # the last makes no native code, and collects nothing while a program runs


class Figures(unittest.TestCase):
    """Against what the firmware itself says."""

    FILES = {"code.py": function(120), "table.py": TABLE % 60, "tiny.py": "x = 1\n",
             "classes.py": "".join("class C%d:\n    def m(self):\n        return %d\n" % (i, i) for i in range(20))}
    TRUTH = ("a = b = 0\ngc.collect()\na = gc.mem_alloc()\nimport %s\ngc.collect()\nb = gc.mem_alloc()\n"
             "print('TRUTH', b - a)\n")
    PEAK = ("a = b = c = pad = 0\ngc.collect()\n"
            "pad = bytearray(max(0, micropython.mem_peak() - micropython.mem_current()))\n"
            "a = micropython.mem_peak() - micropython.mem_current()\nb = micropython.mem_current()\n"
            "import %s\nc = micropython.mem_peak()\nprint('TRUTH', c - b, a)\n")

    def truth(self, board, program):
        with Script(program) as script:
            p = memprof("run", "-q", "--no-samples", script, board.board.path)
        self.assertEqual(p.returncode, 0, p.stderr)
        return [int(n) for n in re.search(r"TRUTH ([\d -]+)", p.stdout)[1].split()]

    def test_kept_is_what_a_plain_import_keeps(self):
        for name, module in itertools.product(ALL, self.FILES):
            with self.subTest(name, module=module):
                with Made(name, self.FILES) as board:
                    truth, = self.truth(board, self.TRUTH % module[:-3])
                with Made(name, self.FILES) as board:
                    row, = board.rows("import %s\n" % module[:-3])
                # More names fit into what the table of names has room for, or they do not.
                self.assertLess(abs(row["kept"] - truth), 700 + truth / 50, (row, truth))
                self.assertEqual(row["own"], row["kept"])
                self.assertFalse(row["peak_is_least"], board.err)

    def test_the_peak_is_that_of_the_compiler(self):
        """mem_peak() counts bytes that were asked for; a block is the least that is given."""
        for name, module in itertools.product(ALL, ("code", "classes")):
            with self.subTest(name, module=module):
                with Made(name, self.FILES) as board:
                    board.type("import micropython")
                    truth, slack = self.truth(board, self.PEAK % module)
                    self.assertLess(slack, 200)
                with Made(name, self.FILES) as board:
                    row, = board.rows("import %s\n" % module)
                self.assertGreater(truth, 1.5 * row["kept"])
                self.assertTrue(truth * 0.97 - 300 <= row["peak"] <= truth * 1.2 + 2500, (row, truth))

    def test_without_peaks_they_are_least(self):
        with Made("qemu", self.FILES) as board:
            row, = board.rows("import code\n", "--no-peaks")
            self.assertTrue(row["peak_is_least"])
            self.assertIn("--no-peaks", board.err)
        with Made("qemu", self.FILES) as board:
            whole, = board.rows("import code\n")
            self.assertGreater(whole["peak"], row["peak"] * 3)
            self.assertLess(abs(whole["kept"] - row["kept"]), 300)

    def test_a_heap_that_grows_meanwhile(self):
        with Made("unix-auto", {"big.py": "x = bytearray(600000)\n", "small.py": "y = 1\n"}) as board:
            big, small = board.rows("import big\nimport small\n")
        self.assertGreaterEqual(big["kept"], 600000)
        self.assertTrue(big["peak_is_least"])
        self.assertFalse(small["peak_is_least"])
        self.assertLess(small["peak"], 5000)

    def test_from_threads_on_no_block_is_zeroed(self):
        with Made("unix", self.FILES) as board:
            tiny, code = board.rows("import tiny\nimport _thread\nimport code\n")
        self.assertFalse(tiny["peak_is_least"])
        self.assertTrue(code["peak_is_least"])

    def test_the_largest_free_block(self):
        for name in ("unix", "qemu"):
            with self.subTest(name), Made(name, self.FILES) as board:
                row, = board.rows("import table\n")
                free = row["before_largest_free"] - row["after_largest_free"]
                self.assertTrue(0 <= free <= row["peak"], row)
                self.assertGreater(row["after_largest_free"], 50000)


class Trees(unittest.TestCase):
    """Which imports there are, and what is within what."""

    @contextlib.contextmanager
    def on(self, name, files):
        with self.subTest(name), Made(name, files) as board:
            yield board

    def test_nested(self):
        for name in PLACES:
            files = {"a.py": "import b\nimport d\nx = 1\n", "b.py": "import c\n", "c.py": TABLE % 20, "d.py": "import c\n"}
            with self.on(name, files) as board:
                rows = board.rows("import a\nimport b\nimport a\n")
                self.assertEqual(tree(rows), ["a", "+b", "++c", "+d"])
                a, b, c, d = rows
                self.assertEqual([row["parent"] for row in rows], [None, 0, 1, 0])
                self.assertGreater(c["kept"], 2000)
                self.assertTrue(name == "wasm" or b["kept"] >= c["kept"] - 100, rows)
                self.assertEqual(b["own"], b["kept"] - c["kept"])
                self.assertEqual(a["own"], a["kept"] - b["kept"] - d["kept"])
                self.assertGreaterEqual(a["peak"], c["peak"])
                self.assertEqual([row["origin"] for row in rows], ["source"] * 4)

    def test_packages(self):
        files = {"p/__init__.py": "from . import one\nfrom .one import y as z\n", "p/one.py": "y = 5\n",
                 "p/q/__init__.py": "from .. import one\nfrom ..two import *\nw = v + one.y\n", "p/two.py": "v = 6\n",
                 "p/q/deep.py": "from . import w\nfrom ..one import y\n"}
        for name in PLACES:
            with self.on(name, files) as board:
                rows = board.rows("import p.q.deep\nprint(p.z, p.q.w, p.q.deep.y)\n"
                                  "from p.q import deep\nfrom p import two, one\n")
                self.assertIn("5 11 5", board.err)
                self.assertEqual(tree(rows), ["p", "+p.one", "p.q", "+p.two", "p.q.deep"])
                self.assertTrue(all(row["file"].endswith(end) for row, end in zip(
                    rows, ("p/__init__.py", "p/one.py", "p/q/__init__.py", "p/two.py", "p/q/deep.py"))), rows)

    def test_imports_in_functions(self):
        """Relative imports too: they belong to the package of the function, not of its caller."""
        files = {"p/__init__.py": "def get():\n    from . import late\n    return late.x\n", "p/late.py": "x = 'right'\n",
                 "r/__init__.py": "from p import get\ny = get()\n", "tiny.py": "x = 7\n",
                 "plain.py": "def go():\n    import tiny\n    return tiny.x\n"}
        for name in PLACES:
            with self.on(name, files) as board:
                rows = board.rows("import r\nfrom plain import go\nprint(r.y, go(), go())\n")
                self.assertIn("right 7 7", board.err)
                self.assertEqual(tree(rows), ["r", "+p", "+p.late", "plain", "tiny"])

    def test_from_x_import_all(self):
        for name in PLACES:
            with self.on(name, {"x.py": "one = 1\ntwo = 2\n_three = 3\n"}) as board:
                self.assertEqual(tree(board.rows("from x import *\nprint(one + two)\n")), ["x"])
                self.assertEqual(board.type("two"), "2")

    def test_the_function_itself(self):
        for name in PLACES:
            with self.on(name, {"x.py": "y = 1\n", "p/__init__.py": "", "p/q.py": "z = 2\n"}) as board:
                rows = board.rows("print(__import__('x').y, __import__('p.q').__name__, "
                                  "__import__('p.q', None, None, True).z)\n")
                self.assertIn("1 p 2", board.err)
                self.assertEqual(tree(rows), ["x", "p", "p.q"])

    def test_imports_that_raise(self):
        files = {"bad.py": "import good\nkeep = [0] * 50\nraise ValueError('bad')\n", "good.py": "x = 1\n",
                 "broken.py": "x = = 1\n"}
        program = ("for name in ('bad', 'broken', 'nowhere', 'no.where', 'bad'):\n    try:\n        __import__(name)\n"
                   "    except Exception as e:\n        print(type(e))\n")
        for name in PLACES:
            with self.on(name, files) as board:
                rows = board.rows(program)
                self.assertEqual(tree(rows), ["bad", "+good", "broken", "nowhere", "no", "bad"])
                self.assertEqual([row["raised"] for row in rows], [True, False, True, True, True, True])
                self.assertEqual([row["origin"] for row in rows], ["unknown", "source"] + ["unknown"] * 4)
                self.assertEqual(re.findall(r"<class '(\w+)'>", board.err),
                                 ["ValueError", "SyntaxError", "ImportError", "ImportError", "ValueError"])
                self.assertEqual(board.order["rows"], [])

    def test_a_traceback_is_the_program_s(self):
        for name in ("unix", "qemu"):
            with self.on(name, {"bad.py": "import worse\n", "worse.py": "x = 1\n\n1 / 0\n"}) as board:
                rows = board.rows("x = 5\nimport bad\n", code=4)
                self.assertIn('File "<stdin>", line 2, in <module>', board.err)
                self.assertRegex(board.err, r'bad.py", line 1, in <module>\r?\n *File "[^"]*worse.py", line 3, in <module>')
                self.assertNotIn("__memprof", board.err.split("Traceback")[1])
                self.assertEqual([row["raised"] for row in rows], [True, True])

    def test_no_memory_for_an_import(self):
        for name in ("unix", "qemu"):
            with self.subTest(name), Made(name, {"huge.py": "x = bytearray(100000)\ny = bytearray(800000)\n",
                                                 "next.py": "z = 1\n"}) as board:
                rows = board.rows("try:\n    import huge\nexcept MemoryError:\n    print('full')\nimport next\n")
                self.assertIn("full", board.err)
                self.assertEqual(tree(rows), ["huge", "next"])
                self.assertTrue(rows[0]["raised"])
                self.assertGreaterEqual(rows[0]["peak"], 100000)

    def test_again(self):
        for name in ("unix", "qemu"):
            with self.on(name, {"x.py": "y = 1\n"}) as board:
                rows = board.rows("import sys, gc, struct, os\nimport x\ndel sys.modules['x']\nimport x\n"
                                  "for i in range(20):\n    import gc, x, os, struct\n")
                self.assertEqual([(row["name"], row["again"]) for row in rows], [("x", False), ("x", True)])

    def test_c_modules(self):
        for name in ("unix", "qemu"):
            with self.subTest(name), Made(name, {}) as board:
                document, _ = board.run("import binascii\nimport struct, binascii\n")
                rows = document["imports"]["rows"]
                self.assertEqual([(row["name"], row["origin"], row["file"]) for row in rows],
                                 [("binascii", "built-in", None), ("struct", "built-in", None)])
                self.assertTrue(all(-400 < row["kept"] < 400 for row in rows), rows)

    # mpy-cross of MicroPython 1.25, from "x = 1\ndef f(a):\n    return a + x\n"
    MPY = bytes.fromhex("4d06001f05000c7072652e7079000f0266000278000261006c00040123811603"
                        "3200160251630150110602044 0b01203f263".replace(" ", ""))

    def test_compiled_before(self):
        for name in PLACES:
            with self.on(name, {"pre.mpy": self.MPY, "src.py": "x = 1\ndef f(a):\n    return a + x\n"}) as board:
                pre, src = board.rows("import pre, src\nprint(pre.f(4))\n")
                self.assertIn("5", board.err)
                self.assertEqual((pre["origin"], src["origin"]), ("mpy", "source"))
                self.assertTrue(pre["file"].endswith("pre.mpy"))

    def test_many_deep(self):
        """As far as the stack lasts: QEMU's is 10 kB."""
        files = {"m%d.py" % i: "import m%d\n" % (i + 1) for i in range(10)}
        for name in ("unix", "qemu"):
            with self.on(name, {**files, "m10.py": "x = 1\n"}) as board:
                n = 11 if board.name == "unix" else 6
                first = 11 - n
                self.assertEqual(tree(board.rows("import m%d\n" % first)),
                                 ["+" * i + "m%d" % (first + i) for i in range(n)])


class Frozen(unittest.TestCase):
    def test_asyncio_of_a_pico(self):
        """In the firmware; and its parts are imported when they are used, by a function and relatively."""
        with Made("rp2", {"app.py": "import asyncio\nx = asyncio.Lock()\n", "pk/__init__.py": "from . import a\n",
                          "pk/a.py": function(30)}) as board:
            rows = board.rows("import app\nimport asyncio\nasync def go():\n    await asyncio.sleep(0)\n"
                              "asyncio.run(go())\nimport pk\n")
            self.assertEqual(tree(rows)[:5], ["app", "+asyncio", "++asyncio.core", "+asyncio.lock", "pk"])
            self.assertEqual([(row["name"], row["origin"]) for row in rows if row["origin"] != "source"],
                             [(name, "frozen") for name in ("asyncio", "asyncio.core", "asyncio.lock")])
            self.assertEqual(rows[1]["file"], "asyncio/__init__.py")
            pk = rows[4]
            self.assertGreater(pk["peak"], pk["kept"] + 1500)
            self.assertFalse(pk["peak_is_least"], board.err)
            self.assertGreater(rows[1]["kept"], rows[2]["kept"])


class Order(unittest.TestCase):
    """What is advised, tried: modules that are large while they are compiled, and such that keep much."""

    FILES = {"config.py": TABLE % 30, "logic.py": function(110), "util.py": TABLE % 15 + function(20)}
    LFB = ("gc.collect()\nimport %s\nimport %s\nimport %s\ngc.collect()\nimport micropython\nprint('LFB')\n"
           "micropython.mem_info()\n")

    def largest_free(self, name, order, heap):
        with Made(name, self.FILES, heap) as board, Script(self.LFB % order) as script:
            p = memprof("run", "-q", "--no-samples", script, board.board.path)
            self.assertEqual(p.returncode, 0, p.stderr + p.stdout)
            return int(re.search(r"LFB\s.*?max free sz: (\d+)", p.stdout, re.S)[1])

    def test_the_advised_order_leaves_the_largest_free_block(self):
        for name, heap in (("unix", "256k"), ("qemu", None)):
            with self.subTest(name):
                with Made(name, self.FILES, heap) as board:
                    rows = board.rows("import config\nimport util\nimport logic\n")
                    advised = tuple(rows[i]["name"] for i in board.order["rows"])
                    self.assertEqual(advised[0], "logic")
                    self.assertFalse(board.order["same"])
                    self.assertLess(board.order["need_then"], board.order["need_now"])
                found = {order: self.largest_free(name, order, heap)
                         for order in itertools.permutations(file[:-3] for file in self.FILES)}
                # The C stack keeps a few blocks or not, from run to run.
                self.assertGreater(found[advised], 0.99 * max(found.values()), found)
                self.assertGreater(found[advised], min(found.values()), found)

    def test_the_advised_order_needs_less_memory(self):
        """On a heap where the worst order fails, it does not."""
        with Made("unix", self.FILES) as board:
            board.rows("import config\nimport util\nimport logic\n")
            now, then = board.order["need_now"], board.order["need_then"]
        self.assertGreater(now - then, 3000)
        heap = str(4096 + (now + then) // 2 + 3000)

        def fails(order):
            with Made("unix", self.FILES, heap) as board, Script("import %s\nimport %s\nimport %s\n" % order) as script:
                return memprof("run", "-q", "--no-samples", script, board.board.path).returncode == 4
        self.assertTrue(fails(("config", "util", "logic")))
        self.assertFalse(fails(("logic", "util", "config")))


class Boards(unittest.TestCase):
    """Whatever happens, the board is as it was."""

    ENDLESS = {"endless.py": "print('begun')\nwhile True:\n    pass\n"}

    def as_it_was(self, board, names):
        self.assertEqual(board.type("__import__ is __import__('builtins').__import__"), "True")
        self.assertEqual(board.type("sorted(n for n in globals() if n not in ('__memprof', '__file__'))"), names)
        self.assertEqual(board.type("__import__('struct') and None"), "")

    def names(self, board):
        return board.type("sorted(n for n in globals() if n != '__file__')")

    def test_the_hook_is_gone_afterwards(self):
        files = {"x.py": "y = 1\n", "bad.py": "1 / 0\n"}
        for name in ("unix", "qemu", "wasm", "unix-agent"):
            for program, code in (("import x\ndel x\n", 0), ("import bad\n", 4), ("import nowhere\n", 4), ("x = = 1\n", 4),
                                  ("from x import y\ndel y\nraise SystemError\n", 4)):
                with self.subTest(name, program=program), Made(name, files) as board:
                    names = self.names(board)
                    for options in ((), ("--no-peaks",)):
                        board.run(program, *options, code=code)
                        self.as_it_was(board, names)

    def test_timeout_within_an_import(self):
        with Made("unix", self.ENDLESS) as board:
            names = self.names(board)
            row, = board.rows("import endless\n", "--timeout", "1", code=4)
            self.assertTrue(row["raised"])
            self.as_it_was(board, names)

    def test_ctrl_c_within_an_import(self):
        with Made("unix", self.ENDLESS) as board, Script("import endless\n") as script:
            names = self.names(board)
            p = start("run", "-q", "--imports", script, board.board.path)
            self.assertEqual(p.stdout.readline(), "begun\n")
            code, out, err = stop(p)
            self.assertEqual(code, 0, err)
            self.assertRegex(out, r"endless +raised")
            self.as_it_was(board, names)

    def test_ctrl_c_at_any_moment(self):
        with Made("unix", {"x.py": "y = 1\n"}) as board, Script("import x\ndel x\n") as script:
            names = self.names(board)
            for step in range(16):
                p = start("run", "-q", "--imports", script, board.board.path)
                takes_signals(p)
                at_any_moment(0.03 * step)
                code, out, err = stop(p)
                self.assertEqual(code, 0, (step, out, err))
                self.assertNotIn("stopped answering", err)
                self.as_it_was(board, names)
                self.assertNotIn("GC: ", board.type("'__memprof' in globals() and __memprof(1)"))    # the sampler is gone too
                board.type("globals().pop('__memprof', None)")

    def test_ctrl_c_before_the_program_runs(self):
        for options in ((), ("--imports",)):
            with self.subTest(options), FIRMWARE.board("rp2") as board, Script("print('ran')\n") as script:
                for step in range(8):
                    p = start("run", "-q", *options, script, board.path)
                    takes_signals(p)
                    at_any_moment(0.1 * step)
                    code, out, err = stop(p)
                    self.assertEqual(code, 0, (step, out, err))
                    self.assertIn("ImportError", board.type("__import__('\\x1e')"))
                    self.assertNotIn("GC: ", board.type("'__memprof' in globals() and __memprof(1)"))
                    board.type("globals().pop('__memprof', None)")

    def test_a_reset_within_an_import(self):
        with Made("qemu", {"leave.py": "import sys\nsys.exit()\n"}) as board:
            document, _ = board.run("import leave\n")
            self.assertEqual(document["run"]["outcome"], "restarted")
            self.assertEqual([row["name"] for row in document["imports"]["rows"]][-1], "leave")

    def test_a_program_that_has_its_own(self):
        """It stays, and what it calls is silent from then on."""
        own = ("import builtins\n_was = __import__\ncalls = []\ndef own(*a):\n    calls.append(a[0])\n    return _was(*a)\n"
               "builtins.__import__ = own\nimport x\n")
        for name in ("unix", "qemu"):
            with self.subTest(name), Made(name, {"x.py": "y = 1\n", "z.py": "y = 2\n"}) as board:
                self.assertEqual(tree(board.rows(own)), ["x"])
                self.assertEqual(board.type("import z"), "")
                self.assertEqual(board.type("[calls.count(n) for n in ('x', 'z')]"), "[1, 1]")
                self.assertEqual(board.type("del builtins.__import__"), "")

    def test_one_that_was_there_before(self):
        with Made("qemu", {"x.py": "y = 1\n"}) as board:
            board.type("import builtins; _was = __import__; own = lambda *a: _was(*a); builtins.__import__ = own")
            self.assertEqual(tree(board.rows("import x\n")), ["x"])
            self.assertEqual(board.type("__import__ is own"), "True")

    def test_a_board_that_lets_nobody_replace_it(self):
        with Made("qemu", {}) as board:
            board.type("sys.modules['builtins'] = 5")
            document, err = board.run("print('was run')\n", code=3)
            self.assertIsNone(document)
            self.assertIn("MICROPY_CAN_OVERRIDE_BUILTINS", err)
            self.assertIn("without --imports", err)
            self.assertNotIn("was run", err)
            self.assertNotIn("__memprof_i", board.type("globals()"))

    def test_no_memory_for_it(self):
        with Made("qemu", {}) as board:
            board.type("keep = bytearray(gc.mem_free() - 3500)")
            document, err = board.run("print('was run')\n", code=3)
            self.assertIn("no contiguous room for what looks at imports", err)
            self.assertNotIn("was run", err)

    def test_a_heap_so_full_that_the_board_cannot_be_asked(self):
        for name in ("unix", "qemu"):
            with self.subTest(name), Made(name, {"x.py": "y = 1\n"}, "64k") as board:
                row, = board.rows("import x\nlog = []\nwhile True:\n    log.append('line %d' % len(log))\n", code=4)
                self.assertEqual(row["name"], "x")
                self.assertIn("still installed, as the board could not be reached: del builtins.__import__", board.err)

    def test_names_of_the_program_are_its_own(self):
        """Whatever it calls its variables, and whatever it prints."""
        program = ("print, getattr, globals, len, h, S, M, E, sys, gc = [None] * 10\nimport x\nfrom p import q\n"
                   "x.sys.stdout.write('\\x1eimport[\\x1f\\x1eimport[0, 0, 1, 1, 2, None, 0, 0, 1]\\n\\x1f')\n")
        for name in ("unix",):
            with self.subTest(name), Made(name, {"x.py": "import sys\n", "p/__init__.py": "", "p/q.py": "from . import r\n",
                                                 "p/r.py": ""}) as board:
                rows = board.rows(program)
                self.assertEqual(tree(rows), ["x", "p", "p.q", "+p.r"])
                self.assertIn("\\x1eimport[\\x1f\\x1eimport[0, 0, 1, 1, 2, None, 0, 0, 1]\n\\x1f", board.err)

    def test_without_mem_info(self):
        with Made("qemu-small", {"x.py": TABLE % 20}) as board:
            row, = board.rows("import x\n")
            self.assertGreater(row["kept"], 2000)
            self.assertTrue(row["peak_is_least"])       # what finds its heap asks for the stack, too
            self.assertIsNone(row["after_largest_free"])

    def test_an_import_that_is_loaded_costs_next_to_nothing(self):
        """A bound that is generous: a collection alone takes as long as hundreds of them."""
        program = ("import x, time\nt = time.ticks_us()\nfor i in range(2000):\n    import x, sys, time\n"
                   "print('TIME', time.ticks_diff(time.ticks_us(), t))\ngc.collect()\n")
        with Made("unix", {"x.py": "y = 1\n"}) as board:
            document, err = board.run(program)
            self.assertEqual([r["name"] for r in document["imports"]["rows"]].count("x"), 1)
            self.assertRegex(err, r"TIME \d+")
            self.assertLessEqual(len(document["imports"]["rows"]), 2)

    def test_as_text_and_as_a_page(self):
        with Made("unix", {"a.py": "import b\n", "b.py": TABLE % 10}) as board, Script("import a\n") as script, \
                tempfile.TemporaryDirectory() as folder:
            p = memprof("run", "-q", "--imports", script, board.board.path)
            self.assertRegex(p.stdout, r"(?m)^Imports.*\nimport +from +kept +own +peak +largest free +then\na +source ")
            self.assertRegex(p.stdout, r"(?m)^  b +source ")
            self.assertEqual([line for line in p.stdout.splitlines() if len(line) > 80], [])
            page = os.path.join(folder, "page.html")
            board.type("[sys.modules.pop(n) for n in ('a', 'b')] and None")
            p = memprof("run", "-q", "--imports", "--format", "html", "-o", page, script, board.board.path)
            self.assertEqual(p.returncode, 0, p.stderr)
            with open(page, encoding="utf-8") as file:
                text = file.read()
            self.assertIn("<li>2 modules compiled on the board: keep ", text)
            self.assertIn('"imports": {', text)
            board.board.wait_prompt()
            with Script("x = 1\n") as other:
                document = json.loads(memprof("run", "-q", "--json", other, board.board.path).stdout)
                self.assertIsNone(document["imports"])


if __name__ == "__main__":
    rig.main()
