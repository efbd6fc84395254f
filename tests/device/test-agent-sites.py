#!/usr/bin/python3
"""Allocations that the agent samples in real MicroPython, under QEMU (Cortex-M3), on the emulated Pico and in the unix port: how much each line of a
program requests, its chain of calls, and what is still alive, against what the program does.

usage: test-agent-sites.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import functools
import math
import re
import sys
import time
import unittest
from collections import Counter

import wire
from rig import FIRMWARE, RawBoard

BUILDS = ("qemu-agent-pools", "rp2-agent-pools", "unix-agent-pools")
NAMES = ("<stdin>", "<string>", "<module>", "<lambda>", "<listcomp>", "<genexpr>", "leaf", "comp", "gen", "rec", "deep", "big",
         "outer", "method", "main", "grow", "keep", "drop")
# The functions of the programs, in this order of lines.
FUNCTIONS = """\
def leaf(n):
    return bytearray(n)
def comp(n):
    return [leaf(n) for _ in range(3)]
def gen(n):
    for i in range(n):
        yield leaf(i + 50)
def rec(n):
    return rec(n - 1) if n else leaf(60)
def big(n):
    a = b = c = d = e = f = g = h = i = j = k = l = m = n
    x = leaf(n)
    return a + b + c + d + e + f + g + h + i + j + k + l + m, x
def outer(n):
    a = b = c = d = e = f = g = h = i = j = k = l = m = n
    x = big(n)
    return a + b + c + d + e + f + g + h + i + j + k + l + m, x
class C:
    def method(self, n):
        return sum(len(x) for x in gen(n))
def main():
    comp(70)
    rec(2)
    outer(80)
    C().method(4)
    (lambda: leaf(90))()
    list(gen(3))
    big(*(100,))
    sorted([1, 2], key=lambda x: len(leaf(x)))
"""
MAIN = ("main", "<module>", "<module>")
# What main() calls: functions and their lines; the lines of main() itself are any of its own.
CHAINS = {
    (("leaf", 2), ("<listcomp>", 4), ("comp", 4), ("main", 22)), (("<listcomp>", 4), ("comp", 4), ("main", 22)),
    (("comp", 4), ("main", 22)),
    (("leaf", 2), ("rec", 9), ("rec", 9), ("rec", 9), ("main", 23)),
    (("leaf", 2), ("big", 12), ("outer", 16), ("main", 24)), (("big", 13), ("outer", 16), ("main", 24)),
    (("outer", 16), ("main", 24)), (("outer", 17), ("main", 24)), (("main", 24),),
    (("leaf", 2), ("gen", 7), ("<genexpr>", 20), ("method", 20), ("main", 25)), (("method", 20), ("main", 25)),
    (("main", 25),),
    (("leaf", 2), ("<lambda>", 26), ("main", 26)), (("main", 26),),
    (("leaf", 2), ("gen", 7), ("main", 27)), (("main", 27),),
    (("leaf", 2), ("big", 12), ("main", 28)), (("big", 13), ("main", 28)), (("main", 28),),
    (("leaf", 2), ("<lambda>", 29), ("main", 29)), (("main", 29),),
}
# Each line requests an object of 4 words, and its bytes.
SHARES = """\
def main(n, w):
    for i in range(n):
        bytearray(700 - w)
        bytearray(200 - w)
        bytearray(100 - w)
