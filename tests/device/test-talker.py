#!/usr/bin/python3
"""The live session and boards whose agent behaves oddly: one that greets late, is reset, speaks another version, waits to be
asked. The boards are made up here and speak over a socket, in virtual time, so that each oddity comes at the same frame every time.

usage: test-talker.py MEMPROF [TEST...]
"""
import datetime
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import traceback
import unittest

import virtual
import wire
from repl import FakeRepl
from virtual import Listener, clock
from wire import varint

MEMPROF = os.path.abspath(sys.argv.pop(1))
BASE, N_BLOCKS = 0x20001000, 256
TAKES_REQUESTS = wire.ABILITIES["kinds"] | wire.ABILITIES["deltas"] | wire.ABILITIES["takes requests"]
READS = wire.ABILITIES["reads"]


def length(n):
    """Nibbles of a run of n."""
    n -= 1
    out = []
    while True:
        out.append(n & 7 | (8 if n > 7 else 0))
        n >>= 3
        if not n:
            return out


class Agent:
    """Frames of one session: key snapshots of a heap of N_BLOCKS, the first n_used of them one-block objects."""

    def __init__(self, session=7, abilities=TAKES_REQUESTS, period_ms=100, major=1):
        self.session, self.abilities, self.period_ms, self.major = session, abilities, period_ms, major
        self.sequence = self.number = 0

    def frame(self, type, payload=b""):
        self.sequence += 1
        return wire.encode(type, self.session, self.sequence - 1 & 0xffff, payload)

    def hello(self):
        firmware = b"MicroPython v1.27.0"
        return self.frame(wire.HELLO, bytes([self.major, 0, 1, 0, 0, 4]) + varint(16) + varint(self.abilities) +
                          varint(self.period_ms) + bytes([1, len(firmware)]) + firmware)

    def snapshot(self, n_used, at_ms=0, flags=wire.KEY | wire.KINDS):
        head = bytes([0, self.number & 0xff])
        self.number += 1
        codes = [wire.HEAD] * n_used + [wire.FREE] * (N_BLOCKS - n_used)
        nibbles = [2] * n_used + ([0] + length(N_BLOCKS - n_used) if n_used < N_BLOCKS else [])
        nibbles += [15] * (len(nibbles) % 2)
        tokens = bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2]))
        crcs = b"".join(struct.pack("<I", wire.row_crc(codes[i:i + 64])) for i in range(0, N_BLOCKS, 64))
        digest = wire.crc32(struct.pack("<QI", BASE, N_BLOCKS) + crcs)
        return (self.frame(wire.BEGIN, head + varint(0) + bytes([flags]) + varint(at_ms) + varint(16) +
                           varint(1) + varint(0) + varint(0)) +
                self.frame(wire.AREA, head + varint(1) + varint(0) + b"\2" + varint(BASE) + varint(N_BLOCKS)) +
                self.frame(wire.ROWS, head + varint(2) + varint(0) + varint(0) + tokens) +
                self.frame(wire.END, head + varint(3) + struct.pack("<I", digest) + varint(5) + varint(0) * 3))

    def event(self, what, fields=b"", at_ms=0):
        return self.frame(wire.EVENT, bytes([what]) + varint(at_ms) + fields)


class Board:
    """A peer at the other end of a socket. play(board) sends; requests is what it received."""

    def __init__(self, play):
        self.play, self.requests, self.sent, self.fault = play, [], b"", None
        self.splitter = wire.Splitter()
        self.listener = Listener()
        self.uri = "tcp:127.0.0.1:%d" % self.listener.port
        clock.thread(self._run)

    def _run(self):
        try:
            self.line = self.listener.accept()
            self.play(self)
        except OSError:
            pass
        except Exception:
            self.fault = traceback.format_exc()
        self.line.close()
        self.listener.close()

    def say(self, data):
        self.line.sendall(data)

    def hear(self, seconds):
        """For so long. What came in that time."""
        until, heard = clock.now() + seconds, []
        while clock.wait([self.line], until - clock.now()):
            data = self.line.recv(4096)
            if not data:
                raise OSError
            self.sent += data
            heard += [x for x in self.splitter.feed(data) if isinstance(x, wire.Frame)]
        self.requests += heard
        return heard


