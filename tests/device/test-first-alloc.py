#!/usr/bin/python3
"""memprof sites --first-alloc and limits on functions, on stock firmware: the unix port, QEMU, the emulated Pico.

usage: test-first-alloc.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import os
import re
import signal

import rig
from rig import FIRMWARE, Script, at_any_moment, killed, memprof, start

BOARDS = "unix", "qemu", "rp2"

# Each function is called twenty times. The comment is the line that allocates, if any does.
FUNCTIONS = """\
log = []
buf = bytearray(16)
table = {'a': 1, 'b': 2}

def floats(x):
    return x * 1.5 + 1              # this

def appends():
    log.append(len(log))            # this

def formats(n):
    return 'value %d' % n           # this

def closes(n):
    def add(m):                     # before its first line
        return m + n
    return add(1)

def comprehends():
    return [i for i in buf]         # this

def integers(n):
    s = 0
    for i in range(n):
        s = (s * 31 + i) & 0xffff
    return s

def writes():
    for i in range(len(buf)):
        buf[i] = i & 255

def looks_up():
    return table['a'] + table.get('b', 0)

class Motor:
    def __init__(self):
        self.at = 0
        self.kept = self.step

    def step(self, n=1):
        self.at += n
        return self.at
    def calls(self):
        return self.step() + self.step(2)
    def binds(self):
        f = self.step               # this
        return f()

    def bound(self):
        return self.kept()

def swaps():
    a, b = 1, 2
    a, b = b, a
    return a

def walks():
    s = 0
    for i in range(3, 9, 2):
        s += i
    for k in table:
        s += 1
    return s

def items():
    s = 0
    for k, v in table.items():      # this
        s += v
    return s

def slices():
    return buf[2:4]                 # this

def catches():
    try:
        return table['z']           # this
    except KeyError:
        return 0

def swallows():
    try:
        return [1]                  # this
    except MemoryError:
        return 0

def recurses(n):
    return n if n <= 0 else recurses(n - 1) + 1

def grows(n):
    if n <= 0:
        return []                   # this
    return grows(n - 1)

def options(a, b=2, c=3):
    return a + b * c

def generates():
    yield 1

def raises():
    raise ValueError('mine')

def fails():
    raise MemoryError('mine')

def never():
    pass

motor = Motor()
for n in range(20):
    floats(n)
    appends()
    formats(n)
    closes(n)
    comprehends()
    integers(10)
    writes()
    looks_up()
    motor.step()
    motor.calls()
    motor.binds()
    motor.bound()
    swaps()
    walks()
    items()
    slices()
    catches()
    swallows()
    recurses(3)
    grows(3)
    assert options(1) + options(1, 1) + options(1, c=1, b=1) + options(a=1) == 20
    generates()
    try:
        raises()
        print('passed over')
    except ValueError as e:
        assert e.args == ('mine',)
    try:
        fails()
        print('passed over')
    except MemoryError as e:
        assert e.args == ('mine',)