"""


def on_each_board(test):
    @functools.wraps(test)
    def run(self):
        for name in BUILDS:
            with self.subTest(name), SitesBoard(name) as board:
                test(self, board)
    return run


class SitesBoard(RawBoard):
    def __init__(self, name):
        super().__init__(FIRMWARE.command(name), wake=b"\r" if name.startswith("rp2") else b"")
        self.word_bytes = 8 if name.startswith("unix") else 4
        self.say("import gc, memprof")
        heard = self.say("for name in %r: print('name', id(name) >> 3, name)" % (NAMES,) + "\r")
        self.names = {int(number): name.decode() for number, name in re.findall(rb"name (\d+) (\S+)", heard)}
        self.say("memprof.start(0)")

    def sample(self, text, step, program):
        """What the program's samples are, after the text has been executed."""
        self.say("exec(%r)" % text)
        at = self.mark()
        self.say("memprof.sites(%d); %s; memprof.sites(0)" % (step, program), 120)
        self.say("gc.collect(); memprof.poll(); memprof.snapshot()")
        receiver = wire.receive(bytes(self.heard[at:]))
        self.assert_equal(receiver.lost, 0)
        if step == 1 and receiver.sites_lost == 0:
            self.look_at_classes(receiver.sites)
        for site in receiver.sites:
            site["chain"] = [(self.names.get(function, function), line) for _, function, line in site["frames"]]
            site["files"] = [self.names.get(file, file) for file, _, _ in site["frames"]]
        return receiver

    def look_at_classes(self, sites):
        """Each request was sampled, so what was counted between two of a class is the size of the second one."""
        requested = {}
        for site in sites:
            before = requested.setdefault(site["size_class"], site["class_bytes"] - site["size"])
            self.assert_equal(site["class_bytes"], before + site["size"])
            requested[site["size_class"]] = site["class_bytes"]

    def assert_equal(self, is_one, other):
        if is_one != other:
            raise AssertionError("%r is not %r" % (is_one, other))


def bytes_of(site):
    return site["size"] / (1 - math.exp(-site["size"] / site["step"]))


