#!/usr/bin/python3
"""memprof objects with GDB servers of many habits, made up: they serve the memory of a board that QEMU halted. What is
reported is what the memory file gives; afterwards the target runs.

usage: test-gdb-server.py MEMPROF [TEST...]
"""
import bisect
import contextlib
import json
import os
import pathlib
import re
import signal
import sys
import tempfile
import unittest

import virtual
from virtual import Listener, Process, clock

MEMPROF = os.path.abspath(sys.argv[1])
SAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../data/objects/gdb.mem")
TABLE, TABLE_BYTES = 0x2e02c, 2188      # its block table
RAM = '<memory type="ram" start="0x2dd00" length="0x8000"/>'


class Memory:
    """What a memory file has; other memory is not there."""

    def __init__(self, path):
        head, _, rest = pathlib.Path(path).read_bytes().partition(b"pieces ")
        self.registers = [int(x, 16) for x in re.findall(rb"^register (\w+)", head, re.M)]
        count, _, rest = rest.partition(b"\n")
        self.starts, self.pieces, self.all_stacks = [], [], False
        sizes = []
        for _ in range(int(count, 16)):
            line, _, rest = rest.partition(b"\n")
            start, size = (int(x, 16) for x in line.split())
            self.starts.append(start)
            sizes.append(size)
        for size in sizes:
            self.pieces.append(rest[:size])
            rest = rest[size:]

    def read(self, address, n):
        """None if none of it is there; RAM that was not read is 0."""
        ret, any_there = bytearray(n), False
        for i in range(max(0, bisect.bisect(self.starts, address) - 1), len(self.starts)):
            start, piece = self.starts[i], self.pieces[i]
            low, high = max(start, address), min(start + len(piece), address + n)
            if low >= address + n:
                break
            if low < high:
                ret[low - address:high - address] = piece[low - start:high - start]
                any_there = True
        there = any_there or 0x2dd00 <= address < 0x35d00 or 0x300000 <= address < 0x400000 and self.all_stacks
        return bytes(ret) if there else None


def packet(text):
    return b"$" + text + b"#%02x" % (sum(text) & 255)


def run_length(text):
    """As GDB's manual has it: no run of a length whose letter would be a part of a frame."""
    def shorter(found):
        run = found[0]
        n = len(run) - 1
        while n > 3 and chr(n + 29) in "#$+-":
            n -= 1
        return run[:1] + b"*" + bytes([n + 29]) + run[1 + n:] if 3 <= n <= 97 else run
    return re.sub(rb"(.)\1{3,90}", shorter, text)


