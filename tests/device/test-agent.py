#!/usr/bin/python3
"""The agent as a C module in real MicroPython: under QEMU (Cortex-M3), on the emulated Pico with its
USB-CDC, in the unix port with one area and with four. What it sends is read by wire.py, and by memprof.

usage: test-agent.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import fcntl
import json
import os
import re
import signal
import struct
import subprocess
import tempfile
import time
import unittest

import wire
import rig
from rig import FIRMWARE, HERE, RawBoard, Script, at_any_moment, gc_pool, killed, memprof, read_some, truths, wait_for

UNIX = ("unix-agent", "unix-agent-split")
BUILDS = ("qemu-agent", "rp2-agent") + UNIX
VECTORS = os.path.join(HERE, "..", "..", "firmware-agent", "vectors.txt")
# Something of each kind, and holes. Files are what has finalisers; QEMU's board has none.
OBJECTS = """\
keep = []
for i in range(60):
    keep.append([(i, str(i) * 3), {i: i}, bytearray(10 * (i % 7)), i / 3, b'x' * i, lambda: i, FILE])
del keep[::3]
"""
FILES = {"qemu-agent": "None", "rp2-agent": "open('f', 'w') if i % 10 == 0 else None", "unix-agent": "open('/dev/null')",
         "unix-agent-split": "open('/dev/null')"}
N_FINALISERS = {"qemu-agent": 0, "rp2-agent": 3, "unix-agent": 40, "unix-agent-split": 40}


def syscall(process):
    """The number of the call that a program waits in; -1 while it runs."""
    with open("/proc/%d/syscall" % process.pid) as file:
        word = file.read().split()[0]
    return -1 if word == "running" else int(word)


class AgentBoard(RawBoard):
    def __init__(self, name, *more):
        super().__init__(FIRMWARE.command(name) + list(more), wake=b"\r" if name.startswith("rp2") else b"")
        self.say("import gc, memprof, micropython, mptruth")

    def await_snapshots(self, at, n=1):
        """Until so many have come since a mark."""
        wait_for(lambda: len(wire.receive(bytes(self.heard[at:])).snapshots) >= n, "%d snapshots" % n, 300)

    def run_text(self, text, seconds=120):
        return self.say("exec(%r)" % text, seconds)


def dump_of(text):
    """The letters of each area in a mem_info(1)."""
    areas = []
    for line in text.splitlines():
        row, free = re.match(r"[0-9a-f]{8}: ([.=hmTLDSAFBM]+)$", line), re.match(r" +\((\d+) lines all free\)$", line)
        if line.startswith("GC memory layout"):
            areas.append("")
        elif row:
            areas[-1] += row.group(1)
        elif free:
            areas[-1] += "." * 64 * int(free.group(1))
    return areas


def tables_of(heard):
    """(address, codes, finaliser bits) of each area, as mptruth.raw() wrote them last in that line."""
    at, out = re.search(rb".*END OF TEXT\r?\n", heard, re.S).end(), []
    n_word = 8 if heard[at + 4:at + 8] != b"\0\0\0\0" and heard[at + 6:at + 8] == b"\0\0" else 4
    while heard[at:] != b">>> ":
        address, _, n_table, _ = (int.from_bytes(heard[at + i * n_word:at + (i + 1) * n_word], "little") for i in range(4))
        at += 4 * n_word
        table, finalisers = heard[at:at + n_table], heard[at + n_table:at + n_table + (n_table + 1) // 2]
        at += len(table) + len(finalisers)
        out.append((address, [byte >> shift & 3 for byte in table for shift in (0, 2, 4, 6)],
                    [byte >> bit & 1 for byte in finalisers for bit in range(8)]))
    return out


class Tables(unittest.TestCase):
    def test_the_block_table_is_the_one_of_mem_info_and_of_the_heap(self):
        for name in BUILDS:
            with self.subTest(name), AgentBoard(name) as board:
                for state in ("fresh", "used"):
                    if state == "used":
                        board.run_text(OBJECTS.replace("FILE", FILES[name]))
                    board.say("x = memprof.snapshot()")
                    heard = board.say("x = memprof.snapshot(); micropython.mem_info(1); print('END OF TEXT');"
                                      " n = mptruth.raw()")
                    receiver = wire.receive(heard)
                    self.assertEqual(receiver.lost, 0)
                    self.same(receiver, heard, 4 if name.endswith("split") else 1, used=state == "used",
                              n_finalisers_least=N_FINALISERS[name])

    def same(self, receiver, heard, n_areas, used, n_finalisers_least):
        snapshot, = receiver.snapshots
        self.assertTrue(snapshot.key)
        self.assertEqual(len(snapshot.areas), n_areas)
        dump, tables = dump_of(heard.decode("latin-1")), tables_of(heard)
        self.assertEqual([area.address for area in snapshot.areas], [address for address, _, _ in tables])
        n_finalisers = 0
        for area, letters, (_, codes, bits) in zip(snapshot.areas, dump, tables):
            self.assertEqual([(0, wire.HEAD, wire.TAIL, wire.MARKED)[code] for code in codes],
                             [min(code, wire.HEAD) if code != wire.MARKED else code for code in area.codes])
            heads = ["f" if bit and code == 1 else letter for letter, code, bit in zip(letters, codes, bits)]
            self.assertEqual(area.letters(), "".join(heads))
            n_finalisers += area.letters().count("f")
        if used:
            self.assertGreaterEqual(n_finalisers, n_finalisers_least)
            for letter in "TLDSAB":
                self.assertIn(letter, "".join(area.letters() for area in snapshot.areas))

    def test_what_the_board_says_of_itself(self):
        for name in BUILDS:
            with self.subTest(name), AgentBoard(name) as board:
                receiver = wire.receive(board.say("memprof.start(500); memprof.stop()"))
                hello = receiver.hellos[0]
                self.assertEqual(hello["wire"], (1, 2))
                self.assertEqual((hello["pointer_bytes"], hello["block_bytes"]), (8, 32) if name in UNIX else (4, 16))
                self.assertLessEqual({"kinds", "finalisers", "deltas", "reports gc", "reports failed", "qstr"}, hello["can"])
                self.assertEqual(hello["tags"][1], b"MicroPython v1.25.0")
                if name == "rp2-agent":
                    self.assertEqual(hello["tags"][3], b"Raspberry Pi Pico")
                    self.assertEqual(hello["tags"][2], self.build_id(name))
                self.assertEqual(receiver.pools, {})

    def build_id(self, name):
        with open(FIRMWARE.file(name + ".elf"), "rb") as file:
            elf = file.read()
        at = elf.index(b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0")
        return elf[at + 16:at + 36]

    def test_another_session_at_each_start(self):
        for name in BUILDS:
            with self.subTest(name), AgentBoard(name) as board:
                receiver = wire.receive(b"".join(board.say("memprof.start(0)") for _ in range(5)))
                self.assertEqual(receiver.session_changes, 5)

    def test_a_snapshot_collects_nothing(self):
        for name in BUILDS:
            with self.subTest(name), AgentBoard(name) as board:
                board.run_text("gc.collect()\nx = [bytearray(100) for i in range(50)]\nx = None")
                for call in ("memprof.snapshot()", "memprof.start(0)", "memprof.mark('m')", "memprof.poll()"):
                    heard = board.say("a = gc.mem_alloc(), %s, gc.mem_alloc(); print('so', a[2] - a[0])" % call)
                    self.assertRegex(heard, rb"so 0\r?\n", call)


class Events(unittest.TestCase):
    def told(self, board, text):
        receiver = wire.Receiver()
        receiver.feed(board.say("memprof.start(100)"))
        receiver.feed(board.run_text(text))
        receiver.feed(board.say("x = memprof.snapshot()"), last=True)
        self.assertEqual(receiver.lost, 0)
        return receiver

    def test_collections_failures_and_marks_in_their_order(self):
        for name in BUILDS:
            with self.subTest(name), AgentBoard(name) as board:
                receiver = self.told(board, "memprof.mark('before')\ngc.collect()\nmemprof.mark('between')\n"
                                            "try: bytearray(1 << 30)\nexcept MemoryError: memprof.mark('after')")
                events = receiver.events
                at = [event.get("label") for event in events].index("between")
                self.assertEqual([event["what"] for event in events[at - 3:at + 5]],
                                 ["mark", "gc began", "gc ended", "mark", "gc began", "gc ended", "failed", "mark"])
                self.assertEqual(events[at + 3]["bytes"], 1 << 30)
                self.assertEqual(events[at + 3]["pool"], 0)
                self.assertLess(0, events[at - 1]["duration_us"])
                self.assertLess(events[at - 1]["duration_us"], 60000000)     # of the host's clock
                times = [event["at_ms"] for event in events]
                self.assertEqual(times, sorted(times))
                self.assertEqual(receiver.snapshots[-1].n_collections, 2)

    def test_a_failure_of_more_than_32_bits(self):
        with AgentBoard("unix-agent") as board:
            board.say("memprof.start(0)")
            heard = board.run_text("try:\n bytearray(1 << 40)\nexcept MemoryError:\n memprof.mark('x')")
            failed = [event for event in wire.receive(heard).events if event["what"] == "failed"]
            self.assertEqual([event["bytes"] >> 40 for event in failed], [1])

    def test_a_threshold(self):
        for name in ("qemu-agent", "unix-agent"):
            with self.subTest(name), AgentBoard(name) as board:
                receiver = self.told(board, "gc.collect()\ngc.threshold(8000)\n"
                                            "for i in range(100): bytearray(500)\ngc.threshold(-1)")
                what = [event["what"] for event in receiver.events]
                self.assertGreaterEqual(what.count("threshold"), 3)
                self.assertEqual(what.count("gc began"), 1)

    def test_what_does_not_fit_is_counted(self):
        with AgentBoard("qemu-agent") as board:
            receiver = self.told(board, "[gc.collect() for i in range(40)]")
            ended = sum(event["what"] == "gc ended" for event in receiver.events)
            began = sum(event["what"] == "gc began" for event in receiver.events)
            lost = sum(event["count"] for event in receiver.events if event["what"] == "events lost")
            self.assertEqual(began + ended + lost, 80)
            self.assertGreater(lost, 0)
            self.assertEqual(receiver.snapshots[-1].n_collections, 40)

    def test_a_soft_reset_is_told_and_ends_it(self):
        for name in ("qemu-agent", "rp2-agent"):
            with self.subTest(name), AgentBoard(name) as board:
                receiver = wire.Receiver()
                receiver.feed(board.say("memprof.start(50)"))
                at = board.mark()
                board.press(b"\x04")
                board.wait(b">>> ", at)
                board.say("6 * 7")
                receiver.feed(bytes(board.heard[at:]), last=True)
                self.assertEqual([event["what"] for event in receiver.events], ["soft reset"])
                self.assertIn(b"soft reboot", receiver.text)
                n_frames = receiver.n_frames
                heard = board.say("import memprof; memprof.stats()['running']")
                self.assertIn(b"False", heard)
                self.assertEqual(wire.receive(heard).n_frames, 0)
                self.assertGreater(wire.receive(board.say("memprof.start(50)")).n_frames, 0)
                self.assertGreater(n_frames, 1)


# It prints a line now and then, of all bytes that a console may see but zero.
PROGRAM = """\
line = bytes(range(32, 127)).decode()
def program(n_snapshots, pause):
 l, d, i = [], {}, 0
 while i % 20 or memprof.stats()['snapshots'] < n_snapshots:
  l.append(bytearray(i % 90))
  d[i % 30] = str(i)
  if len(l) > 50: l.clear()
  pause()
  if i % 20 == 0: print('<%d %s>' % (i, line))
  i += 1
