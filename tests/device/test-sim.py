#!/usr/bin/python3
"""attach, snap and hex with an agent that sends unasked: the simulated board, which runs the agent's own code, in
virtual time.

usage: test-sim.py MEMPROF
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest

import virtual
from virtual import Process, clock

MEMPROF = os.path.abspath(sys.argv.pop(1))


def memprof(*arguments, code=0):
    return virtual.run([MEMPROF, *arguments], timeout=virtual.FOREVER, code=code)


def documents(p):
    return [json.loads(line) for line in p.stdout.splitlines()]


def validate(document):
    import jsonschema       # the system's own, which scripts/test installs
    name = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/schema/memprof.report-1.schema.json")
    with open(name) as f:
        jsonschema.validate(document, json.load(f))


def pools(document):
    return {pool["name"]: pool for pool in document["dumps"][0]["pools"]}


class Attach(unittest.TestCase):
    def test_the_agent_is_listened_to_and_that_is_said(self):
        p = memprof("attach", "--count", "3", "sim:pico", code=0)
        lines = p.stdout.splitlines()
        self.assertIn("gc ms/s", lines[0])
        self.assertEqual(len([line for line in lines[1:] if ":" in line[:5]]), 3, p.stdout)
        self.assertTrue(all(len(line) <= 80 for line in lines))
        self.assertIn("agent found on MicroPython", p.stderr)
        self.assertNotIn("recording", p.stderr)     # there is no --record

    def test_documents(self):
        docs = documents(memprof("attach", "--json", "--count", "3", "-q", "sim:badgeware"))
        self.assertEqual(len(docs), 3)
        for i, doc in enumerate(docs):
            validate(doc)
            self.assertEqual(doc["agent"]["snapshots"], i + 1)
            self.assertEqual(doc["input"]["format"], "agent")
            self.assertTrue(doc["dumps"][0]["complete"])
            self.assertEqual(doc["dumps"][0]["losses"], {"frames": 0, "snapshots": 0})
            self.assertGreater(doc["dumps"][0]["wire_bytes"], 0)
            self.assertEqual(set(pools(doc)), {"gc", "picovector", "ramfs"})
        self.assertEqual(docs[0]["agent"]["firmware"], "MicroPython v1.27.0 (simulated)")
        # What changed since is less than all of it.
        self.assertLess(docs[2]["dumps"][0]["wire_bytes"], docs[0]["dumps"][0]["wire_bytes"])

    def test_what_can_be_done_next(self):
        """What was not saved cannot be reported on."""
        p = memprof("attach", "--count", "10", "--interval", "0.01", "--trend", "-q", "sim:pico")
        self.assertIn("Next: let it run longer.\n", p.stdout)
        self.assertNotIn("--collect", p.stdout)     # an agent does not collect when asked

    def test_interval_asks_for_another_period(self):
        start = clock.now()
        memprof("attach", "--count", "12", "--interval", "0.1", "-q", "sim:pico")
        self.assertLess(clock.now() - start, 3.2)        # 11 s at its own pace

    def test_the_chain_of_events(self):
        """The pool of pictures is full; a collection frees some; the second try succeeds."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "badge.log")
            docs = documents(memprof("attach", "--json", "--interval", "0.1", "--count", "170", "-q", "--save", path,
                                     "sim:badgeware,period=100"))
            events = [e for doc in docs for e in doc["events"]]
            chain = [e["what"] for e in events]
            at = next((i for i, e in enumerate(events) if e["what"] == "failed" and e.get("pool") == "picovector"), None)
            if at is None:
                self.fail("no allocation failed: %s" % chain)
            after = chain[at:at + 8]
            self.assertIn("gc", after)
            self.assertIn("recovered", after)
            self.assertLess(after.index("gc"), after.index("recovered"))
            self.assertGreater(docs[-1]["agent"]["recovered"], 0)
            self.assertEqual(docs[-1]["errors"], [])        # Python never saw it
            # The recording gives the same.
            saved = json.loads(memprof("report", "--json", path).stdout)
            validate(saved)
            self.assertEqual([e["what"] for e in saved["events"]][:len(chain)], chain)
            self.assertEqual(saved["input"]["format"], "stream")
            text = memprof("report", "--no-pager", path).stdout
            self.assertIn("What happened", text)
            self.assertRegex(text, r"\d+ collections took [0-9.]+ ms")

    def test_losses_are_named_and_nothing_wrong_is_shown(self):
        docs = documents(memprof("attach", "--json", "--interval", "0.05", "--count", "60", "-q", "sim:faulty,period=50"))
        self.assertEqual(len(docs), 60)
        self.assertGreater(docs[-1]["agent"]["lost_frames"], 0)
        for doc in docs:
            self.assertTrue(doc["dumps"][0]["complete"])
            for pool in doc["dumps"][0]["pools"]:
                if pool["total"] is not None:
                    self.assertEqual(pool["used"] + pool["free"] + pool["overhead"] + pool["unknown"], pool["total"])

    def test_ctrl_c_ends_it_and_leaves_nobody_behind(self):
        p, child = self.watched("sim:big")
        p.send_signal(signal.SIGINT)
        _, err = p.communicate(timeout=10)
        self.assertEqual(p.returncode, 0, err)
        self.assertFalse(os.path.exists("/proc/%d" % child))

    def test_a_board_that_dies(self):
        p, child = self.watched("sim:pico")
        os.kill(child, signal.SIGKILL)
        _, err = p.communicate(timeout=20)
        self.assertEqual(p.returncode, 3, err)
        self.assertIn("sim:pico", err)

    def watched(self, board):
        """memprof, which has shown something of it, and the board's process."""
        p = Process([MEMPROF, "attach", board])
        p.read(10)
        child, = subprocess.run(["pgrep", "-P", str(p.pid)], capture_output=True, text=True).stdout.split()
        return p, int(child)


class Others(unittest.TestCase):
    def test_snap_shows_all_pools(self):
        p = memprof("snap", "--no-pager", "sim:badgeware", code=0)
        for words in ("Dump 1 of 1", "Pools", "picovector", "ramfs", "Agent "):
            self.assertIn(words, p.stdout)
        self.assertTrue(all(len(line) <= 80 for line in p.stdout.splitlines()), p.stdout)

    def test_snap_of_a_camera(self):
        doc = json.loads(memprof("snap", "--json", "sim:openmv").stdout)
        validate(doc)
        areas = doc["dumps"][0]["pools"][0]["areas"]
        self.assertEqual([area["memory"] for area in areas], ["sram", "sdram"])
        self.assertGreaterEqual(len(doc["dumps"][0]["pools"]), 5)

    def test_hex_by_the_agent(self):
        doc = json.loads(memprof("hex", "--json", "sim:pico", "gc.0", "256").stdout)
        snap = json.loads(memprof("snap", "--json", "sim:pico").stdout)
        start = snap["dumps"][0]["pools"][0]["areas"][0]["start"]
        self.assertEqual(doc["ranges"][0]["start"], start)
        memprof("hex", "sim:pico", "0x10", "16", code=2)
        self.assertIn("--words requires a prompt", memprof("hex", "--words", "sim:pico", "gc.0", "16", code=2).stderr)

    def test_it_runs_no_programs(self):
        with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
            script.write("print(1)\n")
            script.flush()
            self.assertIn("a simulated board runs no programs", memprof("run", script.name, "sim:pico", code=2).stderr)

    def test_a_name_that_is_none(self):
        self.assertIn("badgeware", memprof("snap", "sim:nowhere", code=2).stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
