#!/usr/bin/python3
"""The agent in a firmware without Python: examples/bare-metal, built by its own Makefile and run in QEMU. What it sends
is read by wire.py, and compared with what the firmware counted itself at the same moment (its truth.c).

usage: test-bare-metal.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import unittest

import c_firmware
import wire
from rig import FIRMWARE, HERE, HOST, memprof

ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
EXAMPLE = os.path.join(ROOT, "examples", "bare-metal")
PORTING = os.path.join(ROOT, "firmware-agent", "PORTING.md")
C_HEAP, MESSAGES = 1, 2
SAMPLE_MS, LOG_BYTES = 18, 3084     # of node.c, a log with the head of its packet
PAINT = bytes.fromhex("ac57ac57")


def setUpModule():
    global OUT
    folder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(folder.cleanup)
    OUT = folder.name
    make = subprocess.run(["make", "-C", EXAMPLE, "BUILD=" + OUT, "CFLAGS=-Os -g -Werror"], capture_output=True, text=True)
    if make.returncode:
        raise AssertionError(make.stdout + make.stderr)


def report(heard, *options):
    p = c_firmware.report(heard, "--json", *options)
    assert not p.stderr, p.stderr
    return json.loads(p.stdout)


def lines_of(name, text):
    return [i for i, line in enumerate(read(os.path.join(EXAMPLE, name)).splitlines(), 1) if text in line]


def Node(*on_truth):
    return c_firmware.Node(os.path.join(OUT, "node.elf"), *on_truth)


class Figures(unittest.TestCase):
    def test_all_pools_are_as_the_firmware_counted_them(self):
        with Node(self.compare) as node:
            for _ in range(40):
                node.truth()
                node.listen(0.15)
            seen = node.truths
        self.assertEqual((node.receiver.lost, node.receiver.abandoned, node.text.strip()), (0, 0, ""))
        self.assertEqual(node.receiver.session_changes, 1)
        # They are figures of a program that runs.
        self.assertGreater(len({truth["newlib"]["used"] for truth in seen}), 10)
        self.assertGreater(len({str(truth["messages"]["buffers"]) for truth in seen}), 3)
        self.assertGreater(max(len(truth["packets"]) for truth in seen), 5)

    def compare(self, receiver, truth):
        stats, pools = [dict(receiver.stats[i]) for i in (1, 2)], receiver.pools
        whole, heap_table, table = [[s for s in receiver.snapshots if s.pool == pool][-1] for pool in (0, C_HEAP, MESSAGES)]
        for one in stats:
            self.assertLessEqual(0, whole.at_ms - one.pop("at_ms"))
        self.assertEqual([(pools[i]["name"], pools[i]["kind"], pools[i]["memory"], pools[i]["granule_bytes"]) for i in pools],
                         [("C heap", 5, 2, 32), ("messages", 7, 2, 64)])
        self.c_heap(stats[0], pools[C_HEAP], heap_table, truth["newlib"], truth["packets"])
        self.messages(stats[1], pools[MESSAGES], table, truth["messages"])
        self.assertEqual([task["name"] for task in receiver.tasks], ["sampler", "radio"])
        for task, stack in zip(receiver.tasks, truth["stacks"]):
            at_ms = task["at_ms"]
            self.assertLessEqual(0, whole.at_ms - at_ms)
            self.assertEqual(task, {"name": task["name"], "at_ms": at_ms, "address": stack["address"], "stack": stack["total"],
                                    "used": stack["used"], "least_free": stack["total"] - stack["peak"], "measured": True,
                                    "current": False})
        # There is no GC heap: the snapshot is whole with no area.
        self.assertEqual((whole.block_bytes, whole.areas, whole.key), (0, [], True))
        self.assertEqual((whole.n_abandoned, whole.n_skipped, whole.n_collections), (0, 0, 0))
        self.assertEqual(whole.stack_limit, 2048)
        for snapshot in (whole, heap_table, table):     # a clock that went back would make them some 2^32
            self.assertLess(snapshot.pause_us + snapshot.wait_us, 1 << 31)
        self.assertTrue(0 < whole.stack_used < whole.stack_limit)

    def c_heap(self, stats, pool, table, newlib, packets):
        self.assertEqual((pool["address"], pool["size_bytes"]), (newlib["address"], newlib["total"]))
        self.assertEqual(stats, c_firmware.figures_of_newlib(newlib, packets))
        area, = table.areas
        self.assertEqual((table.block_bytes, area.address, area.memory), (32, newlib["address"], 2))
        firsts = [newlib["address"] + 32 * i for i in range(newlib["total"] // 32)]
        free = c_firmware.free_of_newlib(newlib)
        is_free = [any(address <= first < address + size for address, size in free) for first in firsts]
        self.assertEqual([letter == "." for letter in area.letters()], is_free)
        # Not only what mallinfo says twice: the packets that there are, with 4 to 23 bytes for each (newlib's nano-mallocr.c: a
        # head of 4, both ends rounded to 8, up to 11 that are too few for a block).
        self.assertTrue(sum(packets) + 4 * len(packets) <= newlib["used"] <= sum(packets) + 23 * len(packets),
                        (newlib, packets))

    def messages(self, stats, pool, table, messages):
        buffers = messages["buffers"]
        n_bytes, n_used = sum(size for size, _ in buffers), sum(used for _, used in buffers)
        n_free = len(buffers) - n_used
        self.assertEqual((pool["address"], pool["size_bytes"]), (messages["address"], n_bytes))
        self.assertEqual(stats, {"total": n_bytes, "used": 64 * n_used, "free": 64 * n_free,
                                 "largest_fit": 64 if n_free else 0, "peak": 64 * messages["most"],
                                 "allocations": messages["allocations"], "failures": messages["failures"],
                                 "used_blocks": n_used, "free_blocks": n_free})
        area, = table.areas
        self.assertEqual((table.block_bytes, area.address, area.memory), (64, messages["address"], 2))
        self.assertEqual(area.letters(), "".join("h" if used else "." for _, used in buffers))

    def test_hello(self):
        with Node() as node:
            node.until(node.snapshots, "a snapshot")
            hello = node.receiver.hellos[-1]
        self.assertEqual((hello["wire"], hello["pointer_bytes"], hello["block_bytes"], hello["period_ms"]), ((1, 2), 4, 0, 1000))
        self.assertEqual(hello["can"], {"reports failed", "takes requests", "reads", "pools"})
        notes = subprocess.run(["arm-none-eabi-readelf", "-n", os.path.join(OUT, "node.elf")], capture_output=True, text=True)
        build_id = re.search(r"Build ID: ([0-9a-f]{40})", notes.stdout)
        self.assertEqual(hello["tags"], {1: b"sensor node 1.0", 2: bytes.fromhex(build_id[1]), 3: b"MPS2 AN385"})


class Events(unittest.TestCase):
    def test_allocations_that_fail(self):
        """Each of them is an event; those of the message buffers, which count them, are as many."""
        def failed(pool):
            return [e for e in node.receiver.events if e["what"] == "failed" and e["pool"] == pool]

        with Node() as node:
            node.until(lambda: failed(C_HEAP) and failed(MESSAGES), "failed allocations in both pools", 90)
            truth = node.truth()
            self.assertEqual(len(failed(MESSAGES)), truth["messages"]["failures"])
            self.assertEqual({event["bytes"] for event in failed(MESSAGES)}, {64})
            self.assertIn(LOG_BYTES, {event["bytes"] for event in failed(C_HEAP)})
            for event in node.receiver.events:
                self.assertIn(event["what"], ("failed", "recovered", "large"))
                self.assertGreater(event["at_ms"], 0)
        self.assertEqual(node.receiver.lost, 0)


    def test_each_failure_has_its_caller_and_task(self):
        with Node() as node:
            node.until(lambda: {event.get("task") for event in node.receiver.events if event["what"] == "failed"} ==
                       {"radio", "sampler"}, "failed allocations of both tasks", 90)
            heard = bytes(node.heard)
        for event in node.receiver.events:
            if event["what"] == "failed":
                self.assertEqual(event["task"], {C_HEAP: "radio", MESSAGES: "sampler"}[event["pool"]])
                # The heap has less in one piece than was requested; the firmware does not report it of the messages.
                self.assertTrue(0 < event["largest"] < event["bytes"] if event["pool"] == C_HEAP else event["largest"] == 0, event)
        events = report(heard, "--elf", os.path.join(OUT, "node.elf"))["events"]
        places = {"C heap": ("packet_new", lines_of("node.c", "malloc(n_bytes)")),
                  "messages": ("run_sampler", lines_of("node.c", "message_new()"))}
        seen = set()
        for event in events:
            if event["what"] in ("failed", "large"):
                function, = event["caller"]["functions"]    # none of them is inlined
                name, lines = places[event["pool"]]
                self.assertEqual((function["name"], function["file"]), (name, "node.c"))
                self.assertIn(function["line"], lines)
                seen.add((event["what"], event["pool"]))
        self.assertEqual(seen, {("failed", "C heap"), ("failed", "messages"), ("large", "C heap")})

    def test_the_elf_of_another_build_names_nothing(self):
        with Node() as node:
            node.until(lambda: any(e["what"] == "large" for e in node.receiver.events), "a large allocation", 90)
            heard = bytes(node.heard)
        elf = os.path.join(ROOT, "tests", "data", "elf", "arm-call-sites.elf")
        p = c_firmware.report(heard, "--json", "--elf", elf)
        self.assertEqual(p.stderr.count("not the ELF of the firmware on the board"), 1, p.stderr)
        callers = [event["caller"] for event in json.loads(p.stdout)["events"] if event["what"] == "large"]
        self.assertEqual({str(caller["functions"]) for caller in callers}, {"[]"})


class Windows(unittest.TestCase):
    """ALLOCATIONS against the counts of the program: since the start, and the least and most since the last truth."""

    def test_they_add_up_to_what_the_program_counted(self):
        self.n_windows = self.n_compared = 0
        self.sums = {pool: {} for pool in (C_HEAP, MESSAGES)}
        with Node(self.compare) as node:
            for i in range(40):
                node.truth()
                node.listen(0.05 if i % 4 else 1.2)     # also more than one window from one truth to the next
            receiver = node.receiver
        self.assertEqual(receiver.lost, 0)
        self.assertGreater(self.n_compared, 60)
        for pool, large in ((C_HEAP, 1024), (MESSAGES, None)):
            windows = [window for window in receiver.windows if window["pool"] == pool]
            self.assertEqual(sum(window["large"] for window in windows) > 0, large is not None)
            for before, after in zip(windows, windows[1:]):
                self.assertLessEqual(before["at_ms"] + after["window_ms"], after["at_ms"])

    def compare(self, receiver, truth):
        windows, self.n_windows = receiver.windows[self.n_windows:], len(receiver.windows)
        for pool, counted in zip((C_HEAP, MESSAGES), truth["requests"]):
            here = [window for window in windows if window["pool"] == pool]
            sums = self.sums[pool]
            for window in here:
                for name in ("allocations", "allocated", "frees", "freed", "failures"):
                    sums[name] = sums.get(name, 0) + window[name]
                sizes = window["sizes"] + [0] * (16 - len(window["sizes"]))
                sums["sizes"] = [a + b for a, b in zip(sums.get("sizes", [0] * 16), sizes)]
            for name in sums:
                self.assertEqual(sums[name], counted[name], (pool, name))
            if here:
                self.assertEqual((min(window["least_used"] for window in here), max(window["most_used"] for window in here)),
                                 (counted["least_used"], counted["most_used"]))
                self.n_compared += 1
            else:
                self.assertEqual(counted["least_used"], counted["most_used"])

    def test_the_report_has_the_window_of_each_dump(self):
        with Node() as node:
            node.until(lambda: len(node.snapshots()) > 4, "snapshots")
            windows, heard = list(node.receiver.windows), bytes(node.heard)
            last = node.snapshots()[-1].at_ms
        dumps = report(heard)["dumps"]
        for i, name in ((C_HEAP, "C heap"), (MESSAGES, "messages")):
            mine = [window for window in windows if window["pool"] == i]
            shown = [pool["window"] for dump in dumps for pool in dump["pools"] if pool["name"] == name and "window" in pool]
            self.assertGreater(len(shown), 2)
            for ours, theirs in (("allocations", "allocations"), ("allocated", "allocated"), ("frees", "frees"), ("freed", "freed")):
                self.assertEqual(sum(window[theirs] for window in shown), sum(window[ours] for window in mine if window["at_ms"] <= last))


class LastWords(unittest.TestCase):
    """A reset of the guest keeps RAM: the next run sends what this one kept."""

    def words(self, node):
        return [event for event in node.receiver.events if event["what"] == "last words"]

    def reset(self, node, key):
        n = node.receiver.session_changes
        node.press(key)
        node.until(lambda: node.receiver.session_changes > n, "a start after a reset")
        n = len(node.snapshots())
        node.until(lambda: len(node.snapshots()) > n + 1, "snapshots")

    def test_after_a_reset(self):
        def failed():
            return [event for event in node.receiver.events if event["what"] == "failed" and event["pool"] == C_HEAP]

        with Node() as node:
            node.until(failed, "a failed allocation", 90)
            self.assertEqual(self.words(node), [])      # cold RAM
            self.reset(node, b"r")
            words, last = self.words(node), failed()[-1]
            self.assertEqual({str({**event, "at_ms": 0, "after": 0}) for event in words},
                             {str({**words[0], "at_ms": 0, "after": 0})})       # the same with each HELLO
            self.assertEqual((words[0]["then_ms"], words[0]["pool"], words[0]["task"]), (last["at_ms"], C_HEAP, "radio"))
            for name in ("bytes", "caller", "largest"):
                self.assertEqual(words[0][name], last[name])
            self.assertEqual(words[0]["fault"], 0)
            first = bytes(node.heard)
            self.reset(node, b"f")
            second = bytes(node.heard)
        self.assertEqual(node.receiver.lost, 0)
        elf = os.path.join(OUT, "node.elf")
        event, = [event for event in report(first, "--elf", elf)["events"] if event["what"] == "last-words"]
        self.assertEqual((event["pool"], event["bytes"], event["task"]), ("C heap", last["bytes"], "radio"))
        self.assertEqual((event["then_ms"], event["largest_free"]), (last["at_ms"], last["largest"]))
        self.assertEqual([function["name"] for function in event["caller"]["functions"]], ["packet_new"])
        _, fault = [event for event in report(second, "--elf", elf)["events"] if event["what"] == "last-words"]
        self.assertEqual(fault["fault"]["functions"],
                         [{"name": "node_break", "file": "node.c", "line": lines_of("node.c", "__builtin_trap")[0]}])
        self.assertRegex(re.sub(r"\s+", " ", c_firmware.report(first, "--bytes", "--elf", elf).stdout),
                         r"Before the last reset, at %d\.%03d s: %d B failed in C heap, largest free block %d B, called from "
                         r"packet_new \(node\.c:\d+\), task radio\." % (*divmod(last["at_ms"], 1000), last["bytes"], last["largest"]))

    def test_a_start_after_power_up_has_none(self):
        with Node() as node:
            self.reset(node, b"r")      # at once: nothing failed before
            events = [event for event in node.receiver.events if event["what"] == "failed" and event["after"] == 0]
            self.assertEqual((self.words(node), events), ([], []))


class Live(unittest.TestCase):
    def test_attach_names_callers_and_prints_rates(self):
        elf = os.path.join(OUT, "node.elf")
        with socket.create_server((HOST, 0)) as server:
            port = server.getsockname()[1]
        command = FIRMWARE.qemu(elf, "socket,id=c,host=%s,port=%d,server=on,wait=on" % (HOST, port))
        qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            p = memprof("attach", "--plain", "--bytes", "--count", "8", "--elf", elf, "--wait", "tcp:%s:%d" % (HOST, port))
        finally:
            qemu.kill()
            qemu.wait()
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertRegex(p.stdout, r"(?m)^    C heap  \d+ allocations in 1\.0 s \([\d.]+/s\), \d+ B")
        self.assertRegex(p.stdout, r"(?m)^  messages  \d+ allocations in 1\.0 s")
        self.assertRegex(re.sub(r"\s+", " ", p.stdout),
                         r"-- large allocation in C heap: \d+ B, called from packet_new \(node\.c:\d+\)")


class Requests(unittest.TestCase):
    def memory(self, node, address, n_bytes):
        n = len(node.receiver.other)
        node.ask(wire.READ, wire.varint(address) + wire.varint(n_bytes))
        node.until(lambda: len(node.receiver.other) > n, "an answer to READ")
        frame = node.receiver.other[-1]
        self.assertEqual(frame.type, wire.MEMORY)
        fields = wire.Fields(frame.payload)
        self.assertEqual(fields.varint(), address)
        return fields.rest()

    def quiet(self, node):
        node.ask(wire.SET_PERIOD, wire.varint(0))
        node.truth()        # and a snapshot with it

    def test_period_and_snapshot(self):
        with Node() as node:
            n = len(node.receiver.hellos)
            node.ask(wire.SET_PERIOD, wire.varint(200))
            node.until(lambda: len(node.receiver.hellos) > n + 1, "a HELLO with the period")
            node.until(lambda: node.receiver.hellos[-1]["period_ms"] == 200, "the period")
            n = len(node.snapshots())

            def step_ms():      # from the figures of one to those of the next
                times = [snapshot.at_ms for snapshot in node.snapshots()[n:][-6:]]
                return len(times) == 6 and sorted(after - before for before, after in zip(times, times[1:]))[2]
            node.until(lambda: 190 <= step_ms() < 300, "snapshots with this period")

            self.quiet(node)
            n, until_ms = len(node.snapshots()), node.snapshots()[-1].at_ms + 1500
            while node.snapshots()[-1].at_ms < until_ms:
                node.truth()
                n += 1
            self.assertEqual(len(node.snapshots()), n)
            for flags in (0, 1):
                node.ask(wire.ASK_SNAPSHOT, bytes([flags]))
                node.until(lambda: len(node.snapshots()) > n + flags, "a snapshot")
            node.truth()
            self.assertEqual(len(node.snapshots()), n + 3)
            self.assertEqual(len(node.snapshots(MESSAGES)), len(node.snapshots()))

            n = len(node.receiver.hellos)
            node.ask(wire.ASK_HELLO)
            node.until(lambda: len(node.receiver.hellos) > n, "a HELLO")
            before = node.receiver.stats[MESSAGES]
            node.ask(wire.ASK_STATS)
            node.until(lambda: node.receiver.stats[MESSAGES] is not before, "figures")
            # A request that was damaged on its way, and bytes of somebody else's, do no harm.
            node.press(wire.encode(wire.ASK_HELLO, 1, 0)[:-3] + b"\x01\x02\0hello\r\n")
            n = len(node.truths)

            def answers():      # once so long has passed that the next key is none of those bytes
                node.press(b"t")
                node.listen(0.1)
                return len(node.truths) > n
            node.until(answers, "a truth")
        self.assertEqual((node.receiver.lost, node.text.strip()), (0, ""))

    def test_memory(self):
        with Node() as node:
            self.quiet(node)
            stack = node.truth()["stacks"][0]
            self.assertEqual(self.memory(node, stack["address"], 16), 4 * PAINT)
            self.assertEqual(len(self.memory(node, stack["address"], 400)), 96)
            ram, n_ram = 0x20000000, 16 << 10
            self.assertEqual(len(self.memory(node, ram + n_ram - 8, 64)), 8)
            # Nothing outside: the end of RAM, before it, flash, the UART's register that takes a byte out of it.
            for address in (ram + n_ram, ram - 4, 0, 0x40004000):
                self.assertEqual(self.memory(node, address, 4), b"")
        self.assertEqual(node.receiver.lost, 0)


class Unread(unittest.TestCase):
    def test_the_program_goes_on_while_nobody_reads(self):
        """A pipe holds 64 KiB; snapshots at this period fill it in a second or two, and then the UART's ring."""
        with Node() as node:
            node.left_unread()
            messages = node.truth()["messages"]
            last = node.snapshots()[-1]
        tried = messages["allocations"] + messages["failures"]
        self.assertGreater(tried * SAMPLE_MS, 0.8 * last.at_ms)