"""
PAUSES = {"qemu-agent": "lambda: [None for i in range(300)] and None", "rp2-agent": "lambda: time.sleep_ms(5)",
          "unix-agent": "lambda: time.sleep_ms(1)", "unix-agent-split": "lambda: time.sleep_ms(1)"}


class Running(unittest.TestCase):
    def stream(self, board, name, n, period_ms, seconds=300):
        if name != "qemu-agent":
            board.say("import time")
        board.run_text(PROGRAM)
        heard = board.say("memprof.start(%d); program(%d, %s); memprof.stop()" % (period_ms, n, PAUSES[name]), seconds)
        receiver = wire.receive(heard)
        stats = board.say("memprof.stats()")
        lines = re.findall(rb"\n<(\d+) (.*)>\r?(?=\n)", receiver.text)
        self.assertEqual(receiver.lost, 0)
        self.assertEqual(receiver.abandoned, 0)
        # One row of 65536 that change keeps its hash; then the host shows nothing until that row's turn comes.
        self.assertLessEqual(receiver.unshown, 2 * 16)
        self.assertGreaterEqual(len(receiver.snapshots) + receiver.unshown, n)
        self.assertGreater(len(lines), 10)
        self.assertIn(b"'abandoned': 0", stats)
        self.assertIn(b"'snapshots': %d," % (len(receiver.snapshots) + receiver.unshown), stats.replace(b"}", b","))
        # The console's text is what it is without an agent: each line whole, none missing.
        self.assertEqual([int(i) for i, _ in lines], list(range(0, 20 * len(lines), 20)))
        self.assertEqual({text for _, text in lines}, {bytes(range(32, 127))})
        return receiver

    def test_a_program_goes_on_while_snapshots_stream(self):
        for name in BUILDS:
            with self.subTest(name), AgentBoard(name) as board:
                period_ms = 100 if name == "rp2-agent" else 20
                receiver = self.stream(board, name, 30, period_ms)
                self.assertTrue(receiver.snapshots[0].key)
                deltas = [s for s in receiver.snapshots if not s.key]
                self.assertGreaterEqual(len(deltas), len(receiver.snapshots) - 2)
                # One that comes late may be followed by one in time; never more of them than there are periods.
                took_ms = receiver.snapshots[-1].at_ms - receiver.snapshots[0].at_ms
                self.assertGreaterEqual(took_ms, (len(receiver.snapshots) - 1) * period_ms // 2)

    def test_1000_snapshots_without_a_loss(self):
        for name in ("qemu-agent", "rp2-agent", "unix-agent"):
            with self.subTest(name), AgentBoard(name, *["--fast"] if name == "rp2-agent" else []) as board:
                self.stream(board, name, 1000, 10)

    def test_a_host_that_does_not_read_stops_nothing(self):
        with AgentBoard("rp2-agent") as board:
            board.say("import time")
            board.run_text("def until_abandoned():\n turns = 0\n while memprof.stats()['abandoned'] < 3: turns += 1\n"
                           " n = memprof.stats()['snapshots']\n while memprof.stats()['snapshots'] == n: pass\n return turns\n")
            at = board.mark()
            board.press(b"memprof.start(20); print('go'); turns = until_abandoned(); memprof.stop(); print('en' 'ded')\r")
            board.wait(b"go\r\n", at)
            for _ in range(100):        # until it was deaf for as long as that takes
                os.kill(board.process.pid, signal.SIGUSR2)
                time.sleep(1)
                os.kill(board.process.pid, signal.SIGUSR2)
                time.sleep(1)
                if b"ended" in bytes(board.heard[at:]):
                    break
            board.wait(b"ended", at)
            turns = int(re.search(rb"turns (\d+)", board.say("print('turns', turns)"))[1])
            self.assertGreater(turns, 3)        # it went on between them
            receiver = wire.Receiver()
            try:
                receiver.feed(bytes(board.heard[at:]), last=True)
            except wire.WireError:
                self.fail("a snapshot that was given up half-way is no error")
            self.assertTrue(receiver.snapshots[0].key)

    def test_a_slow_line_is_told(self):
        """A UART takes what it is given, at its own speed, and the program stands still meanwhile."""
        with killed(subprocess.Popen(FIRMWARE.command("qemu-agent"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)) as qemu:
            fcntl.fcntl(qemu.stdout, fcntl.F_SETPIPE_SZ, 4096)
            qemu.stdin.write(b"x = [[i] * (i % 7) for i in range(1500)]\rdel x[::3]\rimport memprof\r"
                             b"[memprof.snapshot() for i in range(6)]\rprint('do' 'ne')\r")
            qemu.stdin.flush()
            heard, end = b"", time.monotonic() + 60
            while b"done\r\n" not in heard and time.monotonic() < end:
                heard += read_some(qemu.stdout.fileno(), 32, end)
                time.sleep(0.004)
        snapshots = wire.receive(heard).snapshots
        self.assertEqual(len(snapshots), 6)
        self.assertLess(sum(s.pause_us for s in snapshots), sum(s.wait_us for s in snapshots))
        self.assertGreater(max(s.wait_us for s in snapshots), 100000)
        with tempfile.NamedTemporaryFile() as saved:
            saved.write(heard)
            saved.flush()
            self.assertRegex(memprof("report", saved.name).stdout, r"pauses the board for at most \d{3}[^,]*, \d{3}\S* ms of it\s+waiting")
            agent = json.loads(memprof("report", "--json", saved.name).stdout)["agent"]
        self.assertEqual(agent["longest_stop_us"], max(s.pause_us + s.wait_us for s in snapshots))
        self.assertEqual(agent["longest_pause_us"], max(s.pause_us for s in snapshots))

    def test_a_slow_line_gets_a_snapshot_in_parts(self):
        """On a UART the snapshots of a period are sent a frame or so at a time. The line is a pipe that takes what is
        written at once, whenever the write before has been read: QEMU's of a byte, unix' of a frame."""
        lines = b"x = [[i] * (i % 7) for i in range(700)]", b"import memprof", b"any(memprof.snapshot() for i in range(5000))", b"memprof.start(500)", \
            b"while True: x[0] = [0] * 50"
        for name, arguments, typed, seconds in (
                ("qemu-agent", [], b"\r".join(lines) + b"\r\r", 0.0001),
                ("unix-agent-split", ["-c", b"\n".join(lines)], b"", 0.008)):
            with self.subTest(name):
                ours, theirs = os.pipe2(os.O_DIRECT)
                fcntl.fcntl(ours, fcntl.F_SETPIPE_SZ, 4096)
                with killed(subprocess.Popen(FIRMWARE.command(name) + arguments, stdin=subprocess.PIPE, stdout=theirs)) as board:
                    os.close(theirs)
                    board.stdin.write(typed)
                    board.stdin.flush()
                    receiver = wire.Receiver()
                    # On a busy computer some of them wait for long.
                    while len(receiver.snapshots) < 4 or (len(receiver.snapshots) < 16 and not self.stops_briefly(receiver)):
                        receiver.feed(read_some(ours, 4096, time.monotonic() + 30))
                        time.sleep(seconds)
                os.close(ours)
                whole, *parts = receiver.snapshots
                self.assertIsNone(whole.stops)
                self.assertGreaterEqual(len(parts), 2)
                self.assertTrue(all(s.flags & wire.ROLLING for s in parts))
                self.assertGreater(min(s.stops[0] for s in parts), 3, [(s.n_bytes, s.stops) for s in parts])
                self.assertTrue(self.stops_briefly(receiver), [(s.pause_us, s.wait_us, s.stops) for s in receiver.snapshots])

    @staticmethod
    def stops_briefly(receiver):
        whole, *parts = receiver.snapshots
        return min(s.stops[1] for s in parts) < (whole.pause_us + whole.wait_us) / 4

    def test_a_stream_of_its_own(self):
        with tempfile.TemporaryDirectory() as folder, AgentBoard("unix-agent") as board:
            path = os.path.join(folder, "frames")
            heard = board.run_text("f = open(%r, 'wb')\nmemprof.start(0, f)\nmemprof.snapshot()\nmemprof.mark('here')\n"
                                   "memprof.stop()\nf.close()" % path)
            self.assertEqual(wire.receive(heard).n_frames, 0)
            with open(path, "rb") as file:
                receiver = wire.receive(file.read())
            self.assertEqual(receiver.text, b"")
            self.assertEqual((len(receiver.snapshots), receiver.events[0]["label"]), (1, "here"))
            self.assertIn(b"TypeError", board.run_text("import io\nclass S(io.IOBase):\n def write(self, b): pass\n"
                                                       "memprof.start(0, S())"))

    def test_a_start_while_it_runs_tells_of_nothing(self):
        with tempfile.TemporaryDirectory() as folder, AgentBoard("unix-agent") as board:
            paths = [os.path.join(folder, name) for name in ("one", "two")]
            board.run_text("for p in %r:\n f = open(p, 'wb')\n memprof.start(0, f)\n memprof.snapshot()\n f.flush()" % (paths,))
            sessions = []
            for path in paths:
                with open(path, "rb") as file:
                    receiver = wire.receive(file.read())
                self.assertEqual((len(receiver.snapshots), receiver.events), (1, []))
                sessions.append(receiver.session)
            self.assertNotEqual(*sessions)

    def test_ctrl_c_in_a_write_is_the_programs(self):
        with tempfile.TemporaryDirectory() as folder, AgentBoard("unix-agent") as board:
            path = os.path.join(folder, "full")
            os.mkfifo(path)     # without a reader: once it is full, a write blocks
            at = board.mark()
            board.press(b"exec(%r)\r" % ("f = open(%r, 'r+b')\nmemprof.start(0, f)\nwhile True: memprof.snapshot()" % path))
            wait_for(lambda: syscall(board.process) == 1, "a write that blocks")
            board.press(b"\x03")
            self.assertIn(b"KeyboardInterrupt", board.wait(b">>> ", at))
            self.assertRegex(board.say("memprof.stats()['abandoned']"), rb"\n1\r?\n")
            path = os.path.join(folder, "file")
            heard = board.run_text("g = open(%r, 'wb')\nmemprof.start(0, g)\nprint(memprof.snapshot())" % path)
            self.assertRegex(heard, rb"True\r?\n")

    def test_not_where_the_heap_is_locked(self):
        for name in ("qemu-agent", "unix-agent"):
            with self.subTest(name), AgentBoard(name) as board:
                board.say("memprof.start(0)")
                heard = board.say("micropython.heap_lock(); x = memprof.snapshot(); micropython.heap_unlock(); print(x)")
                self.assertEqual(wire.receive(heard).n_frames, 0)
                self.assertRegex(heard, rb"False\r?\n")


# Another pool is used as the heap is; pictures that find no room are given up.
POOLS = ("qemu-agent-pools", "unix-agent-pools", "rp2-agent-pools")
TRACKED = {"qemu-agent-pools": [], "unix-agent-pools": [], "rp2-agent-pools": [8]}    # of those builds only one has it
PICTURES = """\
import mppools
def pictures(n_snapshots, pause):
 kept, held, i = [], [], 0
 while memprof.stats()['snapshots'] < n_snapshots:
  kept.append(bytearray(i * 7 % 90))
  if len(kept) > 50: kept.clear()
  at = mppools.alloc(i * 37 % 3000 + 1)
  if at: held.append(at)
  if not at or len(held) > 8 + i % 20: mppools.free(held.pop(i % len(held)))
  mppools.use(2, i % 64 * 512)
  mppools.use(3, i % 8192)
  if i % 200 == 0:
   gc.collect()
   mppools.alloc(1 << 20)
  if i == 100: mppools.add_area()
  pause()
  i += 1
 return i
