#!/usr/bin/python3
"""memprof.py, the agent for stock firmware, on real MicroPython; and memprof agent, which puts it there.

usage: test-memprof-py.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import atexit
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import unittest
from array import array

import rig
from rig import FIRMWARE, PROMPT, at_any_moment, memprof, start, stop, wait_for
import wire

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
AGENT = os.path.join(ROOT, "firmware-agent")
SCHEMA = os.path.join(ROOT, "docs", "schema", "memprof.agent-1.schema.json")
FOLDERS = contextlib.ExitStack()
atexit.register(FOLDERS.close)
PARTS = ("memprof_setup", "memprof_more", "memprof")


def part(name, variant=None):
    """A file of the agent: the source, or a .mpy file."""
    path = "mpy/%s-%s.mpy" % (name, variant) if variant else name + ".py"
    with open(os.path.join(AGENT, path), "rb") as file:
        return file.read()


def parts(variant=None):
    suffix = ".mpy" if variant else ".py"
    return {name + suffix: part(name, variant) for name in PARTS}


SOURCE = part("memprof").decode()
KEY, UNTIL, ROWS, BLOCK, CALLED, HASHED, N, SESSION, SEQUENCE = (
    int(re.search(r"^_%s = const\((\d+)\)" % name, SOURCE, re.M)[1]) for name in
    ("KEY", "UNTIL", "ROWS", "BLOCK", "CALLED", "HASHED", "N", "SESSION", "SEQUENCE"))
VERSION = re.match(r"# memprof\.py ([0-9.]+): ", SOURCE)[1]

# A file system in a board's heap, for boards that have none; `broken` is the fault that a test injects.
FILES = """
class V:
 def __init__(self):self.files={};self.broken=None
 def mount(self,*a):pass
 def umount(self):pass
 def chdir(self,p):pass
 def getcwd(self):return'/'
 def name(self,p):return p if p[0]=='/'else'/'+p
 def stat(self,p):
  if p in('','/','/lib','lib'):return(16384,0,0,0,0,0,0,0,0,0)
  n=self.name(p)
  if n not in self.files:raise OSError(2)
  return(32768,0,0,0,0,0,len(self.files[n]),0,0,0)
 def statvfs(self,p):return(512,512,1000,900,900,0,0,0,0,255)
 def remove(self,p):
  if self.name(p)not in self.files:raise OSError(2)
  self.files.pop(self.name(p))
 def mkdir(self,p):raise OSError(17)
 def rename(self,a,b):self.files[self.name(b)]=self.files.pop(self.name(a))
 def open(self,p,m):
  n=self.name(p)
  if m[0]=='r':
   if n not in self.files or m=='r'and self.broken=='text':raise OSError(2)
   return(io.BytesIO if'b'in m else io.StringIO)(self.files[n])
  if self.broken==30:raise OSError(30)
  if m[0]=='w':self.files[n]=b''
  return W(self,n)
class W:
 def __init__(self,v,n):self.v=v;self.n=n
 def write(self,b):
  if self.v.broken and len(self.v.files[self.n])>1500:raise OSError(self.v.broken)
  self.v.files[self.n]+=b
 def close(self):pass