class Host(unittest.TestCase):
    def test_report_has_the_pools(self):
        with Node() as node:
            for _ in range(3):
                truth = node.truth()
                node.listen(0.3)
            heard = bytes(node.heard)
        dump = report(heard[:heard.rindex(b"}T@") + 3])["dumps"][-1]    # the last dump is the one before the last truth
        pools = {pool["name"]: pool for pool in dump["pools"]}
        buffers = truth["messages"]["buffers"]
        c_heap = c_firmware.figures_of_newlib(truth["newlib"], truth["packets"])
        expected = {"C heap": (c_heap["used"], c_heap["total"]),
                    "messages": (64 * sum(used for _, used in buffers), 64 * len(buffers))}
        self.assertEqual({name: (pool["used"], pool["total"]) for name, pool in pools.items()}, expected)
        self.assertEqual([pools["C heap"][name] for name in ("free", "largest_free")], [c_heap["free"], c_heap["largest_free"]])
        self.assertEqual([(t["name"], t["used"], t["stack"], t["most_used"]) for t in dump["tasks"]],
                         [(name, stack["used"], stack["total"], stack["peak"])
                          for name, stack in zip(("sampler", "radio"), truth["stacks"])])
        area, = pools["messages"]["areas"]
        self.assertEqual((area["blocks"], area["free_blocks"]), (len(buffers), sum(not used for _, used in buffers)))
        self.assertEqual((dump["complete"], dump["losses"]), (True, {"frames": 0, "snapshots": 0}))
        self.assertEqual(dump["stack"]["limit"], 2048)      # of the snapshot without areas