"""
N_AREAS = {"qemu-agent-pools": 2, "unix-agent-pools": 4, "rp2-agent-pools": 1}


class Pools(unittest.TestCase):
    def stream(self, board, name, n, period_ms):
        pause = PAUSES[name.replace("-pools", "")]
        if name != "qemu-agent-pools":
            board.say("import time")
        board.run_text(PICTURES)
        heard = board.say("memprof.start(%d); pictures(%d, %s); memprof.snapshot(); memprof.stop(); mppools.t(); memprof.stats()" %
                          (period_ms, n, pause), 300)
        return heard, wire.receive(heard)

    def test_no_snapshot_is_lost_beside_pools_with_tables(self):
        for name in POOLS:
            with self.subTest(name), AgentBoard(name, *["--fast"] if name.startswith("rp2") else []) as board:
                n = 100 if name.startswith("rp2") else 1000   # rp2040js takes a core for it
                heard, receiver = self.stream(board, name, n, 20)
                of_heap = [s for s in receiver.snapshots if s.pool == 0]
                self.assertEqual((receiver.lost, receiver.abandoned), (0, 0))
                self.assertLessEqual(receiver.unshown, 2 * 16)
                self.assertRegex(heard, b"'snapshots': %d\\b" % (len(of_heap) + receiver.unshown))
                self.assertGreaterEqual(len(of_heap), n - 2 * 16)
                self.assertEqual(len(of_heap[-1].areas), N_AREAS[name])
                self.assertEqual([(pool["name"], pool["kind"]) for i, pool in sorted(receiver.pools.items())][:3],
                                 [("pictures", 1), ("/ram", 6), ("frame buffer", 7)])
                self.assertEqual([pool["kind"] for i, pool in receiver.pools.items() if i > 3], TRACKED[name])
                self.assertGreater(sum(s.pool == 1 for s in receiver.snapshots), n // 4 - 10)
                failed = [event for event in receiver.events if event["what"] == "failed"]
                self.assertEqual({event["pool"] for event in failed}, {1})
                self.figures(heard, receiver)

    def figures(self, heard, receiver):
        """What was told of each pool last is what the board has."""
        truth = truths(heard.decode("latin-1"))[-1]
        used = [n for n, is_used in truth["blocks"] if is_used]
        free = [n for n, is_used in truth["blocks"] if not is_used]
        told = receiver.stats[1]
        self.assertNotIn("damaged", told)
        self.assertEqual(receiver.pools[1]["address"], truth["address"])
        self.assertEqual({what: told[what] for what in ("total", "used", "free", "largest_free", "used_blocks", "free_blocks")},
                         {"total": truth["bytes"], "used": sum(used), "free": sum(free), "largest_free": max(free),
                          "used_blocks": len(used), "free_blocks": len(free)})
        self.assertEqual((receiver.stats[2]["total"], receiver.stats[3]["total"]), (64 * 512, 8192))
        table = [s for s in receiver.snapshots if s.pool == 1][-1]
        self.assertEqual((table.areas[0].address, len(table.areas[0].codes)), (truth["address"], truth["bytes"] // 64))

    def test_a_table_is_that_of_the_pool(self):
        for name in POOLS:
            with self.subTest(name), AgentBoard(name) as board:
                board.run_text("import mppools\nheld = [mppools.alloc(i * 37 % 900 + 1) for i in range(40)]\n"
                               "[mppools.free(at) for at in held[::3] if at]")
                heard = board.say("memprof.snapshot(); mppools.t()")
                receiver, truth = wire.receive(heard), truths(heard.decode("latin-1"))[-1]
                table, = [s for s in receiver.snapshots if s.pool == 1]
                owner = []      # of each byte: a number, negative if it is free
                for i, (n, is_used) in enumerate(truth["blocks"], 1):
                    owner += [i if is_used else -i] * (n + truth["word_bytes"])
                owner = owner[:truth["bytes"]] + [0] * truth["word_bytes"]
                codes = table.areas[0].codes
                starts = [owner[at] for at in range(0, 64 * len(codes), 64)]
                self.assertEqual(codes, [wire.FREE if who < 0 else wire.TAIL if who == before else wire.HEAD
                                         for before, who in zip([None] + starts, starts)])

    def test_memprof_shows_them_all(self):
        for name in POOLS[:2]:
            with self.subTest(name), AgentBoard(name) as board, tempfile.NamedTemporaryFile() as saved:
                heard, receiver = self.stream(board, name, 60, 20)
                saved.write(heard)
                saved.flush()
                p = memprof("report", "--json", saved.name)
                self.assertEqual(p.returncode, 0, p.stderr)
                document = json.loads(p.stdout)
                of_heap = [dump for dump in document["dumps"] if dump["complete"]]
                self.assertGreaterEqual(len(of_heap), 60 - receiver.unshown)
                last = of_heap[-1]
                self.assertEqual(len(gc_pool(last)["areas"]), N_AREAS[name])
                self.assertLessEqual({"pictures", "/ram", "frame buffer"}, {pool["name"] for pool in last["pools"]})


# Counts what it reads, and does something beside; rp2 is told by select that there is something.
READER = """\
def reader(n, pause, poll):
 got, kept = [], []
 while len(got) < n:
  kept.append(bytearray(50))
  if len(kept) > 50: kept.clear()
  pause()
  if not poll or poll.poll(0): got.append(sys.stdin.read(1))
 return ''.join(got)
