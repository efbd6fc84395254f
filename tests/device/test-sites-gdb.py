#!/usr/bin/python3
"""memprof sites --attach gdb: allocations of firmware without an agent, by breakpoints of a GDB server: QEMU's (Cortex-M3)
and gdbserver (the unix port, x86-64).

usage: test-sites-gdb.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import contextlib
import json
import os
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import rig  # noqa: E402
from gdb_target import Refusing, Target, gdbserver, memprof_with  # noqa: E402
from rig import FIRMWARE, Script, at_any_moment, takes_signals, await_sleep, memprof, read_errors_until, start  # noqa: E402

# Lists that grow where they are and elsewhere, garbage, and one callback in eight turns that stays: without breakpoints the
# heap would be full in a second. It prints little: what is printed fast may stall the UART of QEMU.
PROGRAM = """\
class Dev:
    def __init__(self, n):
        self.name = 'dev%d' % n
        handlers.append(self.on)
    def on(self):
        return self
handlers = []
def work(n):
    k = 0
    while n:
        x = [i for i in range(20)]
        y = bytes(100)
        z = x + x
        k += 1
        if k % 8 == 0: Dev(k)
        if k % 256 == 0: print('turn')
        if len(handlers) > 200: handlers.clear()
        n -= 1
"""

WAITS = "import sys\nprint('turn')\nsys.stdin.readline()\n"


def bytes_of(profile):
    return sum(site["bytes"] for site in profile["sites"])


def lines_of(profile):
    """Sums of each: a line is reached by several chains."""
    sums = {}
    for site in profile["sites"]:
        of_line = sums.setdefault((site["function"], site["line"]), {"bytes": 0, "count": 0})
        for what in of_line:
            of_line[what] += site[what]
    return sums


class Qemu(unittest.TestCase):
    def busy(self, target):
        target.board.type("exec(%r)" % PROGRAM)
        target.board.press(b"work(-1)\r")
        self.goes_on(target)

    def goes_on(self, target):
        target.board.wait(b"\nturn", target.board.mark(), seconds=60)

    def test_stock_firmware(self):
        with Target("qemu") as target:
            self.busy(target)
            for seconds in (8, 32, 128, 300):       # until each line has been sampled
                p = memprof("sites", "--attach", "--json", "--step", "128", "--for", "%ds" % seconds, *target.options(), target.uri,
                            seconds=400)
                self.assertEqual(p.returncode, 0, p.stderr)
                self.goes_on(target)
                profile = json.loads(p.stdout)
                lines = lines_of(profile)
                kept = {(kept["holder"], kept["line"]) for kept in profile["kept"]}
                if {("work", 13), ("<listcomp>", 11)} <= set(lines) and ("handlers", 3) in kept:
                    break
        print(profile["samples"], "samples", bytes_of(profile), "B of", profile["requested"])
        self.assertEqual((profile["how"], profile["unit"], profile["alive_when"]), ("probe", "bytes", "halt"))
        self.assertGreater(profile["requested"], 0)
        self.assertEqual(sum(site["samples"] for site in profile["sites"]), profile["samples"])
        self.assertGreater(lines["work", 13]["bytes"], 0)
        self.assertGreater(lines["<listcomp>", 11]["bytes"], 0)
        self.assertIn(("handlers", 3), kept)

    def test_until_it_is_stopped(self):
        """At any moment: the breakpoints are gone, and it goes on. In the end it is let sample for as long as it takes."""
        with Target("qemu") as target:
            self.busy(target)
            out = ""
            for seconds in (.3, .503, .607, .713, 2, 8, 30):
                if seconds > 1 and "work" in out:
                    break
                p = start("sites", "--attach", "--step", "256", *target.options(), target.uri)
                at_any_moment(seconds)
                p.send_signal(signal.SIGINT)
                out, err = p.communicate(timeout=30)
                self.assertEqual(p.returncode, 0, err)
                self.goes_on(target)
            self.assertRegex(out, r"(?m)<string>:1[123] work$")
            p = start("sites", "--attach", *target.options(), target.uri)
            at_any_moment(2)
            p.kill()
            p.communicate()
            self.goes_on(target)

    def test_killed_before_an_answer(self):
        """It is not taken for the answer to what is asked then."""
        with Target("qemu") as target:
            self.busy(target)
            for n in (1, 2, 3, *[4] * 30):
                killed = threading.Event()

                def kill():
                    p.kill()
                    p.wait()
                    killed.set()

                with self.subTest(n), Refusing(target.uri, n, kill) as server:
                    p = start("sites", "--attach", "--step", "1", *target.options(), server.uri)
                    self.assertTrue(killed.wait(60))
                    p.communicate()
                    self.goes_on(target)

    def test_at_a_prompt(self):
        """Nothing is allocated."""
        with Target("qemu") as target:
            p = memprof("sites", "--attach", "--for", "1s", *target.options(), target.uri)
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertIn("the program requested no memory", p.stdout)
            self.assertTrue(target.runs())

    def test_a_target_that_ends(self):
        """The samples are not lost, nor the names of their functions."""
        for seconds in (4, 16, 40):
            with Target("qemu") as target:
                self.busy(target)
                p = start("sites", "--attach", "--step", "256", *target.options(), target.uri)
                at_any_moment(seconds)
                target.board.process.kill()
                out, err = p.communicate(timeout=30)
                self.assertEqual(p.returncode, 3, err)
            if out:
                break
        self.assertRegex(out, r"(?m)<string>:1[123] work$")
        self.assertNotIn("in use", out)

    def test_another_elf(self):
        """Of a build whose code is elsewhere, made up: its RAM is the same. And none of MicroPython."""
        for function in ("gc_alloc", "gc_realloc"):
            with self.subTest(function):
                self.refuses_another_elf(function)

    def refuses_another_elf(self, function):
        with open(FIRMWARE.file("qemu.elf"), "rb") as file:
            elf = bytearray(file.read())
        symbols = subprocess.run(["nm", FIRMWARE.file("qemu.elf")], capture_output=True, text=True, check=True).stdout
        address = int(re.search(r"(\w+) T %s$" % function, symbols, re.M)[1], 16) & ~1
        at_headers, size, n = struct.unpack_from("<I", elf, 28) + struct.unpack_from("<HH", elf, 42)
        for i in range(n):
            _, offset, start, _, n_bytes = struct.unpack_from("<5I", elf, at_headers + i * size)
            if start <= address < start + n_bytes:
                elf[offset + address - start] ^= 1
        with Target("qemu") as target, tempfile.NamedTemporaryFile(suffix=".elf") as other:
            other.write(elf)
            other.flush()
            for name, words in ((other.name, "the ELF of --elf is not what runs there"),
                                (FIRMWARE.file("freertos.elf"), "it has no functions gc_alloc and gc_realloc")):
                p = memprof("sites", "--attach", "--for", "1s", "--elf", name, target.uri)
                self.assertEqual((p.returncode, p.stdout), (2, ""), p.stderr)
                self.assertIn(words, p.stderr)
                self.assertTrue(target.runs())


class OtherServers(unittest.TestCase):
    def test_no_breakpoints(self):
        with Target("rp2") as target:
            p = memprof_with("sites", "--attach", "--for", "1s", "--elf", FIRMWARE.file("rp2.elf"), target.uri)
            self.assertEqual((p.returncode, p.stdout), (2, ""), p.stderr)
            self.assertIn("the GDB server sets no breakpoints of the processor", p.stderr)
            self.assertTrue(target.runs())


class Process(unittest.TestCase):
    """The unix port, by gdbserver."""

    @contextlib.contextmanager
    def running(self, text, name="unix.elf"):
        """(the process, which has printed a turn, and its source)"""
        with tempfile.TemporaryDirectory() as folder:
            script = os.path.join(folder, "main.py")
            with open(script, "w", encoding="ascii") as file:
                file.write(text)
            with subprocess.Popen([FIRMWARE.file(name), script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT,
                                  start_new_session=True) as process:
                try:
                    self.turns(process, 1)
                    with gdbserver("--attach", "PORT", str(process.pid)) as uri:
                        yield process, uri
                finally:
                    process.kill()

    def goes_on(self, process):
        """What waits for a line goes on as soon as memprof lets it."""
        process.stdin.write(b"go on\n")
        process.stdin.flush()

    def turns(self, process, n):
        for _ in range(n):
            line = process.stdout.readline()
            self.assertEqual(line, b"turn\n", line if line == b"turn\n" else process.stdout.read(2000))

    def test_until_it_is_stopped_or_killed(self):
        for number in (signal.SIGINT, signal.SIGKILL):
            with self.subTest(number), self.running(PROGRAM + "work(-1)\n") as (process, uri):
                p = start("sites", "--attach", "--step", "64", "--elf", FIRMWARE.file("unix.elf"), uri)
                read_errors_until(p, "samples are taken until Ctrl-C")
                takes_signals(p)    # it comes after that line
                self.turns(process, 1)
                p.send_signal(number)
                out, err = p.communicate(timeout=30)
                self.assertEqual(p.returncode, 0 if number == signal.SIGINT else -number, err)
                self.turns(process, 60)     # more than a pipe has room for
                self.assertIsNone(process.poll())

    def test_killed_while_it_waits(self):
        """Nothing stops a program that waits for a line, so memprof's breakpoints are there until it is halted."""
        text = "import sys\nprint('turn')\nwhile True:\n    sys.stdin.readline()\n    [i for i in range(50)]\n    print('turn')\n"
        with self.running(text) as (process, uri):
            p = start("sites", "--attach", "--step", "64", "--elf", FIRMWARE.file("unix.elf"), uri)
            read_errors_until(p, "samples are taken until Ctrl-C")
            self.goes_on(process)   # breakpoints are set, and come
            self.turns(process, 1)
            await_sleep(process)
            p.kill()
            p.communicate(timeout=30)
            time.sleep(11)      # longer than a target is waited for that does not answer
            for _ in range(3):
                self.goes_on(process)
                self.assertTrue(select.select([process.stdout], [], [], 20)[0], "it stands still")
                self.turns(process, 1)
            self.assertIsNone(process.poll())

    def test_an_error_leaves_no_breakpoints(self):
        """The server refuses one when samples are taken: those of both functions, and of where the call returns to."""
        for n in (9, 10, 11):
            with self.subTest(n), self.running(PROGRAM + "work(-1)\n") as (process, uri), Refusing(uri, n) as server:
                p = memprof("sites", "--attach", "--step", "1", "--elf", FIRMWARE.file("unix.elf"), server.uri)
                self.assertNotEqual(p.returncode, 0, p.stderr)
                self.turns(process, 60)
                are_set = {packet[1:] for packet in server.breaks}
                self.assertGreaterEqual(len(are_set), 2)
                for packet in are_set:
                    last = [p for p in server.breaks if p[1:] == packet][-1]
                    self.assertEqual(last[0], "z", server.breaks)

    def test_a_program_that_ends(self):
        with self.running(PROGRAM + WAITS + "work(300)\nraise ValueError\n") as (process, uri):
            self.goes_on(process)
            p = memprof("sites", "--attach", "--step", "64", "--elf", FIRMWARE.file("unix.elf"), uri, seconds=120)
            self.assertEqual(p.returncode, 3, p.stderr)
            self.assertIn("the program there has ended", p.stderr)
            self.assertRegex(p.stdout, r"(?m)main\.py:1[123] work$")
            self.assertIn(b"ValueError", process.stdout.read())

    def test_signals_of_threads(self):
        """A collection stops the other threads by a signal."""
        text = ("import _thread, time\ndef other():\n    while True: time.sleep(.01)\n_thread.start_new_thread(other, ())\n"
                "import gc\ndef work():\n    while True:\n        for i in range(20): bytearray(100)\n        gc.collect()\n        print('turn')\n"
                "work()\n")
        with self.running(text) as (process, uri):
            for seconds in (4, 60):
                p = memprof("sites", "--attach", "--step", "64", "--for", "%ds" % seconds, "--json", "--elf", FIRMWARE.file("unix.elf"), uri)
                self.assertEqual(p.returncode, 0, p.stderr)
                if ("work", 8) in lines_of(json.loads(p.stdout)):
                    break
            self.turns(process, 5)
        self.assertGreater(lines_of(json.loads(p.stdout))["work", 8]["count"], 0)

    def test_a_heap_that_grows(self):
        """Lists in an area of the heap that came later."""
        text = ("kept = [bytearray(40000)]\ndef work():\n    while True:\n        x = [i for i in range(200)]\n        kept.append(bytearray(2000))\n"
                "        if len(kept) > 150: del kept[1:]\n        print('turn')\nwork()\n")
        counts = []
        for name in ("unix-auto.elf", "unix.elf"):
            with self.running(text, name) as (process, uri):
                for seconds in (6, 60):
                    p = memprof("sites", "--attach", "--step", "1", "--for", "%ds" % seconds, "--json", "--elf", FIRMWARE.file(name), uri,
                                seconds=600)
                    self.assertEqual(p.returncode, 0, p.stderr)
                    lines = lines_of(json.loads(p.stdout))
                    if lines["<listcomp>", 4]["count"] > 50:
                        break
                self.turns(process, 2)
            counts.append(lines["<listcomp>", 4]["bytes"] / lines["work", 5]["count"])
        print(counts)
        self.assertAlmostEqual(counts[0] / counts[1], 1, delta=.1)

    def test_a_process_is_as_the_agent_has_it(self):
        """Each allocation of the same program, by the agent's hook in the allocator and by gdbserver."""
        name = "unix-agent-pools.elf"
        with Script(PROGRAM + "work(512)\n") as script:
            p = memprof("sites", "--carrier", "hook", "--step", "1", "--json", script, FIRMWARE.exec_uri(name[:-4]))
        self.assertEqual(p.returncode, 0, p.stderr)
        truth = lines_of(json.loads(p.stdout))
        for seconds in (12, 48):        # until a busy computer has made enough turns for a verdict
            with self.running(PROGRAM + WAITS + "work(1500)\nsys.stdin.readline()\n", name) as (process, uri):
                self.goes_on(process)       # to where no callback has been removed
                p = memprof("sites", "--attach", "--step", "1", "--for", "%ds" % seconds, "--json", "--elf", FIRMWARE.file(name), uri,
                            seconds=400)
                self.assertEqual(p.returncode, 0, p.stderr)
                self.turns(process, 3)
            profile = json.loads(p.stdout)
            if any(kept["leak"] for kept in profile["kept"]):
                break
        lines = lines_of(profile)
        n_turns = lines["work", 11]["count"] / (truth["work", 11]["count"] / 512)
        print(n_turns, "turns,", profile["samples"], "samples")
        self.assertEqual(bytes_of(profile), profile["requested"])
        self.assertEqual(profile["lost"], 0)
        self.assertGreater(n_turns, 20)
        for where in (("<listcomp>", 11), ("work", 11), ("work", 12), ("work", 13)):
            self.assertAlmostEqual(lines[where]["count"], truth[where]["count"] / 512 * n_turns, delta=6, msg=where)
            self.assertAlmostEqual(lines[where]["bytes"] / lines[where]["count"], truth[where]["bytes"] / truth[where]["count"],
                                   delta=5, msg=where)
        self.assertEqual({kept["holder"] for kept in profile["kept"] if kept["leak"]}, {"handlers"})
        self.assertEqual({(kept["function"], kept["line"]) for kept in profile["kept"] if kept["leak"]},
                         {("__init__", 3), ("__init__", 4), ("work", 15)})


if __name__ == "__main__":
    rig.main()