print('the end')
"""
NONE = {"integers": 20, "writes": 20, "looks_up": 20, "Motor.step": 100, "Motor.calls": 20, "Motor.bound": 20, "swaps": 20,
        "walks": 20, "recurses": 20, "options": 80}
FOUND = ("floats", "appends", "formats", "comprehends", "Motor.binds", "items", "slices", "catches", "swallows", "grows")


def line_of(function, mark="# this"):
    """Of its allocation."""
    lines = FUNCTIONS.splitlines()
    begin = next(i for i, line in enumerate(lines) if line.strip().startswith("def %s(" % function.split(".")[-1]))
    return next(i for i in range(begin, len(lines)) if mark in lines[i]) + 1


class FirstAlloc(rig.InFolder):
    def run_on(self, path, script, function, *options, code):
        p = memprof("sites", "--json", "--first-alloc", function, *options, script, path, seconds=120, code=code)
        return (json.loads(p.stdout) if p.stdout else None), p.stderr

    def of_text(self, text, function, *options, code, name="unix"):
        with FIRMWARE.board(name) as board, Script(text) as script:
            found = self.run_on(board.path, script, function, *options, code=code)
            self.assertEqual(board.type("6*7"), "42")
        return found

    def test_functions(self):
        for name in BOARDS:
            with self.subTest(name), FIRMWARE.board(name) as board, Script(FUNCTIONS) as script:
                file = os.path.basename(script)
                for function, n_calls in NONE.items():
                    found, err = self.run_on(board.path, script, function, code=0)
                    self.assertIn("the end", err)
                    self.assertEqual((found["allocates"], found["calls"], found["stack"]), (False, n_calls, []), function)
                for function in FOUND:
                    found, err = self.run_on(board.path, script, function, code=1)
                    self.assertNotIn("the end", err)
                    innermost, last = found["stack"][0], found["stack"][-1]
                    self.assertEqual((innermost["file"], innermost["line"], innermost["function"]),
                                     (file, line_of(function), function.split(".")[-1]), function)
                    self.assertEqual((last["file"], last["function"], last["inside"]), (file, "<module>", False))
                    self.assertEqual(found["caught"], function == "catches", function)
                self.assertEqual(board.type("6*7"), "42")

    def test_no_line(self):
        """Its variables are allocated before its first line."""
        found, _ = self.of_text(FUNCTIONS, "closes", code=1)
        self.assertEqual((found["stack"][0]["function"], found["stack"][0]["line"]), ("closes", None))

    def test_chain(self):
        """The board keeps two lines; the callers of the function are known."""
        text = ("def h():\n    return [1]\n\ndef g():\n    return h()\n\ndef f():\n    return g()\n\ndef main():\n    f()\n"
                "main()\n")
        found, _ = self.of_text(text, "f", code=1)
        self.assertEqual([(line["function"], line["line"], line["inside"]) for line in found["stack"]],
                         [("h", 2, True), ("g", 5, True), ("f", None, True), ("main", 11, False), ("<module>", 12, False)])
        self.assertTrue(found["gap"])
        found, _ = self.of_text(text, "g", code=1)
        self.assertEqual([line["line"] for line in found["stack"]], [2, 5, 8, 11, 12])
        self.assertFalse(found["gap"])

    def test_exceptions_are_passed_on(self):
        for function, error in (("raises", "ValueError"), ("fails", "MemoryError")):
            found, err = self.of_text(FUNCTIONS, function, code=2)
            self.assertIn("the end", err)
            self.assertNotIn("passed over", err)
            self.assertIn("an exception ended each of its calls", err)
            self.assertEqual((found["allocates"], found["calls"], found["raised"]), (None, 20, 20))
        text = "def f(n):\n    return 1 // n\n\nf(1)\nf(0)\n"
        for name in ("unix", "qemu"):
            found, err = self.of_text(text, "f", code=4, name=name)
            self.assertEqual((found["allocates"], found["calls"], found["raised"]), (False, 2, 1))
            self.assertRegex(err, r'line 2, in f\r?\nZeroDivisionError')
            self.assertNotIn("__memprof", err)

    def test_a_program_that_catches_everything(self):
        """It is interrupted."""
        text = ("def f():\n    return [1]\n\nfor i in range(3):\n    try:\n        f()\n    except:\n        pass\nwhile True:\n"
                "    pass\n")
        found, _ = self.of_text(text, "f", code=1)
        self.assertEqual((found["stack"][0]["line"], found["calls"]), (2, 1))

    def test_what_cannot_be_watched(self):
        for text, function, why in (
                (FUNCTIONS, "never", "the program never called it"),
                (FUNCTIONS, "generates", "it is a generator"),
                (FUNCTIONS, "missing", "it has no function missing()"),
                (FUNCTIONS, "missing.f", "ImportError"),
                (FUNCTIONS, "math.sqrt", "it is in C code"),
                ("def f(*a): pass\n\nf()\n", "f", ":1: error: f() has parameters after '*'"),
                ("async def f(): pass\n\n", "f", "is an async function"),
                ("class C:\n    @staticmethod\n    def f(): pass\n\nC.f()\n", "C.f", "it is a staticmethod"),
                ("while 0:\n    pass\ndef f(): pass\nwhile 0:\n    pass\n", "f", "add an empty line"),
        ):
            with self.subTest(why):
                _, err = self.of_text(text, function, code=2)
                self.assertIn(why, err)

    def test_timeout(self):
        """A control loop has no end."""
        text = "n = 0\ndef step():\n    global n\n    n = (n + 1) & 255\n\nwhile True:\n    step()\n"
        for name in ("unix", "rp2"):    # QEMU's port hears no Ctrl-C
            with self.subTest(name):
                found, _ = self.of_text(text, "step", "--timeout", "2", code=0, name=name)
                self.assertTrue(found["stopped"])
                self.assertGreater(found["calls"], 100)

    def test_stopped_by_hand(self):
        text = "n = 0\ndef step():\n    global n\n    n = (n + 1) & 255\n\nprint('begins')\nwhile True:\n    step()\n"
        for i in range(3):      # wherever the Ctrl-C comes, the heap must not stay locked
            with FIRMWARE.board("rp2") as board, Script(text) as script, \
                    killed(start("sites", "--first-alloc", "step", script, board.path)) as process:
                rig.read_until(process, "begins")
                at_any_moment(0.5 * i)
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=60)
                self.assertRegex(out, r"no allocation in [\d ]+ calls of step\(\), until\s+the\s+program\s+was\s+stopped", err)
                self.assertEqual((process.returncode, board.type("6*7")), (0, "42"), err)

    def test_interrupt_handlers(self):
        """Called with one argument, from wherever the program is."""
        text = ("import rp2, time\nfrom machine import Timer\nn = 0\nlast = None\ndef tick(source):\n    global n, last\n"
                "    n += 1\n    last = %s\n\n@rp2.asm_pio()\ndef turns():\n    irq(block, rel(0))\n\n%s\nfor i in range(2000):\n"
                "    time.sleep_ms(5)\n    if n > 8: break\nprint('the end')\n")
        machine = "sm = rp2.StateMachine(0, turns, freq=2000)\nsm.irq(tick, hard=%s)\nsm.active(1)"
        for begin in ("t = Timer(period=10, callback=tick)", machine % False, machine % True):
            with self.subTest(begin):
                found, err = self.of_text(text % ("n", begin), "tick", code=0, name="rp2")
                self.assertIn("the end", err)
                self.assertGreater(found["calls"], 8)
                found, err = self.of_text(text % ("[n]", begin), "tick", code=1, name="rp2")
                self.assertNotIn("the end", err)
                self.assertEqual((found["stack"][0]["function"], found["stack"][0]["line"]), ("tick", 8))
                self.assertEqual(found["calls"], 1)

    def test_a_function_of_a_module(self):
        self.file("net.py", "def send(a, b=1):\n    return a + b\nclass Link:\n    def open(self):\n        return (self, 1)\n")
        script = self.file("main.py", "from net import send, Link\nsend(1)\nsend(1, 2)\nlink = Link()\nlink.open()\n")
        path = "exec:env MICROPYPATH=%s %s" % (self.folder, FIRMWARE.exec_uri("unix")[5:])
        found, _ = self.run_on(path, script, "net.send", code=0)
        self.assertEqual(found["calls"], 2)
        found, _ = self.run_on(path, script, "net.Link.open", code=1)
        self.assertEqual([(os.path.basename(line["file"]), line["line"]) for line in found["stack"]], [("net.py", 5), ("main.py", 5)])

    def test_what_it_leaves(self):
        with FIRMWARE.board("qemu") as board, Script("def f(a): return a\n\nf(1)\n") as script:
            board.type("f = None")
            names = board.type("sorted(globals())")
            self.run_on(board.path, script, "f", code=0)
            self.assertEqual(board.type("sorted(globals())"), names)
            self.assertNotIn("memprof", board.type("f"))
            self.assertEqual(board.type("f([3])"), "[3]")

    def test_large_functions(self):
        """What is not allocated is on the C stack, so the call is not reported, though it allocates otherwise."""
        text = ("import gc\nalloc = gc.mem_alloc\ndef small():\n    return alloc()\n\ndef large():\n    %s = 0\n    return alloc()\n\n"
                "def main():\n    gc.collect()\n    gc.disable()\n    for f in (small, large):\n        f()\n        a = alloc()\n"
                "        print('took', f() - a)\nmain()\n" % " = ".join("v%d" % i for i in range(20)))
        for name, n_bytes in (("unix", 224), ("qemu", 112)):
            with self.subTest(name), FIRMWARE.board(name) as board, Script(text) as script:
                p = memprof("run", "--no-samples", script, board.path)
                self.assertEqual(re.findall(r"(?m)^took (\d+)", p.stdout), ["0", str(n_bytes)])
                for function in ("small", "large"):
                    found, _ = self.run_on(board.path, script, function, code=0)
                    self.assertFalse(found["allocates"])

    def test_firmware_without_it(self):
        """Without heap_lock(), and without the buffer for exceptions."""
        fake = "import sys\nclass M: pass\nm = M()\nm.alloc_emergency_exception_buf = abs\n%ssys.modules['micropython'] = m\n"
        lock = "import micropython\nm.heap_lock = micropython.heap_lock\nm.heap_unlock = micropython.heap_unlock\n"
        with Script("def f(): pass\n\nf()\n") as script:
            for more, why in (("", "no micropython.heap_lock()"), (lock, "no buffer for exceptions in emergencies")):
                with self.subTest(why), FIRMWARE.board("qemu") as board, Script(fake % more) as first:
                    memprof("run", "--no-samples", first, board.path, code=0)
                    _, err = self.run_on(board.path, script, "f", code=2)
                    self.assertIn(why, err)
                    self.assertEqual(board.type("6*7"), "42")


class Limits(rig.InFolder):
    def check(self, *entries, code):
        p = memprof("check", "--json", "--all", "--run", self.file("main.py", FUNCTIONS), "--live", FIRMWARE.exec_uri("unix"),
                    self.budget(*entries), seconds=120, code=code)
        return json.loads(p.stdout)["checks"], p.stderr

    def test_limits(self):
        rows, err = self.check({"function": "integers", "max_allocations": 0}, {"function": "Motor.binds", "max_allocations": 0},
                               {"heap": "gc", "max_used": "1M"}, code=1)
        self.assertEqual([row["status"] for row in rows], ["pass", "fail", "pass"])
        self.assertEqual(rows[1]["because"][0]["name"].split(" <- ")[0], "main.py:%d binds" % line_of("Motor.binds"))
        self.assertEqual(err.count("the end"), 2)   # for the heap, and for the first function

    def test_what_cannot_be_judged(self):
        rows, err = self.check(*({"function": name, "max_allocations": 0} for name in ("never", "raises", "generates")), code=2)
        self.assertEqual([row["status"] for row in rows], ["error"] * 3)
        self.assertEqual(err.count("the end"), 2)   # no run for a heap that nothing asks of


if __name__ == "__main__":
    rig.main()