def stdin():
 import select
 p = select.poll()
 p.register(sys.stdin, select.POLLIN)
 return p
"""


class Requests(unittest.TestCase):
    """Requests come where the REPL's input comes, and are no input."""

    BUILDS = ("qemu-agent", "rp2-agent-pools", "unix-agent-pools")

    def start(self, name, period_ms):
        """The board, whose program runs and reads no input."""
        board = AgentBoard(name)
        pause = PAUSES[name.replace("-pools", "")]
        if name != "qemu-agent":
            board.say("import time")
        at = board.mark()
        board.press(b"memprof.start(%d); pause = %s; exec('while True: pause()')\r" % (period_ms, pause.encode()))
        board.await_snapshots(at, 3)    # the first HELLO is long gone then
        board.plug()
        return board

    def test_who_attaches_late_knows_the_board_and_sets_its_period(self):
        for name in self.BUILDS:
            with self.subTest(name), self.start(name, 300) as board:
                p = memprof("attach", "--json", "--interval", "0.05", "--count", "40", board.path)
                self.assertEqual((p.returncode, p.stderr.count("--interval")), (0, 0), p.stderr)
                documents = [json.loads(line) for line in p.stdout.splitlines()]
                self.assertEqual(documents[-1]["agent"]["period_ms"], 50)
                self.assertRegex(documents[1]["agent"]["firmware"], "^MicroPython ")
                self.assertEqual(documents[-1]["agent"]["lost_frames"], 0)
                if name != "qemu-agent":     # QEMU's board does not hear a Ctrl-C while a program runs
                    at = board.mark()
                    board.press(b"\x03")
                    board.wait(b"KeyboardInterrupt", at)
                    board.wait(b">>> ", at)
                    board.press(b"6 * 7\r")
                    board.wait(b"\n42", at)

    def requests_at_the_prompt(self, board):
        board.say("memprof.start(0)")
        at = board.mark()
        for i in range(40):
            board.press(wire.request(wire.SET_PERIOD, 9, i, bytes([i])) + b"1")
            board.press(wire.request(wire.ASK_HELLO, 9, i) + b"+")
        board.press(b"0\r")
        board.wait(b"\n40", at)
        heard = wire.split(bytes(board.heard[at:]))
        self.assertGreater(sum(frame.type == wire.HELLO for frame in heard[0]), 30)
        self.assertIn(b"1+" * 40 + b"0", heard[1])

    def requests_to_a_reader(self, board, name):
        poll = "None" if name == "qemu-agent" else "stdin()"
        at = board.mark()
        board.press(b"memprof.start(50); reader(60, %s, %s)\r" % (PAUSES[name.replace("-pools", "")].encode(), poll.encode()))
        board.await_snapshots(at)
        text = bytes(65 + i % 26 for i in range(60))
        for i in range(60):
            board.press(wire.request(wire.SET_PERIOD, 9, i, bytes([i + 1])) + text[i:i + 1])
            at_any_moment(0.01)
        board.wait(b"'" + text + b"'", at, 180)
        board.wait(b">>> ", at)
        board.say("memprof.stop()")
        self.assertIn(b"42", board.say("6 * 7"))

    def test_nothing_of_them_is_input(self):
        """At the prompt, within a line, and to programs that read; Ctrl-C and LF would be in many of them. A frame that
        stops for 80 ms is taken for input, and a busy computer may stop a board for as long, but not each time."""
        for name in self.BUILDS:
            with self.subTest(name):
                for i in range(3):
                    try:
                        with AgentBoard(name) as board:
                            board.say("import sys")
                            if name != "qemu-agent":
                                board.say("import time")
                            board.run_text(READER)
                            self.requests_at_the_prompt(board)
                            self.requests_to_a_reader(board, name)
                        break
                    except AssertionError:
                        if i == 2:
                            raise

    def test_they_do_not_wake_who_waits_for_input(self):
        """Several in one write, and no input beside them: poll() finds none, and a read would wait for ever."""
        for name in self.BUILDS[1:]:
            with self.subTest(name), AgentBoard(name) as board:
                board.say("import sys, time")
                board.run_text("""\
def waiter(p):
 got, n = [], 0
 while len(got) < 3:
  n += 1
  if p.poll(5): got.append(sys.stdin.read(1))
 return ''.join(got), n
def stdin():
 import select
 p = select.poll()
 p.register(sys.stdin, select.POLLIN)
 return p
""")
                at = board.mark()
                board.press(b"memprof.start(100); waiter(stdin())\r")
                board.await_snapshots(at)
                for i in range(0, 60, 3):
                    board.press(b"".join(wire.request(wire.SET_PERIOD, 9, i + k, bytes([50 + k])) for k in range(3)))
                    at_any_moment(0.05)
                # So many that there were turns between them, also on a Pico that is emulated slowly.
                board.await_snapshots(at, 24)
                board.press(b"a" + wire.request(wire.ASK_HELLO, 9, 99) + b"bc")
                board.wait(b"('abc', ", at)
                n_turns = int(re.search(rb"\('abc', (\d+)\)", board.wait(b")", at))[1])
                self.assertGreater(n_turns, 20)

    def test_memory_is_read_beside_the_program(self):
        """Of the heap; what is outside of it and of MicroPython's state is not read."""
        def read(board, i, address, n_bytes):
            at = board.mark()
            payload = b"".join(wire.varint(value) for value in (address, n_bytes))
            board.press(wire.request(wire.READ, 9, i, payload))
            answer = wait_for(lambda: next((f for f in wire.split(bytes(board.heard[at:]))[0] if f.type == wire.MEMORY), None), "an answer")
            fields = wire.Fields(answer.payload)
            self.assertEqual(fields.varint(), address)
            return fields.rest()
        for name in self.BUILDS:
            with self.subTest(name), AgentBoard(name) as board:
                text = b"read me beside the program %d" % os.getpid()
                heard = board.say("x = bytes(%r); print('at', id(x))" % text)
                if name != "qemu-agent":
                    board.say("import time")
                address = int(re.search(rb"at (\d+)", heard)[1])
                at = board.mark()
                board.press(b"memprof.start(300); pause = %s; exec('while True: pause()')\r" %
                            PAUSES[name.replace("-pools", "")].encode())
                board.await_snapshots(at)
                words = "<4Q" if name.startswith("unix") else "<4I"
                kind, _, n, data = struct.unpack(words, read(board, 1, address, struct.calcsize(words)))
                self.assertEqual(n, len(text))
                self.assertEqual(read(board, 2, data, n), text)
                self.assertEqual(read(board, 3, 0x40000000, 16), b"")
                self.assertEqual(read(board, 4, kind, 4), b"")      # in flash, or in the code

    def test_lost_rows_come_again(self):
        """A frame that gets lost costs the snapshot that it belongs to, and perhaps the next one; without requests 6 to 12."""
        for name in self.BUILDS:
            with self.subTest(name), self.start(name, 100) as board:
                lost, held = [], bytearray()

                def lose(data):     # the 8th, 16th and 24th ROWS
                    held.extend(data)
                    out = bytearray()
                    while (end := held.find(b"\0", 1)) > 0 and held[0] == 0:
                        frame = bytes(held[:end + 1])
                        del held[:end + 1]
                        is_rows = [(f.type, f.payload[0]) for f in wire.split(frame)[0]] == [(wire.ROWS, 0)]
                        lost.append(is_rows)
                        if not is_rows or sum(lost) % 8 or sum(lost) > 24:
                            out += frame
                    if held and held[0]:
                        out += held
                        held.clear()
                    return bytes(out)
                board.filter = lose
                p = memprof("attach", "--json", "--count", "30", board.path)
                self.assertEqual(p.returncode, 0, p.stderr)
                documents = [json.loads(line) for line in p.stdout.splitlines()]
                first, last = documents[0]["agent"], documents[-1]["agent"]
                self.assertGreater(sum(lost), 24)
                self.assertEqual(last["lost_frames"], 3)
                # The first snapshot may have more than 8 ROWS: then some frames are of a table that is not known yet.
                self.assertLessEqual(first["lost_snapshots"], 4 * max(first["lost_frames"], 1))
                self.assertLessEqual(last["lost_snapshots"] - first["lost_snapshots"], 2 * (3 - first["lost_frames"]))


