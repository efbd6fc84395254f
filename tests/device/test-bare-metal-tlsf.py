#!/usr/bin/python3
"""examples/bare-metal with TLSF, the allocator in Debian's source of ZynAddSubFX (scripts/build-firmware), in QEMU. What memprof
prints of it, and what it sends, is held against the program's own list of what it has allocated (truth.c).

usage: test-bare-metal-tlsf.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import concurrent.futures
import json
import os
import select
import socket
import subprocess
import sys
import time
import unittest

import c_firmware
from rig import HERE, HOST, memprof

ELF = os.path.join(sys.argv[2], "bare-metal-tlsf.elf")
EXAMPLE = os.path.join(HERE, "..", "..", "examples", "bare-metal")
HISTORY = 3
FIGURES = ("total", "used", "free", "largest_free", "largest_fit")
HEAD_BYTES, GRANULE_BYTES, LISTS_LOG2 = 4, 64, 5    # of TLSF: a block's; of pools.c; of TLSF: lists of a size class


def Node(*on_truth):
    return c_firmware.Node(ELF, *on_truth)


def blocks_of(history):
    """[address, bytes, used] of each block. Where the program has no record, one free block lies between two heads."""
    blocks, at = [], history["address"] + HEAD_BYTES
    end = history["address"] + history["total"]     # where a record behind the last head would begin
    for address, n_bytes in [*sorted(record[:2] for record in history["records"]), [end, 0]]:
        if address > at:
            blocks.append([at, address - HEAD_BYTES - at, 0])
        if n_bytes:
            blocks.append([address, n_bytes, 1])
        at = address + n_bytes + HEAD_BYTES
    return blocks


def figures_of(history):
    blocks = blocks_of(history)
    used, free = ([n_bytes for _, n_bytes, is_used in blocks if is_used == wanted] for wanted in (1, 0))
    return {"total": history["total"], "used": sum(used), "free": sum(free), "largest_free": max(free, default=0),
            "largest_fit": history["fits"], "used_blocks": len(used), "free_blocks": len(free)}


def rounded_down(n_bytes):
    """To the size class: TLSF takes a block only from a list all of whose blocks are large enough."""
    step = 1 << max(n_bytes.bit_length() - 1 - LISTS_LOG2, 0)
    return n_bytes // step * step


class Compared(unittest.TestCase):
    def setUp(self):
        self.seen = []

    def compare(self, receiver, truth):
        history, stats, pool = truth["history"], dict(receiver.stats[HISTORY]), receiver.pools[HISTORY]
        expected, blocks = figures_of(history), blocks_of(history)
        self.assertEqual([pool[name] for name in ("name", "kind", "memory", "granule_bytes", "address", "size_bytes")],
                         ["history", 1, 3, GRANULE_BYTES, history["address"], history["total"]])
        del stats["at_ms"]
        self.assertEqual(stats, expected)
        # Neither the program's list nor its sum nor TLSF's own walker differ, nor the rule from what TLSF granted.
        self.assertEqual(history["blocks"], blocks)
        self.assertEqual(history["used"], expected["used"])
        self.assertEqual(rounded_down(expected["largest_free"]), history["fits"])
        for _, n_bytes, n_requested in history["records"]:
            self.assertLessEqual(n_requested, n_bytes)

        table = [snapshot for snapshot in receiver.snapshots if snapshot.pool == HISTORY][-1]
        area, = table.areas
        letters = ""
        for address, n_bytes, used in blocks:   # of the granules whose first byte is in it, or in its head
            end = (address + n_bytes - history["address"] + GRANULE_BYTES - 1) // GRANULE_BYTES
            n = min(end, history["total"] // GRANULE_BYTES) - len(letters)
            letters += ("h" + "=" * (n - 1) if used else "." * n) if n else ""
        self.assertEqual((table.block_bytes, area.address, area.memory), (GRANULE_BYTES, history["address"], 3))
        self.assertEqual(area.letters(), letters)
        self.seen.append((expected, truth))


class Figures(Compared):
    def test_the_pool_is_as_the_program_counted_it(self):
        with Node(self.compare) as node:
            for _ in range(40):
                node.truth()
                node.listen(0.15)
        self.assertEqual((node.receiver.lost, node.receiver.abandoned, node.text.strip()), (0, 0, ""))
        self.assertEqual([pool["name"] for pool in node.receiver.pools.values()], ["C heap", "messages", "history"])
        # They are figures of a pool that was full, and is in pieces.
        for name in ("used", "largest_free", "largest_fit", "free_blocks"):
            self.assertGreater(len({figures[name] for figures, _ in self.seen}), 5, name)
        self.assertGreater(max(figures["used"] / figures["total"] for figures, _ in self.seen), 0.85)
        self.assertTrue(any(figures["largest_fit"] < figures["largest_free"] for figures, _ in self.seen))

    def test_a_hole_is_the_largest_free_block(self):
        """The older half of the records goes (h), with no task between the snapshots before and after it."""
        with Node(self.compare) as node:
            node.until(lambda: len(node.snapshots()) > 4, "a full pool")
            for _ in range(30):
                n, n_snapshots = len(self.seen), len(node.snapshots())
                node.press(b"tht")
                node.until(lambda: len(self.seen) >= n + 2, "two truths")
                (before, first), (after, second) = self.seen[n:n + 2]
                records = first["history"]["records"]
                gone, kept = records[:len(records) // 2], records[len(records) // 2:]
                if second["history"]["records"] == kept:
                    break
                # The keys came apart, and a task ran between them.
                node.until(lambda: len(node.snapshots()) > n_snapshots + 3, "a full pool")
            else:
                self.fail("a task ran each time")
        freed = sum(n_bytes for _, n_bytes, _ in gone)
        self.assertGreater(freed, 4000)
        self.assertEqual(before["used"] - after["used"], freed)
        self.assertEqual(before["used_blocks"] - after["used_blocks"], len(gone))
        # Neighbours become one block, which gains the head of each.
        n_heads = sum(before[name] - after[name] for name in ("used_blocks", "free_blocks"))
        self.assertEqual(after["free"] - before["free"], freed + HEAD_BYTES * n_heads)
        # The largest is a hole: all that lies in it was a record that is gone, or free before.
        address, n_bytes = max((block[:2] for block in blocks_of(second["history"]) if not block[2]), key=lambda block: block[1])
        inside = [block for block in blocks_of(first["history"]) if address <= block[0] < address + n_bytes]
        self.assertTrue({block[0] for block in inside if block[2]} <= {record[0] for record in gone})
        self.assertEqual(sum(block[1] for block in inside) + HEAD_BYTES * (len(inside) - 1), after["largest_free"])
        self.assertGreater(after["largest_free"], before["largest_free"])


class Host(Compared):
    def pools(self, document):
        """Of the two heaps: total, used, free, largest free block, largest that fits."""
        pools = {pool["name"]: pool for pool in document["dumps"][-1]["pools"]}
        self.assertEqual([(pools[name]["kind"], pools[name]["memory"], pools[name]["damaged"]) for name in ("C heap", "history")],
                         [("newlib", "sram", False), ("tlsf", "psram", False)])
        return [(*(pools[name][figure] for figure in FIGURES[:-1]), pools[name]["reported"][FIGURES[-1]])
                for name in ("C heap", "history")]

    def counted(self, figures, truth):
        return [tuple(of[figure] for figure in FIGURES)
                for of in (c_firmware.figures_of_newlib(truth["newlib"], truth["packets"]), figures)]

    def test_attach(self):
        """Between memprof and the board is this test, which types t. What was counted then is shown, in this order; between two
        of them, memprof shows what the board sends by itself."""
        with Node(self.compare) as node, socket.create_server((HOST, 0)) as server, \
                concurrent.futures.ThreadPoolExecutor(1) as thread:
            attached = thread.submit(memprof, "attach", "--json", "--count", "40", "-q", "tcp:%s:%d" % server.getsockname())
            line = server.accept()[0]
            n_sent, next_truth = 0, time.monotonic() + 1
            with line:
                while not attached.done():
                    node.read(0.02)
                    if time.monotonic() > next_truth:
                        node.press(b"t")
                        next_truth = time.monotonic() + 0.2
                    try:
                        line.sendall(node.heard[n_sent:])
                        n_sent = len(node.heard)
                        if select.select([line], [], [], 0)[0]:
                            node.press(line.recv(4096))
                    except ConnectionError:     # memprof has what it wanted
                        break
            p = attached.result()
        self.assertEqual(p.returncode, 0, p.stderr)
        shown = [self.pools(document) for document in map(json.loads, p.stdout.splitlines())]
        counted = [self.counted(*seen) for seen in self.seen[:15]]
        rest = iter(shown)
        self.assertTrue(len(counted) == 15 and all(figures in rest for figures in counted), (counted, shown))
        for i in range(2):
            self.assertGreater(len({pools[i] for pools in counted}), 5)

    def test_report(self):
        with Node(self.compare) as node:
            node.until(lambda: len(node.snapshots()) > 3, "snapshots")
            node.truth()
            heard = node.heard[:node.heard.rindex(b"}T@") + 3]
        figures, truth = self.seen[-1]
        fits, more = figures["largest_fit"], figures["largest_free"] + 1
        document = json.loads(c_firmware.report(heard, "--json", "--need", str(fits), "--need", str(more)).stdout)
        text = c_firmware.report(heard, "--bytes").stdout
        self.assertEqual(self.pools(document), self.counted(figures, truth))
        pool, = [pool for pool in document["dumps"][-1]["pools"] if pool["name"] == "history"]
        self.assertEqual([(fit["bytes"], fit["fits"]) for fit in pool["fits"]], [(fits, True), (more, False)])
        self.assertRegex(text, r"(?m)^history +tlsf +psram +%(total)d +%(used)d +%(free)d +%(largest_free)d$" % figures)


class Build(unittest.TestCase):
    def test_a_folder_without_tlsf_is_said(self):
        p = subprocess.run(["make", "-n", "-C", EXAMPLE, "TLSF=/nonexistent"], capture_output=True, text=True)
        self.assertEqual(p.returncode, 2)
        self.assertIn("no tlsf.c in TLSF=/nonexistent", p.stderr)

    def test_nothing_big_comes_with_it(self):
        symbols = subprocess.run(["arm-none-eabi-nm", ELF], capture_output=True, text=True, check=True).stdout
        self.assertRegex(symbols, r" T tlsf_malloc\n")
        self.assertNotIn("fprintf", symbols)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[3:]])
