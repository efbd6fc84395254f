#!/usr/bin/python3
"""memprof sites --attach: a program that runs already, sampled by the agent in its firmware, under QEMU (Cortex-M3), on the emulated
Pico and in the unix port. It must not notice; and whatever becomes of memprof, the samples end.

usage: test-sites-attach.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import os
import re
import signal
import tempfile
import termios
import time
import unittest
from collections import Counter

import rig
import wire
from rig import FIRMWARE, Board, Script, killed, memprof, read_errors_until, start, stop, wait_for

BUILDS = ("qemu-agent-pools", "rp2-agent-pools", "unix-agent-pools")
# Each object of bytes has one of 4 words before it. All that is kept is kept for good, up to 40 of them: a leak.
PROGRAM = """\
import memprof
kept = []
def leaf(n):
    return bytearray(n)
def work(w):
    i = 0
    while True:
        leaf(700 - w)
        bytearray(200 - w)
        bytearray(100 - w)
        i += 1
        if i %% %d == 0:
            print('turn', i)
            if len(kept) < 40:
                kept.append(bytearray(1000 - w))
%s
memprof.start(500)
work(%d)
"""
# In place of what is kept at most 40 times: nothing of this ends.
LEAK = """\
            if i % 3000 == 0:
                kept.append(bytearray(500))
"""
LEAF, SECOND, THIRD, KEPT = ("leaf", 4), ("work", 9), ("work", 10), ("work", 15)
SHARES = {LEAF: 0.7, SECOND: 0.2, THIRD: 0.1}
KEEP_S = 5  # so long a board samples without memprof


def busy(name, before=""):
    """A board whose program runs for ever, printing each turn's number."""
    if name.startswith("rp2") and not os.environ.get("MEMPROF_NODE"):
        raise unittest.SkipTest("MEMPROF_NODE is not set")
    b = Board(FIRMWARE.command(name, heap="1M"), wake=b"\r" if name.startswith("rp2") else b"")
    if name.startswith("qemu"):
        settings = termios.tcgetattr(b.board)
        settings[1] &= ~termios.OPOST   # QEMU turns it on: \n would become \r\n in frames too
        termios.tcsetattr(b.board, termios.TCSANOW, settings)
    b.every = {"q": 500, "r": 50, "u": 5000}[name[0]]
    at = b.mark()
    b.press(b"exec(%a)\r" % (PROGRAM % (b.every, before, 32 if name.startswith("unix") else 16)))
    b.program_at = at
    b.wait(b"turn %d" % b.every, at, 60)
    return b


def attach(b, *arguments, seconds=60):
    b.filter = None
    p = memprof("sites", "--attach", *arguments, b.path, seconds=seconds)
    b.filter = lambda data: b""     # nobody reads the port any more
    return p


def n_sites(b, n_turns=2):
    """Sites that the board sends while its program prints so many lines."""
    at = b.mark()
    for _ in range(n_turns):
        b.wait(b"turn ", b.mark())
    return sum(frame.type == wire.SITE for frame in wire.split(bytes(b.heard[at:]))[0])


def of_lines(profile, what="bytes"):
    sums = Counter()
    for site in profile["sites"]:
        sums[(site["function"], site["line"])] += site[what]
    return sums