class Memprof(unittest.TestCase):
    """The other end is memprof itself."""

    def test_snap_takes_the_agents_table(self):
        for name in BUILDS:
            with self.subTest(name):
                p = memprof("snap", "--json", FIRMWARE.exec_uri(name), seconds=120)
                self.assertEqual(p.returncode, 0, p.stderr)
                self.assertIn("memprof module answers", p.stderr)
                pool = gc_pool(json.loads(p.stdout)["dumps"][0])
                self.assertEqual(pool["block_bytes"], 32 if name in UNIX else 16)
                self.assertEqual(len(pool["areas"]), 4 if name.endswith("split") else 1)
                self.assertEqual(pool["used"] + pool["free"] + pool["unknown"], pool["total"])
                self.assertEqual(pool["unknown"], 0)

    def test_the_agent_is_left_as_it_was_found(self):
        """One that memprof's own snapshot starts is stopped, so that the next session hears its HELLO and its pools, and a
        terminal no frames."""
        with AgentBoard("qemu-agent-pools") as board:
            def running():
                return re.search(rb"(True|False)\r\n", board.say("memprof.stats()['running']"))[1]

            for command in (["snap"], ["attach", "--count", "2", "--plain"], ["snap"]):
                with self.subTest(command):
                    board.plug()
                    p = memprof(*command, board.path)
                    self.assertEqual(p.returncode, 0, p.stderr)
                    self.assertIn("frame buf", p.stdout)
                    board.unplug()
                    self.assertEqual(running(), b"False")
            board.say("memprof.start(60000)")
            board.plug()
            p = memprof("snap", "--json", board.path)
            self.assertEqual(p.returncode, 0, p.stderr)
            board.unplug()
            self.assertEqual(running(), b"True")

    def test_the_recipe_of_the_documents_loses_no_frames(self):
        """The command of docs/ci.md on QEMU, and the plainer one with -serial stdio; QEMU turns OPOST of its terminal on."""
        with open(os.path.join(HERE, "..", "..", "docs", "ci.md"), encoding="utf-8") as file:
            recipe = re.search(r"'(exec:qemu-system-arm [^']*)'", file.read())[1].replace(
                "mps2.elf", FIRMWARE.file("qemu-agent.elf"))
        chardev = "-chardev stdio,id=c,signal=off -serial chardev:c"
        self.assertIn(chardev, recipe)
        for uri in (recipe, recipe.replace(chardev, "-serial stdio")):
            for i in range(3):
                with self.subTest(uri=uri, i=i), Script("keep = [bytearray(50) for i in range(300)]\n") as script:
                    p = memprof("run", "--json", script, uri)
                    self.assertEqual(p.returncode, 0, p.stderr)
                    self.assertIn("memprof module answers", p.stderr)
                    agent = json.loads(p.stdout)["agent"]
                    self.assertEqual(agent["lost_frames"], 0)  # of snapshots, a board gives up some if memprof is slow to read
                    self.assertGreater(agent["snapshots"], 1)
        with Script("while True:\n    pass\n") as script:
            p = memprof("run", "--json", "--timeout", "2", script, recipe)
            self.assertEqual((p.returncode, json.loads(p.stdout)["run"]["outcome"]), (4, "stopped"), p.stderr)

    def test_a_terminal_that_changes_frames_is_told(self):
        with FIRMWARE.board("unix-agent") as board:
            board.type("import memprof, time")
            board.filter = lambda data: data.replace(b"\n", b"\r\n")
            board.press(b"memprof.start(20); exec('while True: time.sleep_ms(1)')\r")
            with killed(rig.start("attach", "--plain", board.path)) as attach:
                rig.read_errors_until(attach, "warning: frames of its agent are lost: a terminal on the way puts a CR before each LF")

    def test_a_period_that_cannot_be_changed_is_told(self):
        """The agent greets with every 16th snapshot; before, nothing is known of its period."""
        with AgentBoard("unix-agent") as board:
            board.say("import time")
            at = board.mark()
            board.press(b"memprof.start(100); exec('while True: time.sleep_ms(1)')\r")
            board.await_snapshots(at)
            board.plug()
            p = memprof("attach", "--plain", "--interval", "0.05", "--count", "20", board.path)
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertEqual(p.stderr.count("--interval has no effect"), 1, p.stderr)
            self.assertRegex(p.stderr, r"every 100 ms; memprof\.start\(50\) there")
            p = memprof("attach", "--plain", "--interval", "0", "--count", "20", board.path)
            self.assertRegex(p.stderr, r"every 100 ms; memprof\.start\(1\) there")     # start(0) asks for none
            p = memprof("attach", "--plain", "--interval", "0.1", "--count", "20", board.path)
            self.assertNotIn("--interval", p.stderr)

    def test_a_program_that_talks_by_itself_is_only_listened_to(self):
        with Script("import memprof, time\nmemprof.start(100)\nfor i in range(100):\n  time.sleep_ms(20)\n"
                    "  [None for i in range(2000)]\n") as script:
            p = memprof("snap", "--json", FIRMWARE.exec_uri("unix-agent", script))
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertEqual(len(gc_pool(json.loads(p.stdout)["dumps"][0])["areas"]), 1)