def memprof(play, *options, code=None):
    board = Board(play)
    p = virtual.run([MEMPROF, *options, board.uri], code=code)
    if board.fault:
        raise AssertionError(board.fault)
    return p, board


def report(path):
    return json.loads(subprocess.run([MEMPROF, "report", "--json", path], capture_output=True, check=True).stdout)


def documents(p):
    return [json.loads(line) for line in p.stdout.splitlines()]


def used(documents):
    return [doc["dumps"][0]["pools"][0]["used"] // 16 for doc in documents]


def whats(documents):
    return [event["what"] for doc in documents for event in doc["events"]]


class Asking(unittest.TestCase):
    def test_a_period_is_asked_for_once_it_hears(self):
        """Who comes in the middle hears HELLO only before every 16th snapshot."""
        def play(board):
            agent = Agent(period_ms=1000)
            agent.sequence = agent.number = 40
            for i in range(5):
                board.say((agent.hello() if i == 2 else b"") + agent.snapshot(40 + i))
                board.hear(0.2)

        p, board = memprof(play, "attach", "--interval", "0.25", "--count", "5", "-q", code=0)
        self.assertEqual([(r.type, r.payload) for r in board.requests], [(wire.SET_PERIOD, varint(250))])

    def test_another_session_is_asked_again(self):
        def play(board):
            for session in (7, 8):
                agent = Agent(session, period_ms=1000)
                board.say(agent.hello() + agent.snapshot(40))
                board.hear(0.3)

        p, board = memprof(play, "attach", "--interval", "0.25", "--count", "2", "-q", code=0)
        self.assertEqual([r.type for r in board.requests], [wire.SET_PERIOD])
        p, board = memprof(play, "attach", "--interval", "0.25", "-q")
        self.assertEqual([r.type for r in board.requests], [wire.SET_PERIOD] * 2)

    def test_one_that_keeps_its_period_is_left_alone(self):
        def play(board):
            agent = Agent(period_ms=1000)
            for i in range(8):
                board.say(agent.hello() + agent.snapshot(40 + i))
                board.hear(0.1)

        p, board = memprof(play, "attach", "--interval", "0.25", "--count", "8", "-q", code=0)
        self.assertEqual([r.type for r in board.requests], [wire.SET_PERIOD] * 3)

    def test_one_that_waits_is_asked_each_time(self):
        def play(board):
            agent = Agent(period_ms=0)
            board.say(agent.hello())
            until, n = clock.now() + 10, 0
            while clock.now() < until:
                if any(r.type == wire.ASK_SNAPSHOT for r in board.hear(0.05)):
                    n += 1
                    board.say(agent.snapshot(40 + n))

        p, board = memprof(play, "attach", "--count", "3", code=0)
        self.assertEqual({r.type for r in board.requests}, {wire.ASK_SNAPSHOT})
        self.assertLessEqual(len(board.requests), 4)

    def test_one_that_is_heard_late(self):
        """Nothing answers at first: an agent with a long period, or one that is started later."""
        def play(board):
            board.hear(3)
            agent = Agent(period_ms=60000)
            board.say(agent.hello() + agent.snapshot(40))
            board.hear(0.5)
            board.say(agent.snapshot(41))
            board.hear(0.5)

        p, board = memprof(play, "attach", "--interval", "0.5", "--count", "2", code=0)
        self.assertLess(p.stderr.index("no answer"), p.stderr.index("agent found"))
        self.assertEqual([r.type for r in board.requests], [wire.SET_PERIOD])

    def test_who_reads_memory_asks_who_it_is(self):
        """Whose HELLO is long gone; without it, hex would look for a prompt."""
        def play(board):
            agent = Agent(abilities=TAKES_REQUESTS | READS)
            agent.sequence = agent.number = 40
            until = clock.now() + 20
            while clock.now() < until:
                board.say(agent.snapshot(40, flags=wire.KEY | wire.KINDS | 16))
                for request in board.hear(0.1):
                    fields = wire.Fields(request.payload)
                    if request.type == wire.ASK_HELLO:
                        board.say(agent.hello())
                    elif request.type == wire.READ:
                        address, n = fields.varint(), fields.varint()
                        board.say(agent.frame(wire.MEMORY, varint(address) + bytes(address + i & 0xff for i in range(n))))

        board = Board(play)
        p = virtual.run([MEMPROF, "hex", board.uri, hex(BASE + 16), "16"], code=0)
        self.assertIsNone(board.fault)
        self.assertIn("10 11 12 13 14 15 16 17", p.stdout)
        self.assertIn(wire.ASK_HELLO, [request.type for request in board.requests])

    def test_nothing_is_sent_by_who_only_listens(self):
        def play(board):
            agent = Agent(period_ms=0)
            for i in range(3):
                board.say(agent.hello() + agent.snapshot(40 + i))
                board.hear(0.2)

        p, board = memprof(play, "attach", "--listen-only", "--interval", "0.1", "--count", "3", "-q", code=0)
        self.assertEqual(board.sent, b"")


class Times(unittest.TestCase):
    def test_snapshots_that_waited_keep_their_distances(self):
        """A port's buffer, or a pipe, had them before anybody came: 4 s of the board in one read."""
        def play(board):
            agent = Agent(7)
            board.say(agent.hello() + b"".join(agent.snapshot(40 + i, 60000 + 1000 * i) for i in range(5)))
            for i in range(5, 8):
                board.hear(0.3)
                board.say(agent.snapshot(40 + i, 62500 + 300 * i) + b"counted %d\r\n" % i)
            board.hear(0.3)

        def times(text):
            return [float(m[1]) * 60 + float(m[2]) for m in re.finditer(r"^ *(\d+):(\d\d\.\d+)", text, re.M)]

        with tempfile.TemporaryDirectory() as folder:
            saved = os.path.join(folder, "saved.stream")
            p, _ = memprof(play, "attach", "--plain", "--count", "8", "--save", saved)
            attached = times(p.stdout)
            replayed = [dump["time"] for dump in report(saved)["dumps"]]
        self.assertEqual([round(t) for t in attached[:5]], [0, 1, 2, 3, 4], p.stdout)
        self.assertEqual(attached, sorted(attached))    # the others as they came
        self.assertEqual([round(t, 1) for t in attached[5:]], [4.3, 4.6, 4.9], p.stdout)
        first, *_ = dates = [datetime.datetime.fromisoformat(date) for date in replayed]
        self.assertLess(dates[-1], datetime.datetime.fromtimestamp(clock.wall(), datetime.timezone.utc))
        self.assertTrue(all(abs((b - first).total_seconds() - a) < 0.1 for a, b in zip(attached, dates)), replayed)


class Resets(unittest.TestCase):
    @staticmethod
    def play(board, at_ms=3000, words=b""):
        agent = Agent(7)
        board.say(agent.hello())
        for i in range(5):
            board.say(agent.snapshot(40 + i, 1000 + 100 * i))
        board.say(words)
        agent = Agent(8)
        board.say(agent.hello())
        for i in range(5):
            board.say(agent.snapshot(10 + i, at_ms + 100 * i))
        board.hear(0.3)

    def test_another_life(self):
        """Its clock began anew: a trend is of one boot, as in a report of the same log."""
        def play(board):
            self.play(board, 50)

        docs = documents(memprof(play, "attach", "--json", "--count", "10", "-q")[0])
        self.assertEqual(used(docs), [40, 41, 42, 43, 44, 10, 11, 12, 13, 14])
        self.assertEqual([doc["resets"] for doc in docs], [0] * 5 + [1] * 5)
        self.assertEqual(whats(docs), ["reset"])
        self.assertEqual(docs[4]["trend"]["samples"], 5)
        self.assertEqual(docs[6]["trend"]["samples"], 5)        # of the first boot; the second has two so far
        self.assertEqual([docs[6]["trend"][key] for key in ("boot", "boots")], [1, 2])
        p, _ = memprof(play, "attach", "--count", "10", "-q")
        self.assertEqual(p.stdout.count("the board was reset"), 1, p.stdout)

    def test_words_and_frames_tell_of_one_reset(self):
        def play(board):
            self.play(board, 50, b"\r\nMPY: soft reboot\r\n")

        docs = documents(memprof(play, "attach", "--json", "--count", "10", "-q")[0])
        self.assertEqual(docs[-1]["resets"], 1)
        self.assertEqual(whats(docs), ["reset"])

    def test_an_agent_that_is_started_again_is_no_reset(self):
        docs = documents(memprof(self.play, "attach", "--json", "--count", "10", "-q")[0])
        self.assertEqual(used(docs), [40, 41, 42, 43, 44, 10, 11, 12, 13, 14])
        self.assertEqual([doc["resets"] for doc in docs], [0] * 10)
        self.assertEqual(docs[-1]["trend"]["samples"], 10)


class Failures(unittest.TestCase):
    """One that is told in frames and in words is one."""

    @staticmethod
    def errors(*told):
        agent = Agent()
        data = agent.hello() + agent.snapshot(40)
        for who, n_bytes in told:
            if who == "words":
                data += b"MemoryError: memory allocation failed, allocating %d bytes\r\n" % n_bytes
            else:
                data += agent.event(3, varint(0 if who == "agent" else 1) + varint(n_bytes))
        with tempfile.NamedTemporaryFile() as file:
            file.write(data + agent.snapshot(41))
            file.flush()
            return [error["asked"] for error in report(file.name)["errors"]]

    def test_told_twice(self):
        self.assertEqual(self.errors(("agent", 5000), ("words", 5000)), [5000])
        self.assertEqual(self.errors(("words", 5000), ("agent", 5000)), [5000])
        self.assertEqual(self.errors(*[("agent", 5000), ("words", 5000)] * 3), [5000] * 3)
        self.assertEqual(self.errors(("agent", 5000), ("words", 5000), ("words", 5000)), [5000] * 2)

    def test_told_of_two(self):
        self.assertEqual(self.errors(("agent", 5000), ("words", 6000)), [5000, 6000])
        self.assertEqual(self.errors(("agent", 5000), ("agent", 5000)), [5000] * 2)
        self.assertEqual(self.errors(("words", 5000), ("words", 5000)), [5000] * 2)
        self.assertEqual(self.errors(("agent", 5000), ("agent", 6000), ("words", 6000)), [5000, 6000])

    def test_another_pool_is_not_pythons(self):
        self.assertEqual(self.errors(("pool", 5000)), [])
        self.assertEqual(self.errors(("pool", 5000), ("words", 5000)), [5000])
        self.assertEqual(self.errors(("agent", 5000), ("pool", 5000), ("words", 5000)), [5000])


class Lines(unittest.TestCase):
    """What attach prints beside its snapshots."""

    def test_the_collection_that_a_failure_led_to(self):
        """Others go into a column."""
        def play(board):
            agent = Agent(abilities=TAKES_REQUESTS | wire.ABILITIES["reports gc"])
            collected = agent.event(2, varint(900))
            board.say(agent.hello() + collected + agent.snapshot(40) + agent.event(3, varint(0) + varint(5000)) +
                      agent.event(2, varint(12300)) + agent.event(7, varint(0) + varint(5000)) + agent.event(2, varint(800)) +
                      agent.snapshot(30))
            board.hear(0.3)

        p, _ = memprof(play, "attach", "--count", "2", "-q")
        notes = [line.strip() for line in p.stdout.splitlines() if "5000" in line or "collected" in line]
        self.assertEqual(len(notes), 3, p.stdout)
        for note, words in zip(notes, ("allocation failed in gc: 5000", "garbage collected in 12.3 ms", "succeeded")):
            self.assertIn(words, note)

    def test_columns_that_are_known_late(self):
        """A reader that joins late learns only later that the agent reports collections."""
        def play(board):
            agent = Agent(abilities=TAKES_REQUESTS | wire.ABILITIES["reports gc"])
            agent.sequence = agent.number = 40
            board.say(agent.snapshot(40) + agent.snapshot(41) + agent.hello() + agent.snapshot(42) + agent.hello() +
                      agent.snapshot(43))
            board.hear(0.3)

        lines = memprof(play, "attach", "--count", "4", "-q")[0].stdout.splitlines()
        heads = [i for i, line in enumerate(lines) if "used" in line]
        self.assertEqual(heads, [0, 3], lines)
        self.assertNotIn("gc ms/s", lines[0])
        self.assertIn("gc ms/s", lines[3])

    def test_an_agent_that_nobody_calls(self):
        def silent(board):
            board.say(Agent().hello())
            board.hear(4.5)

        def waits(board):
            board.say(Agent(period_ms=0).hello())
            board.hear(4.5)

        def talks(board):
            agent = Agent()
            board.say(agent.hello() + agent.snapshot(40))
            board.hear(4.5)

        said = [memprof(play, "attach")[0].stderr.count("its agent was started, but no snapshot comes")
                for play in (silent, waits, talks)]
        self.assertEqual(said, [1, 0, 0])


class Prompts(unittest.TestCase):
    """An agent at a prompt."""

    def setUp(self):
        self.agent = Agent(abilities=wire.ABILITIES["kinds"])

    def memprof(self, kind, *arguments):
        board = kind()
        self.addCleanup(board.close)
        p = virtual.run([MEMPROF, *arguments, board.uri], code=0)
        self.assertIsNone(board.fault, board.fault)
        return p, board

    def test_its_timer_runs_there(self):
        """Then it is listened to: another question would only disturb it."""
        agent = self.agent

        class Board(FakeRepl):
            def key(self):
                while not self.keys and not clock.wait([self.line], 0.05):
                    if self.programs:       # no reply is under way
                        self.say((agent.hello() if agent.sequence == 0 else b"") + agent.snapshot(30))
                return FakeRepl.key(self)

        p, board = self.memprof(Board, "attach", "--json", "--no-survey", "--text", "--interval", "0.3", "--count", "30")
        self.assertEqual(board.n_dumps, 1)
        self.assertEqual(used(documents(p)), [40] + [30] * 29)
        self.assertTrue(board.sent.endswith(b"\x02"))

    def run_script(self, talks):
        agent = self.agent

        class Board(FakeRepl):
            def run(self, code):
                if ".snapshot()" in code:
                    self.say((agent.hello() if agent.sequence == 0 else b"") + agent.snapshot(30))
                elif "WIRE" in code:
                    self.say(b"(1, 0)\r\n")
                elif "'memprof'in" in code:
                    self.say(b"True\r\n")
                elif "the script" in code:
                    for i in range(10):
                        self.say(agent.snapshot(31 + i) if talks else b"")
                        clock.sleep(0.05)
                    self.say(b"the script\r\n")
                self.end()

        with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
            script.write("print('the script')\n")
            script.flush()
            p, board = self.memprof(Board, "run", "--json", script.name)
        self.assertTrue(any(".start(" in code for code in board.programs), board.programs)
        self.assertIn("the script\n", p.stderr)
        return p, json.loads(p.stdout)

    def test_run_is_told_by_it(self):
        p, doc = self.run_script(True)
        self.assertNotIn("sent no snapshot", p.stderr)
        self.assertEqual(used([{"dumps": [dump]} for dump in doc["dumps"]]), [30, *range(31, 41), 30, 30])

    def test_run_says_that_nobody_calls_it(self):
        p, doc = self.run_script(False)
        self.assertIn("its agent sent no snapshot while the program ran", p.stderr)
        self.assertEqual(used([{"dumps": [dump]} for dump in doc["dumps"]]), [30] * 3)


class Others(unittest.TestCase):
    def test_another_version_is_not_said_to_talk(self):
        def play(board):
            agent = Agent(major=2)
            for i in range(15):
                board.say(agent.hello() + agent.snapshot(40))
                board.hear(0.1)

        p, board = memprof(play, "snap", "--patience", "1", code=3)
        self.assertIn("speaks version 2.0 of the wire", p.stderr)
        self.assertNotIn("by itself", p.stderr)
        self.assertEqual(board.sent, b"")
        self.assertEqual(p.stdout, "")

    def test_who_told_is_said(self):
        def play(board):
            agent = Agent()
            board.say(agent.hello() + agent.snapshot(40))
            board.hear(0.3)

        doc = json.loads(memprof(play, "snap", "--json", "-q")[0].stdout)
        self.assertEqual(doc["input"]["format"], "agent")

    def test_the_last_words_of_a_process_are_no_frames(self):
        with tempfile.NamedTemporaryFile() as file:
            agent = Agent()
            file.write(b"OSError: 2\r\n" + agent.hello() + agent.snapshot(40))
            file.flush()
            p = subprocess.run([MEMPROF, "attach", "exec:/bin/cat %s" % file.name], capture_output=True, text=True)
        self.assertEqual(p.returncode, 3)
        self.assertIn("its last line: OSError: 2\n", p.stderr)

    def test_lines_fit_the_terminal(self):
        def play(board):
            agent = Agent()
            board.say(agent.hello() + agent.snapshot(40))
            agent.sequence += 30000
            agent.number += 5
            board.say(agent.snapshot(41)[:40] + agent.event(6, b"\x1b]0;hi\x07" * 9) + agent.event(6, b"x" * 90))
            agent.sequence += 20000
            board.say(agent.snapshot(42) * 3)
            board.hear(0.3)

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "saved")
            p, _ = memprof(play, "attach", "--count", "2", "-q", "--bytes", "--save", path, code=0)
            self.assertIn("lost: 3000", p.stdout)
            self.assertIn(", 1 snapshot", p.stdout)
            replayed = subprocess.run([MEMPROF, "report", "--no-pager", path], capture_output=True, text=True)
        for text in (p.stdout, replayed.stdout):
            self.assertIn("xxxxx", text)
            self.assertNotIn("\x1b", text)
            for line in text.splitlines():
                self.assertLessEqual(len(line), 80, line)

    def test_what_is_saved_reads_as_it_was(self):
        """Half a frame and a silence: lost, then and later."""
        def play(board):
            agent = Agent(abilities=wire.ABILITIES["kinds"])
            board.say(agent.hello())
            for i in range(4):
                frames = agent.snapshot(40 + i)
                board.say(frames[:10])
                board.hear(0.2 if i % 2 else 0)
                board.say(frames[10:])
                board.hear(0.2)

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "saved")
            docs = documents(memprof(play, "attach", "--json", "--count", "2", "-q", "--save", path)[0])
            self.assertEqual(used(docs), [40, 42])
            saved = report(path)
        self.assertEqual([d["pools"][0]["used"] // 16 for d in saved["dumps"]], [40, 42])
        self.assertEqual([e["what"] for e in saved["events"]], whats(docs))


unittest.main()