class Sites(unittest.TestCase):
    @on_each_board
    def test_how_much_each_line_requests(self, board):
        receiver = board.sample(SHARES, 1024, "main(6000, %d)" % (4 * board.word_bytes))
        n_taken = len(receiver.sites) + receiver.sites_lost     # for which a busy computer left no room
        self.assertGreaterEqual(n_taken, 4000, receiver.sites_lost)
        self.assertGreaterEqual(len(receiver.sites), 2000)
        of_lines, n_of_lines = Counter(), Counter()
        for site in receiver.sites:
            if site["chain"][0][0] == "main":
                of_lines[site["chain"][0][1]] += bytes_of(site)
                n_of_lines[site["chain"][0][1]] += bytes_of(site) / site["size"]
        total = sum(of_lines.values())
        all_bytes = total * n_taken / len(receiver.sites)
        print({line: "%.1f %%, %.0f" % (100 * n / total, n_of_lines[line]) for line, n in sorted(of_lines.items())},
              "%.3f of all bytes, %d samples" % (all_bytes / 6000000, len(receiver.sites)))
        for line, share in ((3, 0.7), (4, 0.2), (5, 0.1)):
            self.assertAlmostEqual(of_lines[line] / total, share, delta=0.03)
        self.assertAlmostEqual(all_bytes / 6000000, 1, delta=0.05)

    @on_each_board
    def test_chains(self, board):
        seen = Counter()
        for step in (1, 16, 40) + 40 * (100,):
            receiver = board.sample(FUNCTIONS, step, "main()") if step == 1 else self.again(board, step)
            for site in receiver.sites:
                if len(site["chain"]) < 3:     # of the line at the prompt
                    continue
                self.assertEqual(site["files"], ["<string>"] * (len(site["files"]) - 1) + ["<stdin>"])
                self.assertEqual(site["chain"][-1], ("<module>", 1))
                self.assertIn(tuple(site["chain"][:-1]), CHAINS)
                self.assertFalse(site["cut"])
                seen[tuple(site["chain"][:-1])] += 1
        print(len(seen), "chains,", sum(seen.values()), "samples")
        self.assertLessEqual({chain for chain in CHAINS if chain[0][0] == "leaf"}, set(seen))

    def again(self, board, step):
        return board.sample("pass", step, "main()")

    @on_each_board
    def test_of_a_deep_chain_the_innermost_frames(self, board):
        receiver = board.sample("def deep(n):\n    return deep(n - 1) if n else bytearray(3000)\n", 1, "deep(20)")
        sites = [site for site in receiver.sites if site["size"] == 3000]
        self.assertEqual([site["chain"] for site in sites], [[("deep", 2)] * 8])
        self.assertTrue(sites[0]["cut"])

    @on_each_board
    def test_what_a_realloc_adds(self, board):
        text = "def grow(n):\n    x = []\n    for i in range(n):\n        x.append(i)\n    return x\n"
        receiver = board.sample(text, 1, "x = grow(500)")
        sizes = [site["size"] for site in receiver.sites if site["chain"][0] == ("grow", 4)]
        capacity = 4    # of a list (py/objlist.c), which then doubles
        while capacity < 500:
            capacity *= 2
        block = 4 * board.word_bytes
        self.assertGreater(len(sizes), 5)
        self.assertAlmostEqual(sum(sizes), (capacity - 4) * board.word_bytes, delta=block)
        last = [site for site in receiver.sites if site["chain"][0] == ("grow", 4)]
        self.assertEqual({site["alive"] for site in last}, {True})     # one block, that was moved now and then

    @on_each_board
    def test_what_has_no_room_is_counted(self, board):
        receiver = board.sample("pass", 1, "x = list(map(bytearray, range(1, 200)))")
        self.assertGreater(receiver.sites_lost, 100)
        self.assertGreater(len(receiver.sites), 8)
        receiver = board.sample("pass", 1, "x = 0; x = bytearray(7000)")
        self.assertEqual(sum(site["size"] == 7000 for site in receiver.sites), 1)

    @on_each_board
    def test_what_is_alive(self, board):
        text = "def keep(n):\n    return [bytearray(40 + i) for i in range(n)]\n" \
               "def drop(n):\n    for i in range(n):\n        bytearray(40 + i)\n"
        receiver = board.sample(text, 1, "x = keep(15); drop(25)")
        kept = [site["alive"] for site in receiver.sites if site["chain"][0] == ("<listcomp>", 2) and site["size"] >= 40]
        dropped = [site["alive"] for site in receiver.sites if site["chain"][0] == ("drop", 5) and site["size"] >= 40]
        print(Counter(kept), Counter(dropped))
        self.assertGreater(len(kept), 10)
        self.assertGreater(len(dropped), 10)
        self.assertNotIn(False, kept)
        self.assertGreaterEqual(dropped.count(False), 0.8 * len(dropped))   # the stack may have the address of some
        heads = {area.address + i * 4 * board.word_bytes for area in receiver.snapshots[-1].areas
                 for i, code in enumerate(area.codes) if code >= wire.HEAD}
        for site in receiver.sites:
            if site["alive"]:
                self.assertIn(site["address"], heads)

    @on_each_board
    def test_the_steps_it_takes(self, board):
        for wrong in ("-1", "524289", "'a'"):
            self.assertIn(b"Error", board.say("memprof.sites(%s)" % wrong))
        board.say("memprof.sites(); memprof.sites(524288); memprof.sites(0)")
        self.assertIn("sites", wire.receive(board.say("memprof.start(0)")).hellos[-1]["can"])

    @on_each_board
    def test_what_it_costs(self, board):
        """Is printed: a computer that does other things has no time to rely on."""
        text = "def f(n):\n    for i in range(n):\n        x = [i, i]\n        y = bytearray(20)\n"
        board.say("exec(%r)" % text)
        board.say("f(1000)")
        seconds = {}
        for _ in range(3):
            for step in (0, 524288, 1024):
                board.say("memprof.sites(%d)" % step)
                begin = time.monotonic()
                board.say("f(20000)", 120)
                seconds[step] = min(seconds.get(step, 1e9), time.monotonic() - begin)
        board.say("memprof.sites(0)")
        print({step: "%.3f s, %+.1f %%" % (s, 100 * (s / seconds[0] - 1)) for step, s in seconds.items()})


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[3:]])