class Vectors(unittest.TestCase):
    """wire.py against the test vectors, so that it is what PROTOCOL.md says."""

    def steps(self):
        with open(VECTORS) as file:
            for line in file:
                word, _, rest = line.strip().partition(" ")
                if word and not word.startswith("#"):
                    yield word, rest

    @staticmethod
    def blocks(tokens):
        out = ""
        for token in tokens.split():
            count = re.match(r"(\d+)(.)$", token)
            out += count.group(2) * int(count.group(1)) if count else token
        return out

    def test_each_vector_is_read_as_what_it_describes(self):
        n_snapshots = 0
        for word, rest in self.steps():
            if word == "bad":
                break
            if word == "vector":
                receiver, areas, expected, name = wire.Receiver(), [], None, rest
                refused = False
            elif word == "area":
                areas.append("")
            elif word == "unarea":
                areas.pop()
            elif word == "blocks":
                areas[-1] += self.blocks(rest)
                areas[-1] += "." * (-len(areas[-1]) % 4)
            elif word == "set":
                i_area, block, tokens = rest.split(" ", 2)
                more, old = self.blocks(tokens), areas[int(i_area)]
                areas[int(i_area)] = old[:int(block)] + more + old[int(block) + len(more):]
            elif word == "abandon":
                refused = True
            elif word in ("snapshot", "key"):
                expected = None if refused else list(areas)
                refused = False
                n_before = len(receiver.snapshots)
            elif word == "frame":
                receiver.feed(bytes.fromhex(rest))
                if expected is not None and len(receiver.snapshots) > n_before:
                    with self.subTest(name):
                        self.assertEqual([area.letters() for area in receiver.snapshots[-1].areas], expected)
                    expected = None
                    n_snapshots += 1
        self.assertGreater(n_snapshots, 10)

    def test_what_is_no_frame_is_text(self):
        bad, splitter = None, None
        for word, rest in self.steps():
            if word == "bad":
                bad, splitter = rest, wire.Splitter()
            elif bad and word == "bytes":
                items = splitter.feed(bytes.fromhex(rest), last=True)
                text = b"".join(item.bytes for item in items if isinstance(item, wire.Text))
                n_frames = sum(isinstance(item, wire.Frame) and (item.session, item.sequence) != (7, 0) for item in items)
            elif bad and word == "text":
                with self.subTest(bad):
                    self.assertEqual(text, bytes.fromhex(rest) if rest != "-" else b"")
            elif bad and word == "frames":
                with self.subTest(bad):
                    self.assertEqual(n_frames, int(rest))
        self.assertIsNotNone(bad)


if __name__ == "__main__":
    rig.main(emulated=True)