class Build(unittest.TestCase):
    def test_nothing_big_comes_with_the_agent(self):
        symbols = subprocess.run(["arm-none-eabi-nm", os.path.join(OUT, "node.elf")], capture_output=True, text=True).stdout
        self.assertEqual(re.findall(r"\S*printf\S*|__aeabi_[df]\w+", symbols), [])
        for name in ("memprof_poll", "memprof_send_pools", "memprof_requests_feed", "_malloc_r"):
            self.assertRegex(symbols, r" T %s\n" % name)

    def test_the_agent_is_as_big_as_the_document_says(self):
        rules = os.path.join(ROOT, "layouts", "components.json")
        p = memprof("map", "--json", "--by", "component", "--rules", rules, os.path.join(OUT, "node.map"))
        n_bytes, = re.findall(r'"name": "memprof agent".*?"FLASH": (\d+)', p.stdout, re.S)
        said = re.search(r"([\d.]+) kB here", read(PORTING))[1]
        self.assertAlmostEqual(int(n_bytes) / 1000, float(said), delta=0.2)    # another compiler's may differ a little


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Document(unittest.TestCase):
    """PORTING.md against the example and the headers."""

    def test_its_code_is_the_example_s(self):
        """Each block of C follows a line that links the file which has it."""
        found = re.findall(r"\[`(\S+)`\]\(\.\./examples/bare-metal/(\S+)\)[^\[`]*\n\n```c\n(.*?)```", read(PORTING), re.S)
        self.assertEqual(len(found), read(PORTING).count("```c\n"))
        self.assertGreater(len(found), 2)
        for name, path, text in found:
            with self.subTest(name=name, text=text[:40]):
                self.assertEqual(name, path)
                self.assertIn(text, read(os.path.join(EXAMPLE, path)))

    def test_it_names_each_member_of_the_port(self):
        header = read(os.path.join(ROOT, "firmware-agent", "include", "memprof", "port.h"))
        struct = re.search(r"^struct memprof_port \{\n(.*?)^\};", header, re.S | re.M)[1]
        names = re.findall(r"(?:\(\*(\w+)\)\(|[ *](\w+);)", re.sub(r"/\*.*?\*/", "", struct, flags=re.S))
        self.assertGreater(len(names), 10)
        for name in (a or b for a, b in names):
            self.assertIn("`%s`" % name, read(PORTING))

    def test_links_lead_somewhere(self):
        for path in (PORTING, os.path.join(EXAMPLE, "README.md")):
            for link in re.findall(r"\]\(([^)#:]+)[)#]", read(path)):
                self.assertTrue(os.path.exists(os.path.join(os.path.dirname(path), link)), (path, link))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[3:]])