class Server:
    """One client at a time. Habits are its attributes; see the tests."""
    packet_size, no_ack, runs, strays, part, damaged, detaches = 0x400, False, False, False, False, False, True
    memory_map, silent_after, collections, halts = RAM, None, 0, True
    registers, flood = None, b""
    late = {}     # seconds before an answer, by the first letter of the request

    def __init__(self, **habits):
        self.__dict__.update(habits)
        self.memory = Memory(SAMPLE)
        self.server = Listener()
        self.uri = "gdb:127.0.0.1:%d" % self.server.port
        self.running, self.requests, self.n_again = True, [], 0
        self.is_flooding, self.floods = os.pipe()
        clock.thread(self.serve)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()

    def serve(self):
        with contextlib.suppress(OSError):
            client = self.server.accept()
            self.running, self.acks, self.last = not self.halts, True, b""
            with contextlib.closing(client):
                self.talk(client)

    def talk(self, client):
        data = b""
        while True:
            new = client.recv(4096)
            if not new:
                return
            data += new
            while data:
                found = re.match(rb"\$([^#]*)#(..)", data, re.S)
                if found:
                    data = data[found.end():]
                    if self.acks:
                        client.sendall(b"+")
                    self.requests.append(found[1].decode())
                    self.answer(client, found[1].decode())
                elif data[:1] == b"$":
                    break
                else:
                    if data[:1] == b"\3" and self.running:
                        self.running = False
                        client.sendall(packet(b"T02thread:01;"))
                    elif data[:1] == b"-":
                        self.n_again += 1
                        client.sendall(self.last)
                    data = data[1:]

    def answer(self, client, request):
        if self.silent_after is not None and len(self.requests) > self.silent_after:
            while self.flood:
                client.sendall(self.flood * (1 << 16))
                os.write(self.floods, b"x")
            return
        clock.sleep(self.late.get(request[0], 0))
        reply = self.reply(request)
        if reply is None:
            return
        if self.strays:
            client.sendall(packet(b"T05") + packet(b"O4869") + b"%Stop:T05#aa")
        self.last = packet(run_length(reply) if self.runs else reply)
        if self.damaged and len(self.requests) % 5 == 0:
            client.sendall(self.last[:-2] + b"00" if not self.last.endswith(b"00") else self.last)
        else:
            client.sendall(self.last)

    def reply(self, request):
        if request.startswith("qSupported"):
            return b"PacketSize=%x;vContSupported+;qXfer:features:read+%s%s" % (
                self.packet_size, b";QStartNoAckMode+" * self.no_ack, b";qXfer:memory-map:read+" * bool(self.memory_map))
        if request == "QStartNoAckMode":
            self.acks = False
            return b"OK"
        if request == "?":
            return b"S05"
        if request.startswith("qXfer:"):
            xml = ("<target><architecture>arm</architecture></target>" if "target.xml" in request else
                   "<memory-map>%s</memory-map>" % self.memory_map)
            start, n = (int(x, 16) for x in request.split(":")[-1].split(","))
            n = min(n, 40)
            return (b"m" if start + n < len(xml) else b"l") + xml[start:start + n].encode()
        if request == "g":
            registers = b"".join(r.to_bytes(4, "little") for r in self.memory.registers).hex().encode()
            return registers if self.registers is None else self.registers
        if request[0] == "m":
            return self.read(*(int(x, 16) for x in request[1:].split(",")))
        if request in ("c", "vCont;c"):
            self.running = True
            self.collections -= 1
            return None
        if request == "D":
            self.running |= self.detaches
            return b"OK"
        return b""

    def read(self, address, n):
        if n * 2 > self.packet_size:
            return b"E22"
        data = self.memory.read(address, n)
        if data is None:
            return b"E14"
        if self.collections > 0:      # all heads are marked
            data = bytes(b | (b & 0x55 & ~b >> 1) << 1 if TABLE <= address + i < TABLE + TABLE_BYTES else b
                         for i, b in enumerate(data))
        return (data[:(n + 1) // 2] if self.part else data).hex().encode()


def objects(*arguments, code=0):
    return virtual.run([MEMPROF, "objects", *arguments], code=code)


def start(*arguments, **options):
    return Process([MEMPROF, "objects", *arguments], **options)


class Servers(unittest.TestCase):
    def document(self, *arguments):
        p = objects("--json", *arguments)
        document = json.loads(p.stdout)
        del document["input"]
        return document, p.stderr

    def check(self, server, *options):
        document, errors = self.document(*options, server.uri)
        self.assertEqual(document, self.document(SAMPLE)[0])
        self.assertTrue(server.running)
        self.assertEqual([r for r in server.requests if re.match("m[4e].......,", r)], [])      # peripherals
        self.assertEqual({r[0] for r in server.requests} - set("q?QmgcvD"), set())
        self.assertEqual([r for r in server.requests if r[0] == "v" and r != "vCont;c"], [])
        return errors

    def test_habits(self):
        for habits in ({}, {"no_ack": True}, {"runs": True}, {"strays": True}, {"part": True}, {"halts": False},
                       {"packet_size": 0x40}, {"packet_size": 0x4000, "no_ack": True, "runs": True, "strays": True},
                       {"detaches": False},
                       {"memory_map": '<memory type="ram" start="0x40000000" length="0x1000"/>'
                                      '<memory type="ram" start="0xe0000000" length="0x1000"/>' + RAM}):
            with self.subTest(habits), Server(**habits) as server:
                self.check(server)

    def test_damaged_packets_are_sent_again(self):
        with Server(damaged=True) as server:
            self.check(server)
            self.assertGreater(server.n_again, 5)

    def test_a_collection_is_waited_for(self):
        with Server(collections=2) as server:
            self.assertNotIn("warning", self.check(server))
            self.assertEqual(server.requests.count("vCont;c"), 2)
        with Server(collections=100) as server:
            self.assertIn("warning: the board was collecting each of 6 times", self.check(server))

    def test_where_ram_is(self):
        with Server(memory_map="") as server:
            self.assertIn("the GDB server reports no RAM; give --elf or --board", objects(server.uri, code=2).stderr)
            self.assertTrue(server.running)
        with Server(memory_map='<memory type="ram" start="0x0" length="0x100000000"/>' + RAM) as server:
            self.assertIn("the GDB server reports no RAM that is safe to read; give --elf or --board", objects(server.uri, code=2).stderr)
            self.assertEqual([r for r in server.requests if r[0] == "m"], [])
        with Server(memory_map='<memory type="ram" start="0x30000" length="0x1000"/>') as server:
            self.assertIn("no MicroPython in 4 KiB of RAM", objects(server.uri, code=2).stderr)
        with Server(memory_map='<memory type="ram" start="0x20000000" length="0x1000"/>') as server:
            self.assertIn("refuses to read", objects(server.uri, code=3).stderr)
            self.assertTrue(server.running)

    def test_a_board_as_data(self):
        with Server(memory_map="") as server, tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "board.json")
            path.write_text(json.dumps({
                "schema": "memprof.board/1", "name": "made-up", "title": "Made up", "maker": "Nobody", "mcu": "none",
                "firmware": "micropython", "port": "none",
                "source": [{"repository": "a/b", "path": "c", "commit": "0" * 40, "says": "nothing"}],
                "memories": [{"name": "RAM", "kind": "sram", "space": "cpu", "start": "0x2dd00", "size": 0x8000}]}))
            self.check(server, "--board", path)

    def test_the_stack_pointer_of_another_task(self):
        for sp in (0x3ffff8, 0x3fc000, 0x3f0000, 0x320000):       # this stack: 0x3fffec down to 0x3fd7ec
            with self.subTest("%#x" % sp), Server() as server:
                server.memory.all_stacks, server.memory.registers[13] = True, sp
                heap = self.document(server.uri)[0]["heap"]
                self.assertEqual((heap["live"]["objects"], heap["exact"]), (70, False))
                lowest = min(int(r[1:].split(",")[0], 16) for r in server.requests if r.startswith("m3f"))
                self.assertEqual(lowest, 0x3fffec - 10240)

    def test_registers(self):
        """More of them than are kept; none."""
        with Server(packet_size=0x4000) as server:
            server.memory.registers += [0] * 300
            heap = self.document(server.uri)[0]["heap"]
            self.assertEqual((heap["live"], heap["exact"]), ({"objects": 70, "bytes": 3376}, True))
        for reply in (b"E01", b""):
            with self.subTest(reply), Server(registers=reply) as server:
                server.memory.all_stacks = True
                self.assertFalse(self.document(server.uri)[0]["heap"]["exact"])
            with self.subTest(reply), Server(registers=reply) as server:
                server.memory.all_stacks = True
                self.assertIn("\n  Registers were not read: what only they hold counts as garbage.\n", objects(server.uri).stdout)

    def test_servers_that_fall_silent(self):
        with contextlib.ExitStack() as stack:
            servers = [stack.enter_context(Server(silent_after=n)) for n in (0, 1, 2, 3, 8)]
            for p in [start(server.uri) for server in servers]:
                out, err = p.communicate(timeout=60)
                self.assertEqual((p.returncode, out), (3, ""))
                self.assertIn("no answer to", err)
                self.assertIn("warning: the GDB server did not confirm that its target goes on", err)
            for server in servers:
                self.assertEqual(server.requests[-2:], ["D", "c"])

    def test_servers_that_flood(self):
        for flood in (b"+", b"%Stop:T05#aa", packet(b"O4869")):
            with self.subTest(flood), Server(silent_after=8, flood=flood) as server:
                p = objects(server.uri, code=3)
                self.assertEqual(p.stdout, "")
                self.assertIn("no answer to", p.stderr)

    def test_ctrl_c_in_a_flood(self):
        with Server(silent_after=8, flood=b"+") as server:
            p = start(server.uri)
            clock.wait([server.is_flooding])
            p.send_signal(signal.SIGINT)
            out, err = p.communicate(timeout=60)
            self.assertNotIn("no answer to", err)
            self.assertEqual(out, "")

    def test_a_late_answer_to_detach(self):
        with Server(late={"D": 2}, detaches=False) as server:
            self.assertNotIn("warning", self.check(server))
            self.assertEqual(server.requests[-2:], ["D", "c"])

    def test_a_detach_without_an_answer(self):
        with Server(late={"D": 20}) as server:
            p = objects(server.uri, code=3)
            self.assertIn("live", p.stdout)
            self.assertIn("did not confirm that its target goes on", p.stderr)
            self.assertNotIn("was halted for", p.stderr)

    def test_ctrl_c_while_it_waits(self):
        with Server(silent_after=8) as server:
            p = start(server.uri)
            clock.until(lambda: len(server.requests) >= 9, 1)
            server.silent_after = None
            p.send_signal(signal.SIGINT)
            out, err = p.communicate(timeout=20)
            self.assertEqual((p.returncode, out), (-signal.SIGINT, ""), err)
            self.assertEqual(server.requests[-2:], ["D", "c"])
            self.assertTrue(server.running)

    def test_ctrl_z_waits_until_the_target_runs(self):
        changed, changes = os.pipe()
        os.set_blocking(changes, False)
        self.addCleanup(signal.set_wakeup_fd, signal.set_wakeup_fd(changes))
        self.addCleanup(signal.signal, signal.SIGCHLD, signal.signal(signal.SIGCHLD, lambda *_: None))
        with Server(late={"m": 0.01}, packet_size=0x80) as server:
            p = start(server.uri, process_group=0)      # of its own in this session: not orphaned
            clock.until(lambda: len(server.requests) >= 12)
            self.assertFalse(server.running)
            p.send_signal(signal.SIGTSTP)
            clock.wait([changed])
            self.assertTrue(os.WIFSTOPPED(os.waitpid(p.pid, os.WUNTRACED)[1]))
            self.assertTrue(server.running)
            p.send_signal(signal.SIGCONT)
            p.communicate(timeout=60)
            self.assertEqual(p.returncode, 0)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[2:]])
