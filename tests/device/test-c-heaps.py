#!/usr/bin/python3
"""The heaps of firmware in C, read by a GDB server with nothing on the target, in QEMU: every block as the firmware itself
tells them at that moment, when it stands still.

usage: test-c-heaps.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import unittest

import c_firmware
from gdb_target import free_port
from rig import HERE, killed, memprof

FOLDER = sys.argv[2]
FREERTOS, TLSF = (os.path.join(FOLDER, name + ".elf") for name in ("freertos", "bare-metal-tlsf"))
MOMENTS = 100
STEPS = 5    # of the program between two of them, at least
NANO_HEAD_BYTES = c_firmware.NANO_HEAD_BYTES


@contextlib.contextmanager
def target(elf, more=()):
    """The firmware, and where its GDB server listens."""
    port = free_port("127.0.0.1")
    with c_firmware.Node(elf, more=["-gdb", "tcp:127.0.0.1:%d" % port, *more]) as node:
        node.uri = "gdb:127.0.0.1:%d" % port
        yield node


def blocks_of(text, name, granule):
    """[address, bytes] of each used block in the map of a pool with a letter for each granule."""
    part = re.search(r"(?ms)^Heap %s at (0x\w+).*?^Heap map\n(.*?)^  \. free" % re.escape(name), text)
    start = int(part[1], 16)
    letters = "".join(line.split()[1] for line in part[2].splitlines())
    return [[start + granule * m.start(), granule * len(m[0])] for m in re.finditer("h=*", letters)]


class Heaps(unittest.TestCase):
    def moments(self, elf, compare):
        """compare(pools, text, truth, document): of MOMENTS moments."""
        with target(elf) as node:
            for _ in range(MOMENTS):
                truth = node.truth(b"T")
                p = memprof("snap", "--json", "--elf", elf, node.uri, code=0)
                document = json.loads(p.stdout)["dumps"][0]
                text = memprof("snap", "-q", "--bytes", "--map", "full", "--elf", elf, node.uri, code=0).stdout
                self.assertTrue(document["complete"])
                self.assertFalse(any(pool["damaged"] for pool in document["pools"]))
                compare({pool["name"]: pool for pool in document["pools"]}, text, truth, document)
                node.press(b" ")
                for _ in range(STEPS):
                    node.truth()
            self.assertEqual(node.receiver.lost, 0)

    def test_freertos(self):
        seen = set()

        def compare(pools, text, truth, document):
            heap, pool = truth["heap"], pools["ucHeap"]
            self.assertEqual((pool["kind"], int(pool["start"], 16), pool["total"]), ("freertos", heap["address"], heap["total"]))
            self.assertEqual(pool["reported"]["least_free"], heap["least_free"])
            found = blocks_of(text, "ucHeap", 8)
            self.assertEqual(found.pop(), [heap["address"] + heap["total"] - 8, 8])     # the allocator's own
            live = sorted([address - 8, (size + 8 + 7) // 8 * 8] for address, size in heap["live"])
            self.assertEqual([address for address, _ in found], [address for address, _ in live])
            for (_, is_bytes), (_, asked) in zip(found, live):      # what is left is not split for 16
                self.assertTrue(asked <= is_bytes <= asked + 16, (found, live))
            self.assertEqual(sum(is_bytes for _, is_bytes in found) + 8 + heap["free"], heap["total"])
            tasks = {t["name"]: t for t in document["tasks"]}
            self.assertEqual({t["name"]: (int(t["start"], 16), t["stack"], t["least_free"]) for t in document["tasks"] if t["name"] != "backup"},
                             {t["name"]: (t["address"], t["stack"], t["least_free"]) for t in truth["tasks"] if t["name"] != "backup"})
            self.assertTrue(tasks["memprof"]["current"])
            seen.add((heap["free"], len(live)))
        self.moments(FREERTOS, compare)
        self.assertGreater(len(seen), 10)       # it is a heap that changes

    def test_tlsf_and_newlib(self):
        seen = set()

        def compare(pools, text, truth, document):
            history, pool = truth["history"], pools["tlsf"]
            self.assertEqual((pool["kind"], int(pool["start"], 16)), ("tlsf", history["address"]))
            used = sorted([address - 4, size + 4] for address, size, is_used in history["blocks"] if is_used)
            found = blocks_of(text, "tlsf", 4)
            # What ends the pool is a block of no bytes.
            self.assertEqual(found[-1][0] + found[-1][1], history["address"] + pool["total"])
            found[-1][1] -= 4
            self.assertEqual([f for f in found if f[1]], used)
            free = [size for _, size, is_used in history["blocks"] if not is_used]
            self.assertEqual((pool["free"], pool["reported"]["largest_fit"]), (sum(free), history["fits"]))
            newlib, pool = truth["newlib"], pools["C heap"]
            expected = c_firmware.figures_of_newlib(newlib, truth["packets"])
            said = pool["reported"]
            for name in ("total", "used", "free", "largest_free", "largest_fit", "peak"):
                self.assertEqual(said[name], expected[name], name)
            seen.add((history["used"], newlib["used"]))
        self.moments(TLSF, compare)
        self.assertGreater(len(seen), 10)

    def test_a_core_file_and_an_image(self):
        """Of one moment, in each way the same."""
        for elf in (FREERTOS, TLSF):
            with self.subTest(elf), tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as monitor:
                path, core, ram, psram = (os.path.join(folder, name) for name in ("monitor", "core", "ram", "psram"))
                with target(elf, ["-monitor", "unix:%s,server,nowait" % path]) as node:
                    node.truth(b"T")
                    by_gdb = self.pools("snap", "--elf", elf, node.uri)
                    monitor.settimeout(10)
                    monitor.connect(path)
                    monitor.sendall(b"stop\ndump-guest-memory %s\npmemsave 0x20000000 0x10000 \"%s\"\npmemsave 0x21000000 0x8000 \"%s\"\n"
                                    b"info status\n" % tuple(x.encode() for x in (core, ram, psram)))
                    heard = b""
                    while b"VM status" not in heard:
                        heard += monitor.recv(4096)
                images = ("--image", ram + "@0x20000000", "--image", psram + "@0x21000000")
                self.assertEqual(self.pools("report", "--elf", elf, core), by_gdb)
                self.assertEqual(self.pools("report", "--elf", elf, *images), by_gdb)
                p = memprof("objects", "--elf", elf, core, code=2)
                self.assertIn("no MicroPython there, only heaps of C", p.stderr)
                # Half of the memory: what cannot be read is damaged, and nothing hangs.
                with open(ram, "r+b") as file:
                    file.truncate(0x900)
                p = memprof("report", "--json", "--elf", elf, *images)
                if elf == FREERTOS:
                    self.assertTrue(any(pool["damaged"] for pool in json.loads(p.stdout)["dumps"][0]["pools"]))
                else:       # not even the variables are there
                    self.assertEqual((p.returncode, p.stdout), (2, ""))
                    self.assertIn("no heap of the ELF is set up there", p.stderr)

    def allocator(self, name, seed):
        """Of a program of ours: [address, bytes] of what it has, the pools, and their text."""
        elf = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "heap.elf")
        port, tlsf = free_port("127.0.0.1"), os.path.join(FOLDER, "..", "build", "tlsf")
        of_name = {"tlsf": ["-DTLSF", "-I" + tlsf, os.path.join(tlsf, "tlsf.c")], "nano": ["--specs=nano.specs"], "dlmalloc": []}
        command = ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-O1", "-g", "-DSEED=%d" % seed, "-Dprintf=tlsf_print", "-DNDEBUG", "-w",
                   "-I" + os.path.join(HERE, "newlib"),
                   os.path.join(HERE, "c-heaps", "main.c"), *of_name[name], "-nostartfiles", "-T", os.path.join(HERE, "newlib", "heap.ld"),
                   "-Wl,--gc-sections,--defsym=HEAP_BYTES=60000,--defsym=HEAP_SKEW=0", "-o", elf]
        subprocess.run(command, check=True, capture_output=True)
        uri = "gdb:127.0.0.1:%d" % port
        qemu = ["qemu-system-arm", "-machine", "mps2-an385", "-display", "none", "-monitor", "none", "-serial", "null",
                "-semihosting-config", "enable=on,target=native", "-gdb", "tcp:127.0.0.1:%d" % port, "-kernel", elf]
        with killed(subprocess.Popen(qemu, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)) as process:
            lines = list(iter(process.stdout.readline, "done\n"))
            pools = self.pools("snap", "--elf", elf, uri)
            text = memprof("snap", "-q", "--bytes", "--map", "full", "--elf", elf, uri, code=0).stdout
        return sorted([int(x) for x in line.split()[1:]] for line in lines), pools, text

    def same(self, live, blocks):
        """Each of them is in a block of its own, and there are no more, but for what ends a pool."""
        self.assertEqual(len(live), len(blocks))
        for (address, asked), (start, n_bytes) in zip(live, sorted(blocks)):
            self.assertTrue(start < address and address + asked <= start + n_bytes <= address + asked + 40, (live, blocks))

    def test_a_recording(self):
        """What is recorded of a firmware that stands still is what a snapshot says."""
        with target(FREERTOS) as node, tempfile.TemporaryDirectory() as folder:
            node.truth(b"T")
            path = os.path.join(folder, "night.mprof")
            p = memprof("record", "-o", path, "--for", "2s", "--interval", "0.2", "--elf", FREERTOS, "rtos=" + node.uri, code=0)
            self.assertRegex(p.stderr, r"rtos: note: \d+ snapshots recorded")
            pools = [json.loads(memprof(*command, code=0).stdout)["dumps"][-1]["pools"]
                     for command in (("report", "--json", path), ("snap", "--json", "--elf", FREERTOS, node.uri))]
            self.assertEqual(pools[0], pools[1])
            for option in ("--collect", "--listen-only", "--reset"):
                self.assertIn(option + " is for a board at its prompt",
                              memprof("record", "-o", path, option, "--elf", FREERTOS, node.uri, code=2).stderr)

    def test_other_allocators(self):
        for name in ("dlmalloc", "nano", "tlsf"):
            for seed in range(1, 21):
                with self.subTest(name, seed=seed):
                    live, pools, text = self.allocator(name, seed)
                    self.assertFalse(any(pool["damaged"] for pool in pools), pools)
                    names = ["images.0", "images.1"] if name == "tlsf" else ["C heap"]
                    self.assertEqual(sorted(pool["name"] for pool in pools), names)
                    for pool in pools:
                        start = int(pool["start"], 16)
                        of_pool = [row for row in live if start <= row[0] < start + pool["total"]]
                        self.assertIn(pool["objects"] - len(of_pool), (0, 1))       # the allocator's own, at the end
                        live = [row for row in live if row not in of_pool]
                        if pool is not pools[0]:        # whose map is not shown
                            continue
                        blocks = blocks_of(text, pool["name"], 4)
                        if name == "tlsf":      # what ends a pool is a block of no bytes
                            self.assertEqual(sum(blocks[-1]), start + pool["total"])
                            blocks[-1][1] -= 4
                            blocks = [b for b in blocks if b[1]]
                        self.same(of_pool, blocks)
                    self.assertEqual(live, [])

    def pools(self, *arguments):
        return json.loads(memprof(*arguments, "--json", code=0).stdout)["dumps"][0]["pools"]

    def test_the_target_goes_on(self):
        """Whatever becomes of memprof: its clock goes on, and the program allocates."""
        with target(FREERTOS) as node:
            before = node.truth()["heap"]["allocations"]
            for arguments in (("snap",), ("snap", "--json"), ("attach", "--count", "2", "--interval", "0.1s", "--plain")):
                memprof(*arguments, "--elf", FREERTOS, node.uri, code=0)
            # In a layout, and held to a budget.
            p = memprof("layout", "--json", "--elf", FREERTOS, "--live", node.uri, code=0)
            spans = json.loads(p.stdout)["spaces"][0]["spans"]
            self.assertIn("ucHeap", json.dumps(spans))
            self.assertNotIn("GC heap", p.stdout)
            with tempfile.NamedTemporaryFile("w", suffix=".json") as budget:
                json.dump({"schema": "memprof.budget/1", "budgets": [{"heap": "ucHeap", "min_free": 9000}]}, budget)
                budget.flush()
                p = memprof("check", budget.name, "--live", node.uri, "--elf", FREERTOS, code=1)
                self.assertIn("ucHeap.free", p.stdout)
            node.until(lambda: node.truth()["heap"]["allocations"] > before + 3, "more allocations")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[3:]])