"""


def paste(board, code):
    at = board.mark()
    board.press(b"\x05")
    board.wait(b"=== ", at)
    for line in code.strip("\n").split("\n"):
        at = board.mark()
        board.press(line.encode() + b"\r")
        board.wait(b"\n=== ", at)
    at = board.mark()
    board.press(b"\x04")
    board.wait(PROMPT, at)
    board.drain()


def make_file(board, path, data):
    board.type("_f=open(%r,'wb')" % path)
    for i in range(0, len(data), 160):
        board.type("_=_f.write(%r)" % data[i:i + 160])
    board.type("_f.close()")
    board.type("del _f, _")


def board_with_agent(name, variant=None):
    """A board that has imported memprof.py, however it gets it; variant: of .mpy files. A Pico has what install takes."""
    board = FIRMWARE.board(name)
    board.type("import gc, sys, micropython")
    if name.startswith("unix"):
        folder = os.path.abspath(AGENT)
        if variant:
            folder = FOLDERS.enter_context(tempfile.TemporaryDirectory())
            for file, data in parts(variant).items():
                with open(os.path.join(folder, file), "wb") as out:
                    out.write(data)
        board.type("sys.path.insert(0,%r)" % folder)
    elif name.startswith("qemu"):
        with_files(board)
        for file, data in parts(variant).items():
            make_file_in_heap(board, "/" + file, data)
    else:
        p = memprof("agent", "install", *(["--source"] if variant == "source" else []), board.path)
        if p.returncode:
            raise AssertionError(p.stderr)
    board.unplug()      # there is no reader any more, and a full pty would stop the board
    board.type("import memprof")
    board.type("both=lambda:(memprof.snapshot(),micropython.mem_info(1))and None")
    return board


def with_files(board):
    board.type("import io, vfs")
    paste(board, FILES)
    board.type("v=V()")
    board.type("vfs.mount(v,'/')")


def make_file_in_heap(board, path, data):
    board.type("l=[]")
    for i in range(0, len(data), 160):
        board.type("l.append(%r)" % data[i:i + 160])
    board.type("v.files[%r]=b''.join(l)" % path)
    board.type("del l")
    board.type("gc.collect()")


def tables_of(text):
    """Each area of the last mem_info(1) as one text, with h for every head."""
    areas = []
    for line in text[text.rindex("GC: total"):].splitlines():
        row = re.match(r"[0-9a-f]{8}: ([A-Za-z.=]+)$", line)
        free = re.match(r" +\((\d+) lines all free\)", line)
        if line.startswith("GC memory layout"):
            areas.append("")
        elif row:
            areas[-1] += re.sub("[A-Z]", "h", row[1])
        elif free:
            areas[-1] += "." * 64 * int(free[1])
    return areas


def received(board, at=0):
    with board.lock:
        got = wire.receive(bytes(board.heard[at:]))
    if got.lost or got.unshown:     # the channel is a good one
        raise AssertionError("%d frames are missing, %d digests are wrong" % (got.lost, got.unshown))
    return got


def addresses_of(text):
    return [int(a, 16) for a in re.findall(r"GC memory layout; from ([0-9a-f]+):", text[text.rindex("GC: total"):])]


class Tables(unittest.TestCase):
    """What it sends is what is there."""

    def the_same(self, board):
        board.type("both()")
        got = received(board)
        text = got.text.decode(errors="replace").replace("\r", "")
        snapshot = got.snapshots[-1]
        self.assertEqual([a.letters() for a in snapshot.areas], tables_of(text))
        self.assertEqual([a.address for a in snapshot.areas], addresses_of(text))
        return got

    def fill_and_compare(self, board):
        self.the_same(board)
        board.type("l=[[i] for i in range(300)]")
        self.the_same(board)
        board.type("b=bytearray(7000)")
        self.the_same(board)
        board.type("l=[i for i in l if i[0]%3]")
        self.the_same(board)
        board.type("gc.collect()")
        got = self.the_same(board)
        for _ in range(9):      # and so through every part that comes again in turn
            board.type("memprof.snapshot()")
        got = self.the_same(board)
        self.assertTrue(got.snapshots[0].flags & 1)
        self.assertEqual([s.flags & 1 for s in got.snapshots[1:]], [0] * (len(got.snapshots) - 1))
        self.assertLess(got.snapshots[-1].n_bytes, got.snapshots[0].n_bytes / 2)
        self.assertEqual({s.n_abandoned for s in got.snapshots}, {0})
        return got

    def test_unix(self):
        with board_with_agent("unix") as board:
            got = self.fill_and_compare(board)
            self.assertEqual((got.hellos[0]["pointer_bytes"], got.hellos[0]["block_bytes"]), (8, 32))
            self.assertEqual(got.hellos[0]["wire"], (1, 0))
            self.assertLess(max(s.pause_us for s in got.snapshots), 5000000)
            self.assertIn("'native': True", board.type("memprof.stats()"))

    def test_a_heap_in_four_parts(self):
        with board_with_agent("unix-split") as board:
            got = self.fill_and_compare(board)
            self.assertEqual(len(got.snapshots[-1].areas), 4)

    def test_a_heap_that_grows(self):
        with board_with_agent("unix-auto") as board:
            self.the_same(board)
            n = [len(received(board).snapshots[-1].areas)]
            for code in ("x=[[i]for i in range(20000)]", "y=bytearray(1<<20)", "x=None", "gc.collect()", "y=None",
                         "gc.collect()"):
                board.type(code)
                got = self.the_same(board)
                n.append(len(got.snapshots[-1].areas))
            self.assertGreater(max(n), n[0])
            for before, after in zip(got.snapshots, got.snapshots[1:]):
                if len(before.areas) != len(after.areas):
                    self.assertTrue(after.flags & 1)

    def test_a_pico(self):
        with board_with_agent("rp2", "source") as board:
            got = self.fill_and_compare(board)
            hello = got.hellos[0]
            self.assertEqual((hello["pointer_bytes"], hello["block_bytes"], hello["period_ms"]), (4, 16, 0))
            self.assertRegex(hello["tags"][1], rb"^MicroPython v\d+\.\d+")
            self.assertIn(b"Pico", hello["tags"][3])
            self.assertIn("'native': True", board.type("memprof.stats()"))
            self.assertGreater(got.snapshots[-1].stack_used, 100)
            self.assertGreater(got.snapshots[-1].pause_us, 1000)

    def test_lines_of_text_where_output_is_cooked(self):
        with board_with_agent("qemu") as board:
            self.fill_and_compare(board)
            self.assertIn(b"mp$", board.heard)
            self.assertIn("'native': True", board.type("memprof.stats()"))

    def test_without_native_code(self):
        with FIRMWARE.board("qemu") as board:
            board.type("import gc, sys, micropython")
            with_files(board)
            for file, data in parts().items():
                make_file_in_heap(board, "/" + file, data)
            board.type("v.broken='text'")
            board.unplug()
            board.type("import memprof")
            board.type("both=lambda:(memprof.snapshot(),micropython.mem_info(1))and None")
            self.assertIn("'native': False", board.type("memprof.stats()"))
            self.fill_and_compare(board)
            self.no_allocation(board)

    def test_compiled(self):
        """The .mpy files: with code for ARM, in both carriers; with that of mpy-cross, for this machine; and as bytecode."""
        for name, variant in (("rp2", "armv6m"), ("qemu", "armv6m"), ("unix", "x64"), ("unix-split", "x64"),
                              ("unix", "bytecode"), ("qemu", "bytecode")):
            with self.subTest((name, variant)), board_with_agent(name, variant) as board:
                self.fill_and_compare(board)
                self.assertIn("'native': %s" % (variant != "bytecode"), board.type("memprof.stats()"))
                self.no_allocation(board)
                at = board.mark()
                self.assertIn("True", board.type("memprof.mark('half')"))
                self.assertEqual([event["label"] for event in received(board, at).events], ["half"])
                self.assertIn("AttributeError", board.type("memprof.nothing"))
                self.assertIn("'snapshot'", board.type("dir(memprof)"))

    def test_areas_that_come_to_compiled_files(self):
        with board_with_agent("unix-auto", "x64") as board:
            self.the_same(board)
            board.type("x=[[i]for i in range(20000)]")
            self.the_same(board)
            self.assertGreater(len(received(board).snapshots[-1].areas), 1)

    def test_webassembly(self):
        with board_with_agent("wasm") as board:
            self.the_same(board)
            board.type("l=[[i] for i in range(3000)]")
            self.the_same(board)
            self.no_allocation(board)

    def no_allocation(self, board, n=20):
        """Not a byte, and not for a moment."""
        board.type("memprof.snapshot()")
        paste(board, "def t(n):\n a=gc.mem_alloc()\n for i in range(n):memprof.snapshot()\n b=gc.mem_alloc()\n"
                     " micropython.heap_lock()\n try:ok=memprof.snapshot()\n except MemoryError:ok=None\n"
                     " micropython.heap_unlock()\n return b-a,ok\n")
        at = board.mark()
        os.write(board.board, b"t(%d)\r" % n)
        board.wait(b"(0, True)", at, seconds=60)

    def test_nothing_is_allocated(self):
        for name in ("unix", "unix-split", "qemu", "rp2"):
            with self.subTest(name), board_with_agent(name) as board:
                self.no_allocation(board)

    def test_a_pico_with_16_kb_free(self):
        """It is installed, imported and started there; it keeps at most 5 KiB, and sends what is there."""
        with FIRMWARE.board("rp2") as board:
            board.type("import gc, micropython")
            board.type("gc.collect()")
            board.type("hold=bytearray(gc.mem_free()-16000)")
            self.assertLess(int(board.type("(gc.collect(),gc.mem_free())[1]")), 16384)
            p = memprof("agent", "install", "--json", board.path)
            self.assertEqual((p.returncode, p.stderr), (0, ""))
            d = json.loads(p.stdout)
            self.assertEqual(d["variant"], "armv6m")
            self.assertLess(d["cost"]["free_before"], 17000)
            self.assertGreater(d["cost"]["free"], 0)
            self.assertTrue(3000 < d["cost"]["kept"] <= 5632, d["cost"])    # with what the measuring itself leaves
            board.unplug()
            at = board.mark()
            board.press(b"\x04")    # from the start, without what install left: names of its own
            board.wait(b"soft reboot", at)
            board.press(b"\r")
            board.wait(PROMPT + b"\r\n" + PROMPT, at)
            board.type("import gc, micropython")
            board.type("used=lambda:(gc.collect(),gc.mem_alloc())[1]")
            board.type("both=lambda:(memprof.snapshot(),micropython.mem_info(1))and None")
            board.type("gc.collect()")
            board.type("hold=bytearray(gc.mem_free()-16000)")
            board.type("l=None")
            board.type("before=used()")
            board.type("before=used()")
            self.assertLess(int(board.type("(gc.collect(),gc.mem_free())[1]")), 16384)
            self.assertEqual(board.type("import memprof"), "")
            self.assertEqual(board.type("memprof.start(0)"), "")
            self.the_same(board)
            board.type("l=[[i] for i in range(100)]")
            self.the_same(board)
            board.type("l=None")
            self.assertEqual(board.type("memprof.start(1000)"), "")
            board.type("__import__('time').sleep_ms(1500)")
            board.type("memprof.stop()")
            self.assertLessEqual(int(re.search(r"-?\d+$", board.type("used()-before"))[0]), 5 * 1024)

    def test_figures_where_memory_cannot_be_read(self):
        with FIRMWARE.board("unix") as board:
            board.unplug()
            board.type("import gc, sys")
            board.type("sys.modules['uctypes']=None")
            board.type("sys.path.insert(0,%r)" % os.path.abspath(AGENT))
            board.type("import memprof")
            board.type("t=lambda:(memprof.snapshot(),print(gc.mem_alloc(),gc.mem_free()))and None")
            board.type("t()")
            board.type("t()")
            got = received(board)
            used, free = map(int, re.findall(rb"(\d+) (\d+)\r?\n", got.text)[-1])
            del got.stats[0]["at_ms"]
            self.assertEqual(got.stats, {0: {"total": used + free, "used": used, "free": free}})
            self.assertEqual(got.hellos[0]["block_bytes"], 0)
            self.assertEqual(got.snapshots, [])


class Running(unittest.TestCase):
    """While a program runs."""

    def test_a_timer(self):
        with board_with_agent("rp2") as board:
            board.type("import time")
            paste(board, "def work(n):\n l=[]\n for i in range(n):\n  l.append([i])\n  print('step',i)\n"
                         "  time.sleep_ms(20)\n  if i==n//2:memprof.mark('half \u00fc'+'x'*100)\n return l\n")
            board.type("memprof.start(100)")
            at = board.mark()
            os.write(board.board, b"_=work(150)\r")
            board.wait(b"step 149", at, seconds=90)
            board.wait(PROMPT, at)
            self.assertIn("'running': True", board.type("memprof.stats()"))
            board.type("memprof.stop()")
            got = received(board)
            steps = re.findall(rb"step (\d+)\r\n", got.text)
            self.assertEqual(steps, [b"%d" % i for i in range(150)])
            self.assertGreater(len(got.snapshots), 15)
            self.assertEqual(got.hellos[0]["period_ms"], 100)
            times = [s.at_ms for s in got.snapshots]
            self.assertEqual(times, sorted(times))
            self.assertGreaterEqual(min(b - a for a, b in zip(times, times[1:])), 50)
            labels = [event["label"] for event in got.events if event["what"] == "mark"]
            self.assertEqual([label[:6] for label in labels], ["half \u00fc"])
            self.assertEqual(len(labels[0].encode()), 96)
            # After stop, and after a reset, nothing more comes.
            at = board.mark()
            board.type("time.sleep_ms(300)")
            self.assertEqual(received(board, at).n_frames, 0)
            board.type("memprof.start(50)")
            board.press(b"\x04")
            at += board.wait(b"soft reboot", at).index(b"soft reboot")
            board.wait(PROMPT, at)
            board.type("import time")
            at = board.mark()
            board.type("time.sleep_ms(300)")
            self.assertEqual(received(board, at).n_frames, 0)

    def test_a_channel_that_fills_up_is_written_to_no_more(self):
        with board_with_agent("unix") as board:
            board.type("import io")
            paste(board, "class Out(io.IOBase):\n def __init__(self):self.n=0;self.room=3\n def write(self,b,n):\n"
                         "  self.n+=1;self.room-=1\n  return n\n def ioctl(self,request,flags):\n"
                         "  return -1 if request!=3 else flags if self.room>0 else 0\n")
            board.type("o=Out()")
            board.type("memprof.start(0,o)")
            self.assertEqual(board.type("memprof.snapshot(), o.n"), "(False, 3)")
            self.assertEqual(board.type("memprof.snapshot(), o.n"), "(False, 3)")
            board.type("o.room=1000")
            self.assertRegex(board.type("memprof.snapshot(), o.n"), r"^\(True, \d\d+\)$")

    def test_what_goes_wrong_does_not_reach_the_program(self):
        with board_with_agent("rp2") as board:
            board.type("import time")
            paste(board, "class Out:\n def __init__(self):self.n=0;self.fail=0\n def write(self,b,n):\n"
                         "  if self.fail==1:raise OSError(5)\n  if self.fail==2:return n-1\n  self.n+=n\n  return n\n")
            board.type("o=Out()")
            board.type("memprof.start(50,stream=o)")
            # Until it is so, as the emulator of a busy computer calls the timer more rarely.
            paste(board, "def until(f):\n for i in range(100):\n  if f():return i<99\n  time.sleep_ms(50)\n")
            self.assertEqual(board.type("until(lambda:o.n>2000)"), "True")
            board.type("o.fail=2")
            self.assertEqual(board.type("until(lambda:memprof.stats()['abandoned']>1)"), "True")
            board.type("o.fail=0; n=o.n")
            self.assertEqual(board.type("until(lambda:o.n>n)"), "True")
            self.assertIn("'running': True", board.type("memprof.stats()"))
            board.type("o.fail=1")
            self.assertEqual(board.type("until(lambda:not memprof.stats()['running'])"), "True")
            # Ctrl-C hits the program, or says that it hit the agent; the second one hits the program then.
            for i in range(8):
                board.type("memprof.start(20)")
                at = board.mark()
                os.write(board.board, b"for i in range(10**9): i or print('be'+'gun'); time.sleep_ms(1)\r\r")
                board.wait(b"begun", at, seconds=60)    # before, Ctrl-C would only take the line back
                at_any_moment(0.07 * i)
                board.press(b"\x03")
                wait_for(lambda: re.search(b"KeyboardInterrupt|press Ctrl-C again", board.heard[at:]), "an answer to Ctrl-C")
                heard = bytes(board.heard[at:])
                if b"press Ctrl-C again" in heard:
                    self.assertNotIn(b"KeyboardInterrupt", heard)
                    board.press(b"\x03")
                board.wait(b"KeyboardInterrupt", at)
                board.wait(PROMPT, at)
                board.type("memprof.stop()")
                self.assertEqual(board.type("1+1"), "2")

    def test_without_a_timer(self):
        with board_with_agent("unix") as board:
            self.assertRegex(board.type("memprof.start()"), r"no timer here.*use memprof\.task\(\) or memprof\.snapsh")
            self.assertEqual(board.type("memprof.snapshot() and 7")[-1], "7")

    def test_asyncio(self):
        with board_with_agent("rp2") as board:
            board.type("import asyncio")
            paste(board, "async def work():\n t=asyncio.create_task(memprof.task(100))\n l=[]\n for i in range(40):\n"
                         "  l.append([i])\n  print('step',i)\n  await asyncio.sleep_ms(20)\n"
                         " print(memprof.stats()['running'])\n memprof.stop()\n await t\n print('ended')\n")
            at = board.mark()
            os.write(board.board, b"asyncio.run(work())\r")
            self.assertIn(b"True\r\nended", board.wait(b"ended", at, seconds=60))
            board.wait(PROMPT, at)
            got = received(board, at)
            self.assertEqual(len(re.findall(rb"step \d+\r\n", got.text)), 40)
            self.assertGreater(len(got.snapshots), 3)
            self.assertEqual(got.hellos[0]["period_ms"], 100)

    def test_the_text_carrier_on_demand(self):
        with board_with_agent("rp2") as board:
            at = board.mark()
            board.type("memprof.start(100,text=True)")
            wait_for(lambda: len(received(board, at).snapshots) >= 3, "snapshots")
            board.type("memprof.stop()")
            with board.lock:
                heard = bytes(board.heard[at:])
            self.assertNotIn(b"\0", heard)
            self.assertGreater(len(received(board, at).snapshots), 1)


class Command(unittest.TestCase):
    """memprof agent."""

    def agent(self, board, *arguments, code=0):
        p = memprof("agent", *arguments, "--json", getattr(board, "path", board))
        self.assertEqual(p.returncode, code, p.stderr)
        if not p.stdout:
            return p.stderr
        document = json.loads(p.stdout)
        try:
            import jsonschema
        except ImportError:
            return document
        with open(SCHEMA) as file:
            jsonschema.validate(document, json.load(file))
        return document

    def test_its_life_on_a_pico(self):
        with FIRMWARE.board("rp2") as board:
            names = board.type("import os, sys;precious=7;sorted(globals())")
            d = self.agent(board, "status", code=1)
            self.assertEqual((d["did"], d["files"], d["loaded"], d["built_in"]), ("nothing", [], False, False))
            self.assertEqual(d["file_system"]["folder"], "/lib")
            d = self.agent(board, "install")
            self.assertEqual((d["did"], d["path"], d["variant"]), ("installed", "/lib/memprof.mpy", "armv6m"))
            self.assertEqual(d["files"], [{"path": "/lib/memprof.mpy", "bytes": len(part("memprof", "armv6m")),
                                           "version": VERSION}])
            self.assertTrue(3000 < d["cost"]["kept"] < d["cost"]["free_before"] - d["cost"]["free"], d["cost"])
            self.assertEqual(board.type("sorted(os.listdir('/lib'))"),
                             "['memprof.mpy', 'memprof_more.mpy', 'memprof_setup.mpy']")
            self.assertEqual(board.type("[k for k in sys.modules if 'memprof' in k]"), "[]")
            self.assertEqual(self.agent(board, "status")["running"], False)
            self.assertEqual(self.agent(board, "install")["did"], "nothing")
            # The source takes its place, and it that of the source.
            d = self.agent(board, "install", "--source")
            self.assertEqual((d["did"], d["path"], d["variant"]), ("replaced", "/lib/memprof.py", "source"))
            self.assertEqual(board.type("sorted(os.listdir('/lib'))"),
                             "['memprof.py', 'memprof_more.py', 'memprof_setup.py']")
            # An older one, elsewhere: that place is kept.
            board.type("for f in os.listdir('/lib'): os.remove('/lib/' + f)\r")
            board.type("f=open('/memprof.py','w');f.write('# memprof.py 0.9.0: older\\n# ');f.close();del f")
            d = self.agent(board, "status")
            self.assertEqual((d["files"][0]["version"], d["current_version"]), ("0.9.0", VERSION))
            self.assertEqual((d["variant"], d["cost"]), (None, None))
            self.assertEqual(self.agent(board, "install")["did"], "replaced")
            self.assertEqual(board.type("os.listdir('/lib'),sorted(os.listdir('/'))"),
                             "([], ['lib', 'memprof.mpy', 'memprof_more.mpy', 'memprof_setup.mpy'])")
            board.type("import memprof;memprof.snapshot()")
            d = self.agent(board, "status")
            self.assertEqual((d["loaded"], d["loaded_from"], d["running"]), (True, "memprof.mpy", False))
            p = memprof("agent", "install", board.path)
            self.assertIn("is not measured, as memprof is imported already", p.stderr)
            p = memprof("agent", "status", board.path)
            self.assertIn("It is imported", p.stdout)
            self.assertEqual(self.agent(board, "remove")["did"], "removed")
            self.assertEqual(board.type("os.listdir('/')"), "['lib']")
            self.assertEqual(self.agent(board, "remove")["did"], "nothing")
            self.assertEqual(board.type("precious"), "7")
            board.type("del memprof")
            self.assertEqual(board.type("sorted(globals())"), names)

    def test_a_strangers_file(self):
        with FIRMWARE.board("rp2") as board:
            make_file(board, "/memprof.py", b"def start(): 'mine'\n")
            d = self.agent(board, "status", code=1)
            self.assertEqual(d["files"], [{"path": "/memprof.py", "bytes": 20, "version": None}])
            self.assertIn("is not memprof's; --force", self.agent(board, "install", code=2))
            self.assertEqual(self.agent(board, "remove")["did"], "nothing")
            self.assertEqual(board.type("open('/memprof.py').read()"), repr("def start(): 'mine'\n"))
            self.assertEqual(self.agent(board, "install", "--force")["did"], "replaced")
            self.assertEqual(board.type("sorted(__import__('os').listdir('/'))"),
                             "['memprof.mpy', 'memprof_more.mpy', 'memprof_setup.mpy']")

    def test_the_right_files(self):
        """By what the board loads; and what it refuses is no success without a word."""
        with FIRMWARE.board("qemu") as board:
            with_files(board)
            d = self.agent(board, "install")
            self.assertEqual((d["variant"], d["path"]), ("armv6m", "/memprof.mpy"))
            # One that does not fit after all.
            make_file_in_heap(board, "/memprof.mpy", part("memprof", "x64"))
            make_file_in_heap(board, "/memprof_setup.mpy", part("memprof_setup", "x64"))
            self.assertIn("incompatible", board.type("import memprof"))
        for name, variant in (("unix", "x64"), ("wasm", "bytecode")):
            with FIRMWARE.board(name) as board, tempfile.TemporaryDirectory() as folder:
                if name == "unix":
                    board.type("import sys;sys.path[:]=[%r]" % folder)
                d = self.agent(board, "install")
                self.assertEqual(d["variant"], variant)
                self.assertTrue(1000 < d["cost"]["kept"] < 12000, d["cost"])

    def test_no_timer_is_advised_where_none_is(self):
        with FIRMWARE.board("unix") as board, tempfile.TemporaryDirectory() as folder:
            board.type("import sys;sys.path[:]=[%r]" % folder)
            for action in ("install", "status"):
                out = memprof("agent", action, board.path, code=0).stdout
                self.assertIn("import memprof; memprof.snapshot()\nstart() needs machine.Timer", out)
                self.assertNotIn("start(1000)", out)
        with FIRMWARE.board("unix-agent") as board:     # which its VM calls
            self.assertIn("import memprof; memprof.start(1000)\n", memprof("agent", "status", board.path, code=0).stdout)

    def test_what_cannot_be_imported(self):
        with FIRMWARE.board("qemu") as board:
            with_files(board)
            board.type("import sys")
            board.type("stat=V.stat")
            paste(board, "def hide(s,p):\n if 'setup' in p:raise OSError(2)\n return stat(s,p)\n")
            board.type("V.stat=hide")
            p = memprof("agent", "install", "--json", board.path)
            self.assertEqual((p.returncode, json.loads(p.stdout)["cost"]), (0, None))
            self.assertRegex(p.stderr, r"warning: it cannot be imported: the board refuses it \(.*memprof_setup")
            self.assertEqual(board.type("'memprof' in sys.modules"), "False")

    def test_ctrl_c_in_the_middle(self):
        with FIRMWARE.board("rp2") as board:
            board.type("import os")
            n_undone = 0
            for share in (0.02, 0.4, 0.9) * 3:
                if n_undone == 3:
                    break
                with board.lock:
                    at = len(board.sent_by_memprof)
                p = start("agent", "install", "--source", board.path)
                wait_for(lambda: len(board.sent_by_memprof) - at >= 3000 + share * 25000, "a part of the source", every=0.002)
                code, out, err = stop(p)
                self.assertEqual((code, out), (-signal.SIGINT, ""), err)
                board.drain()
                board.press(b"\r")
                board.wait(PROMPT)
                if "may be left" in err:    # an emulator on a busy computer did not answer in time
                    continue
                n_undone += 1
                self.assertIn("nothing was changed", err)
                self.assertNotIn("memprof", board.type("os.listdir(),'lib' in os.listdir() and os.listdir('/lib')"))
            self.assertEqual(n_undone, 3)

    def test_ctrl_c_near_the_end(self):
        """While it is read back, renamed, and looked at: the file is whole or not there, and memprof reports which."""
        with FIRMWARE.board("rp2") as board:
            board.type("import os")
            seen = set()
            moments = (b"{mp sum", 0), (b".rename(", 0), (b".rename(", 0.02), (b".rename(", 0.06), (b"{mp loaded", 0), (b"{mp loaded", 0.05)
            for i, (key, wait) in enumerate(moments * 5):
                if i >= len(moments) and len(seen) == 2:    # else a busy computer was late each time
                    break
                with board.lock:
                    at = len(board.sent_by_memprof)
                p = start("agent", "install", board.path)
                begun = b".rename(" if key == b"{mp loaded" else b"'ab')"

                def told():
                    sent = bytes(board.sent_by_memprof[at:])
                    return begun in sent and key in sent[sent.rfind(begun):]
                wait_for(told, "%r" % key, every=0.001)
                at_any_moment(wait)
                code, out, err = stop(p)
                if code == 0:   # it had ended
                    self.assertIn("memprof.mpy", out)
                else:
                    self.assertEqual((code, out), (-signal.SIGINT, ""), err)
                files = board.type("'lib' in os.listdir() and sorted([(f, os.stat('/lib/' + f)[6]) for f in os.listdir('/lib')])")
                there = code == 0 or "/lib/memprof.mpy is installed" in err
                self.assertEqual(there or "nothing was changed there" in err, True, err)
                self.assertEqual(files, str([(file, len(data)) for file, data in sorted(parts("armv6m").items())])
                                 if there else "[]", err)
                seen.add(there)
                if there:
                    self.agent(board, "remove")
            self.assertEqual(seen, {False, True})

    def test_the_cable_is_pulled(self):
        with FIRMWARE.board("rp2") as board:
            board.cut_after("from", 9000)
            p = memprof("agent", "install", board.path)
            self.assertEqual((p.returncode, p.stdout), (3, ""), p.stderr)

    def test_no_room(self):
        with FIRMWARE.board("rp2") as board:
            paste(board, "import os\nclass D:\n def __init__(self):self.b=bytearray(20*512)\n"
                         " def readblocks(self,n,b,o=0):b[:]=self.b[n*512+o:n*512+o+len(b)]\n"
                         " def writeblocks(self,n,b,o=0):self.b[n*512+o:n*512+o+len(b)]=b\n"
                         " def ioctl(self,o,a):return 20 if o==4 else 512 if o==5 else 0\n")
            board.type("d=D()")
            board.type("os.VfsLfs2.mkfs(d)")
            board.type("os.mount(d,'/lib')")
            err = self.agent(board, "install", "--source", code=3)
            self.assertRegex(err, r"its file system is full: \d+ bytes are free in /lib")
            self.assertEqual(board.type("os.listdir('/lib')"), "[]")

    def test_a_board_without_a_file_system(self):
        with FIRMWARE.board("qemu") as board:
            d = self.agent(board, "status", code=1)
            self.assertIsNone(d["file_system"])
            self.assertIn("no file system", self.agent(board, "install", code=3))
            self.assertEqual(board.type("1+1"), "2")

    def test_a_file_system_that_fails(self):
        with FIRMWARE.board("qemu") as board:
            with_files(board)
            board.type("v.broken=28")
            self.assertIn("its file system is full", self.agent(board, "install", code=3))
            self.assertEqual(board.type("v.files"), "{}")
            board.type("v.broken=30")
            self.assertIn("read-only", self.agent(board, "install", code=3))
            board.type("v.broken=5")
            self.assertIn("damaged", self.agent(board, "install", code=3))
            self.assertEqual(board.type("v.files"), "{}")
            board.type("v.broken=None")
            self.assertEqual(self.agent(board, "install")["did"], "installed")
            sizes = {"/" + file: len(data) for file, data in parts("armv6m").items()}
            self.assertEqual(eval(board.type("{n:len(v.files[n])for n in v.files}")), sizes)
            # What is read back is not what was written.
            board.type("v.files['/memprof.mpy']=v.files['/memprof.mpy'][:-1]")
            board.type("W.write=lambda s,b:s.v.files.__setitem__(s.n,s.v.files[s.n]+b.replace(b'7',b'8'))")
            self.assertIn("could not be read back", self.agent(board, "install", code=3))
            sizes["/memprof.mpy"] -= 1
            self.assertEqual(eval(board.type("{n:len(v.files[n])for n in v.files}")), sizes)

    def test_memory_only_and_a_pc(self):
        with FIRMWARE.board("wasm") as board:
            d = self.agent(board, "install")
            self.assertEqual((d["did"], d["file_system"]["in_memory"]), ("installed", True))
            self.assertEqual(board.type("import memprof;memprof.WIRE"), "(1, 0)")

    def test_a_program_that_runs_is_left_alone(self):
        with FIRMWARE.board("qemu") as board:
            board.run_forever()
            p = memprof("agent", "install", board.path)
            self.assertEqual((p.returncode, p.stdout), (3, ""))
            self.assertIn("a program is running", p.stderr)

    def test_usage(self):
        for arguments in ((), ("replace",), ("install", "a", "b")):
            p = memprof("agent", *arguments)
            self.assertEqual((p.returncode, p.stdout), (2, ""))
        self.assertEqual(memprof("agent", "status", "exec:no-such-program").returncode, 3)


class Bytes(unittest.TestCase):
    """The parts that work on every byte, under CPython."""

    def setUp(self):
        sys.path.insert(0, AGENT)
        sys.dont_write_bytecode = True
        for name in PARTS:
            sys.modules.pop(name, None)
        import memprof as module
        import memprof_setup
        import memprof_more
        self.m, self.setup, self.more = module, memprof_setup, memprof_more
        memprof_setup._tables()
        memprof_setup._clocks()
        self.sent = bytearray()

        def write(data, n):
            self.sent += data[:n]
            return n
        self.m._write = write
        self.m._body = self.m._table

    def tearDown(self):
        sys.path.remove(AGENT)

    def table(self, data, areas=1):
        m, told = self.m, b""
        parts = [data[i::areas] for i in range(areas)]
        m._t, n = [], 0
        for i, part in enumerate(parts):
            address = 0x20000000 + i * 0x100000
            varint = self.setup._varint
            m._t.append((part, array("H", address.to_bytes(8, "little") + (4 * len(part)).to_bytes(4, "little")),
                         varint(i) + b"\0" + varint(address) + varint(4 * len(part)), told, told, self.hashes))
            n += (len(part) + 15) // 16
        m._p[ROWS] = n
        return parts

    def test_frames_of_any_bytes(self):
        generator = random.Random(5)
        m = self.m
        cobs = m._cobs
        for text in (False, True):
            m._cobs = self.more._base64 if text else cobs
            m._w = bytearray(180)
            for n in list(range(118)) * 3:
                m._begin(3)
                payload = bytes(generator.choice((0, 0, 1, 255, generator.randrange(256))) for _ in range(n))
                m._put(payload)
                self.sent.clear()
                self.assertTrue(m._send())
                self.assertLessEqual(len(self.sent), 180 if text else 128)
                frames, rest = wire.split(bytes(self.sent))
                self.assertEqual(([frame.payload for frame in frames], rest), ([payload], b""))

    def test_the_vectors(self):
        """Its frames are those of the agent in C, byte for byte."""
        with open(os.path.join(AGENT, "vectors.txt")) as file:
            frames = [bytes.fromhex(line.split()[1]) for line in file if line.startswith("frame ")]
        self.assertGreater(len(frames), 20)
        m = self.m
        for frame in frames:
            frames, rest = wire.split(frame)
            self.assertEqual((len(frames), rest), (1, b""))
            m._p[SESSION], m._p[SEQUENCE] = frames[0].session, frames[0].sequence
            m._w[2] = frames[0].type
            m._p[N] = 6
            m._put(frames[0].payload)
            if frames[0].type == wire.END:      # its digest is put there by itself
                m._p[0] = (frames[0].payload[5] | frames[0].payload[6] << 8) ^ 65535
                m._p[1] = (frames[0].payload[7] | frames[0].payload[8] << 8) ^ 65535
            self.sent.clear()
            self.assertTrue(m._send())
            self.assertEqual(self.sent, frame)

    def test_varints(self):
        for value in (0, 1, 127, 128, 16383, 16384, 0x20000000, 0x3fffffff):
            self.m._begin(3)
            self.m._number(value)
            self.assertEqual(wire.Fields(bytes(self.m._w[6:self.m._p[N]])).varint(), value)
            self.assertEqual(wire.Fields(self.setup._varint(value + (3 << 62))).varint(), value + (3 << 62))

    def random_table(self, generator, n):
        kinds = (b"\0" * 16, b"\xaa" * 16, None, b"\x55" * 16)
        out = bytearray()
        while len(out) < n:
            kind = generator.choice(kinds) or bytes(generator.choice((0, 0x55, 0xaa, 0x96, 0xff)) for _ in range(16))
            out += kind * generator.choice((1, 1, 2, 9, 40))
        return bytes(out[:n])

    def test_any_tables(self):
        """Sent as a key, then with changes; and the receiver has what was there."""
        generator = random.Random(6)
        m = self.m
        for case in range(60):
            n = generator.choice((1, 3, 16, 17, 100, 1000, 5000))
            n_areas = generator.choice((1, 1, 2, 3))
            m._hello = bytes((1, 0, 1, 0, 0, 4, 16, 4, 0))
            m._p[KEY], m._p[BLOCK], m._p[UNTIL], m._p[SEQUENCE] = 1, 16, 0, 0
            m._p[CALLED] = 1        # CPython's gc has no figures
            m._p[SESSION] = case
            self.sent.clear()
            data = self.random_table(generator, n * n_areas)
            wanted = []
            m._p[HASHED] = 1 if case % 5 else 0
            self.hashes = array("H", bytes(2 * n_areas * ((n + 15) // 16) if case % 5 else 2))
            for _ in range(6):
                parts = self.table(data, n_areas)
                self.assertTrue(m.snapshot())
                wanted.append([wire.raw_codes(part) for part in parts])
                changed = bytearray(data)
                for _ in range(generator.choice((0, 1, 5))):
                    at = generator.randrange(len(changed))
                    changed[at:at + 20] = bytes(generator.randrange(256) for _ in range(len(changed[at:at + 20])))
                data = bytes(changed)
            got = wire.receive(bytes(self.sent))
            self.assertEqual([[area.codes for area in s.areas] for s in got.snapshots], wanted)
            self.assertEqual((got.lost, got.unshown, got.text), (0, 0, b""))

    def test_it_imports_where_nothing_is(self):
        self.assertEqual(self.m.WIRE, (1, 0))
        self.assertIsNone(self.m.stop())
        self.assertFalse(hasattr(self.m, "nothing"))

    def test_its_packages_for_mip(self):
        variants = sorted({name[len("memprof-"):-len(".mpy")] for name in os.listdir(os.path.join(AGENT, "mpy"))
                           if name.startswith("memprof-")})
        self.assertEqual(len(variants), 6)
        for variant in [None, *variants]:
            with self.subTest(variant), open(os.path.join(
                    AGENT, "mpy/package-%s.json" % variant if variant else "package.json")) as file:
                package = json.load(file)
                self.assertEqual(package["version"], VERSION)
                self.assertEqual({there: part(name, variant) for name, (there, here) in zip(PARTS, package["urls"])},
                                 parts(variant))
                for _, here in package["urls"]:
                    self.assertTrue(os.path.exists(here.replace("github:memprof/memprof", ROOT)), here)

    def test_the_compiled_files_are_of_this_source(self):
        mpy_cross = os.path.join(os.path.dirname(os.path.abspath(sys.argv[2])), "build", "mpy-cross", "mpy-cross")
        p = subprocess.run([os.path.join(ROOT, "scripts", "build-mpy"), "--check", mpy_cross], capture_output=True, text=True)
        self.assertEqual((p.returncode, p.stderr), (0, ""))


if __name__ == "__main__":
    rig.main(emulated=True)