class SitesAttach(unittest.TestCase):
    def check_undisturbed(self, b, since=None):
        """Every turn was made, and was printed whole, one after the other; and it goes on."""
        at = b.mark()
        b.wait(b"turn ", at, 30)
        text = wire.split(bytes(b.heard[b.program_at if since is None else since:]))[1]
        turns = [int(n) for n in re.findall(rb"^turn (\d+)\r?$", text, re.M)]
        self.assertEqual(turns, [b.every * (i + 1) for i in range(len(turns))])
        self.assertNotIn(b"Error", text)
        return turns

    def check_only_requests(self, b, own=True):
        """Nothing is typed, and the last word ends the samples."""
        requests = list(wire.requests_of(bytes(b.sent_by_memprof)))
        kinds = Counter(request.type for request in requests)
        self.assertLessEqual(set(kinds), {wire.ASK_HELLO, wire.SET_SITES, wire.ASK_NAME, wire.ASK_SNAPSHOT, wire.ASK_ROWS})
        ends = [request for request in requests if request.type == wire.SET_SITES and request.payload == b"\0\0"]
        self.assertEqual(len(ends) > 0, own)

    def check_ended(self, b):
        self.assertEqual(n_sites(b, 20), 0)

    def check_ends(self, b):
        """By itself, after some time of the board's clock: an emulated Pico is slower than a real one."""
        wait_for(lambda: n_sites(b, 20) == 0, "the end of the samples", 300)
        self.check_ended(b)

    def check_shares(self, profile):
        total = of_lines(profile)
        all_bytes = sum(total.values())
        print({line: "%.1f %%" % (100 * n / all_bytes) for line, n in total.items()}, profile["samples"], "samples,",
              profile["lost"], "lost,", "%.0f B/s" % (all_bytes / profile["joined_us"] * 1e6))
        self.assertGreater(profile["samples"], 20)
        for line, share in SHARES.items():      # five standard deviations, as a slow computer takes fewer samples
            delta = max(0.04, 5 * (share * (1 - share) / profile["samples"]) ** 0.5)
            self.assertAlmostEqual(total[line] / all_bytes, share, delta=delta)

    def test_shares(self):
        for name in BUILDS:
            with self.subTest(name), busy(name) as b:
                before = len(self.check_undisturbed(b))
                begun = time.monotonic()
                p = attach(b, "--json", "--for", "4", "--step", "1024" if name.startswith("rp2") else "4096")
                took_us = (time.monotonic() - begun) * 1e6
                self.assertEqual(p.returncode, 0, p.stderr)
                profile = json.loads(p.stdout)
                self.assertEqual(profile["how"], "hook")
                self.assertTrue(3000000 <= profile["joined_us"] <= took_us + 1000000, (profile["joined_us"], took_us))
                self.assertEqual(profile["alive_when"], "collection")
                self.check_shares(profile)
                self.assertEqual({frame["file"] for frame in profile["frames"]}, {"<string>", "<stdin>"})
                chains = {tuple(site["stack"]) for site in profile["sites"] if (site["function"], site["line"]) == LEAF}
                self.assertEqual(chains, {("<stdin>:1 <module>", "<string>:18 <module>", "<string>:8 work", "<string>:4 leaf")})
                self.check_only_requests(b)
                self.check_ended(b)
                self.assertGreater(len(self.check_undisturbed(b)), before)

    def test_what_is_alive(self):
        """40 objects that are kept, of which the first ones were made before; all of step 64 are sampled."""
        with busy("unix-agent-pools", "    memprof.sites(0)") as b:
            p = attach(b, "--json", "--for", "1")
            profile = json.loads(p.stdout)
            self.assertGreater(profile["samples"], 0)
            self.assertEqual(of_lines(profile, "alive_bytes")[LEAF], 0, p.stdout)
        for name in ("qemu-agent-pools",):
            with self.subTest(name), busy(name) as b:
                p = attach(b, "--json", "--for", "3", "--step", "2K")
                self.assertEqual(p.returncode, 0, p.stderr)
                profile = json.loads(p.stdout)
                alive, total = of_lines(profile, "alive_bytes"), of_lines(profile)
                print(profile["alive_when"], alive)
                self.assertEqual(profile["alive_when"], "collection")
                self.assertGreater(total[KEPT], 10000)
                self.assertGreater(alive[KEPT], 0.9 * total[KEPT])
                # Of blocks that are not followed it is a guess.
                self.assertLess(sum(alive[line] for line in SHARES), 0.02 * sum(total.values()))
                p = attach(b, "--alive", "--for", "1")
                self.assertEqual(p.returncode, 0, p.stderr)
                self.assertRegex(p.stdout, r"B still allocated after the next collection")
                self.assertRegex(p.stdout, r"in \d\.\d s of a program\s+that\s+ran\s+already")

    def test_a_program_that_does_not_collect(self):
        with busy("unix-agent-pools", "") as b:
            b.press(b"\3")
            b.wait(b">>> ", b.mark() - 200, 20)
            text = "import memprof\ndef f():\n    x = []\n    while True:\n        if len(x) < 300: x.append(bytearray(60))\nmemprof.start(300)\nf()\n"
            at = b.mark()
            b.press(b"exec(%a)\r" % text)
            wait_for(lambda: wire.receive(bytes(b.heard[at:])).snapshots, "a snapshot")
            p = attach(b, "--for", "1")
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertRegex(p.stdout, r"\(0 samples\)")

    def test_leaks(self):
        """Floors and samples at once, until Ctrl-C: how much, and which line."""
        with busy("qemu-agent-pools", LEAK) as b, killed(start("leaks", "--attach", b.path)) as p:
            self.assertTrue(any("-- LEAKING gc" in line for line in iter(p.stdout.readline, "")))
            n_sites(b, 200)
            code, out, err = stop(p)
            b.filter = lambda data: b""
            self.assertEqual(code, 0, err)
            self.assertRegex(out, r"Leak: .* survives\s+each\s+collection (?s:.*)\s+allocated\s+at\s+<string>:17\.(?s:.*)\nAllocated at\n(?s:.*) <string>:17 work")
            self.check_undisturbed(b)
        p = memprof("leaks", "--attach", "gdb:localhost:1", code=2)
        self.assertIn("sites --attach", p.stderr)

    def test_leaks_of_a_program_that_samples_by_itself(self):
        """One snapshot a second is asked for, whoever samples, and some at the end."""
        with busy("qemu-agent-pools", "memprof.sites(2048)") as b:
            b.filter = None
            memprof("leaks", "--attach", "--for", "5s", b.path, seconds=60, code=0)
            requests = Counter(request.type for request in wire.requests_of(bytes(b.sent_by_memprof)))
            self.assertTrue(4 <= requests[wire.ASK_SNAPSHOT] <= 12, requests)
            b.filter = lambda data: b""
            self.check_undisturbed(b)

    def test_leaks_that_are_stopped_before_an_agent_is_heard(self):
        with busy("unix-agent-pools") as b:
            b.press(b"\3")
            b.wait(b">>> ", b.mark() - 200)
            b.type("memprof.stop()")
            b.filter = None
            with killed(start("leaks", "--attach", "--json", b.path)) as p:
                folder = "/proc/%d/fd" % p.pid
                wait_for(lambda: b.path in [os.readlink(os.path.join(folder, fd)) for fd in os.listdir(folder)], "the port")
                code, out, err = stop(p)
            self.assertEqual((code, json.loads(out)["subjects"][0]["verdict"]["state"]), (0, "unknown"), err)

    def test_ctrl_c(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number), busy("qemu-agent-pools") as b:
                process = start("sites", "--attach", "--json", b.path)
                read_errors_until(process, "samples are taken until Ctrl-C")
                wait_for(lambda: n_sites(b) > 0, "sites")
                code, out, err = stop(process, number)
                self.assertEqual(code, 0, err)
                b.filter = lambda data: b""
                self.check_shares(json.loads(out))
                self.check_only_requests(b)
                self.check_ended(b)
                self.check_undisturbed(b)

    def test_killed(self):
        """The board ends it by itself."""
        for name in BUILDS:
            with self.subTest(name), busy(name) as b:
                process = start("sites", "--attach", b.path)
                wait_for(lambda: n_sites(b) > 0, "sites")
                process.kill()
                process.communicate()
                b.filter = lambda data: b""
                self.check_ends(b)
                self.check_undisturbed(b)

    def test_a_cable_that_is_pulled(self):
        for name in BUILDS:
            with self.subTest(name), busy(name) as b, tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "profile.json")
                process = start("sites", "--attach", "--for", "60", "-o", path, b.path)
                wait_for(lambda: n_sites(b) > 0, "sites")
                self.assertGreater(n_sites(b, 20), 0)   # memprof has read the first ones meanwhile
                b.unplug()
                out, err = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 3, out + err)
                with open(path, encoding="utf-8") as file:
                    profile = json.load(file)
                # With names, as they were asked for at once.
                functions = {site["function"] for site in profile["sites"]}
                self.assertTrue(functions and functions <= {"leaf", "work"}, functions)
                self.assertEqual({site["alive_bytes"] for site in profile["sites"]}, {None})
                self.check_ends(b)
                self.check_undisturbed(b)

    def test_samples_of_the_program(self):
        with busy("qemu-agent-pools", "memprof.sites(2048)") as b:
            p = attach(b, "--json", "--for", "3", "--step", "64")
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertIn("the program samples by itself, one every 2048 B on average", p.stderr)
            profile = json.loads(p.stdout)
            self.assertEqual(profile["step_bytes"], 2048)
            self.check_shares(profile)
            self.check_only_requests(b, own=False)
            self.assertGreater(n_sites(b), 0)     # they go on
            self.check_undisturbed(b)

    def test_a_reset(self):
        with busy("qemu-agent-pools", "            if i == 40000:\n                raise SystemExit") as b:
            process = start("sites", "--attach", "--json", b.path)
            out, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 3, err)
            self.assertIn("the board was reset", err)
            self.check_shares(json.loads(out))

    def test_at_a_mark(self):
        mark = "def at():\n    memprof.mark('here')\n"
        with busy("qemu-agent-pools", mark) as b:
            p = attach(b, "--json", "--for", "1", "--alive-at", "here")
            self.assertEqual(p.returncode, 2, p.stderr)
            self.assertIn("no mark 'here' came", p.stderr)
            self.assertEqual({site["alive_bytes"] for site in json.loads(p.stdout)["sites"]}, {None})
        text = "import memprof, gc\nmemprof.start(0)\na = [bytearray(500) for i in range(40)]\ngc.collect()\nmemprof.mark('here')\n" \
               "a = None\ngc.collect()\nb = [bytearray(500) for i in range(40)]\n"
        with Script(text) as script:
            p = memprof("sites", "--json", "--step", "256", "--alive-at", "here", script,
                        FIRMWARE.exec_uri("unix-agent-pools", heap="1M"))
            self.assertEqual(p.returncode, 0, p.stderr)
            profile = json.loads(p.stdout)
            self.assertEqual((profile["alive_when"], profile["alive_mark"]), ("mark", "here"))
            alive, total = of_lines(profile, "alive_bytes"), of_lines(profile)
            self.assertGreater(alive[("<listcomp>", 3)], 0.9 * total[("<listcomp>", 3)])
            self.assertEqual(alive[("<listcomp>", 8)], 0)
            self.assertGreater(total[("<listcomp>", 8)], 10000)
            p = memprof("sites", "--alive", "--alive-at", "here", script, FIRMWARE.exec_uri("unix-agent-pools", heap="1M"))
            self.assertRegex(p.stdout, "not freed at the mark 'here', with garbage")
            p = memprof("sites", "--alive-at", "here", script, FIRMWARE.exec_uri("unix"))
            self.assertEqual(p.returncode, 3, p.stderr)

    def test_what_cannot_be_sampled(self):
        for name, words in (("qemu-agent", "its firmware lacks MEMPROF_SITES=1"),
                            ("unix-agent", "takes no requests, and does not sample allocations")):
            with self.subTest(name), busy(name) as b:
                p = attach(b, "--for", "1")
                self.assertEqual((p.returncode, p.stdout), (3, ""), p.stderr)
                self.assertIn(words, p.stderr)
                self.assertIn("built with MEMPROF_SITES=1 and MEMPROF_REQUESTS=1", p.stderr)
                self.check_undisturbed(b)
        with busy("unix-agent-pools") as b:
            b.press(b"\3")
            b.wait(b">>> ", b.mark() - 200)
            b.type("memprof.stop()")
            p = attach(b, "--for", "1")
            self.assertEqual((p.returncode, p.stdout), (3, ""), p.stderr)
            self.assertIn("no agent is heard there", p.stderr)
            self.assertEqual(bytes(b.sent_by_memprof), b"")
        p = memprof("sites", "--attach", "sim:")
        self.assertEqual((p.returncode, p.stdout), (3, ""), p.stderr)
        self.assertIn("the simulated board runs no Python", p.stderr)


if __name__ == "__main__":
    rig.main(emulated=True)
