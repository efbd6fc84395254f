#!/usr/bin/python3
"""The agent in a firmware on FreeRTOS: examples/freertos with the kernel's V9.0.0 (scripts/build-firmware), in QEMU. What it
sends is read by wire.py, and compared with what the firmware counted itself at the same moment (its truth.c).

usage: test-freertos.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import functools
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

import c_firmware
import wire
from rig import HERE, memprof, read_until, start

ELF = os.path.join(sys.argv[2], "freertos.elf")
EXAMPLE = os.path.join(HERE, "..", "..", "examples", "freertos")
HEAP = 1
HEAD_BYTES, MORE_MAX_BYTES = 8, 7 + 16      # heap_4: of a block; sizes are rounded up to 8, and not split for 16
CONTEXT_BYTES = 64 + 8      # of the registers that a task leaves on its stack, and what aligns them
SAMPLE_MS = 15      # of logger.c
# Who allocates: the sensor its records, the radio's kernel call a task's stack and block, the backup its copy.
CALLERS = {("sensor", "run_sensor"), ("radio", "xTaskCreate"), ("backup", "run_backup")}


def Logger(*on_truth):
    return c_firmware.Node(ELF, *on_truth)


def named(tasks):
    return {task["name"]: task for task in tasks}


class Figures(unittest.TestCase):
    def test_heap_and_tasks_are_as_the_firmware_counted_them(self):
        with Logger(self.compare) as logger:
            for _ in range(60):
                logger.truth()
                logger.listen(0.15)
            logger.until(lambda: self.is_deepest(logger.truth()), "the deepest path of radio")
            seen = logger.truths
        self.assertEqual((logger.receiver.lost, logger.receiver.abandoned, logger.text.strip()), (0, 0, ""))
        # They are figures of a program that runs: its heap changes, a task comes and goes, a stack is used more than before.
        self.assertGreater(len({truth["heap"]["free"] for truth in seen}), 20)
        self.assertEqual({"backup" in named(truth["tasks"]) for truth in seen}, {False, True})
        self.assertGreater(len({named(truth["tasks"])["radio"]["least_free"] for truth in seen}), 1)
        for name in ("radio", "sensor"):
            self.assertLessEqual(self.used(named(seen[-1]["tasks"]), name), self.deepest()["run_" + name] + CONTEXT_BYTES, name)

    @staticmethod
    @functools.cache
    def deepest():
        """What map --by stack says of the functions of tasks."""
        rows = json.loads(memprof("map", "--by", "stack", "--json", ELF).stdout)["stack"]
        return {row["name"]: row["deepest"] for row in rows}

    @staticmethod
    def used(tasks, name):
        return tasks[name]["stack"] - tasks[name]["least_free"]

    def is_deepest(self, truth):
        """It takes its deepest path, to checksum(), at times."""
        return self.used(named(truth["tasks"]), "radio") >= self.deepest()["run_radio"]

    def compare(self, receiver, truth):
        self.tasks(receiver.tasks, truth["tasks"])
        table = [s for s in receiver.snapshots if s.pool == HEAP][-1]
        self.heap(dict(receiver.stats[HEAP]), receiver.pools[HEAP], table, truth["heap"])
        for snapshot in (table, [s for s in receiver.snapshots if s.pool == 0][-1]):
            self.assertEqual((snapshot.n_abandoned, snapshot.n_skipped), (0, 0))
            self.assertLess(snapshot.pause_us + snapshot.wait_us, 1 << 31)

    def tasks(self, tasks, truth):
        self.assertEqual({task["name"]: {k: task[k] for k in ("name", "address", "stack", "least_free")}
                          for task in tasks if task["name"] != "backup"}, named(t for t in truth if t["name"] != "backup"))
        backup, counted = named(tasks).get("backup"), named(truth).get("backup")
        self.assertEqual(bool(backup), bool(counted))
        if backup:      # its stack is a block of the heap
            self.assertEqual((backup["stack"], backup["least_free"]), (counted["stack"], counted["least_free"]))
            self.assertTrue(backup["address"])
        # The running one is the agent's own. They come in the order in which they were made.
        self.assertEqual([task["name"] for task in tasks if task["current"]], ["memprof"])
        self.assertEqual([task["name"] for task in tasks][:4], ["sensor", "radio", "memprof", "IDLE"])

    def heap(self, stats, pool, table, heap):
        sizes = [size for _, size in heap["live"]]
        del stats["at_ms"]
        self.assertEqual((pool["name"], pool["kind"], pool["granule_bytes"], pool["address"], pool["size_bytes"]),
                         ("FreeRTOS heap", 3, 64, heap["address"], heap["total"]))
        self.assertEqual((stats["used_blocks"], stats["least_free"]), (len(sizes), heap["least_free"]))
        self.assertEqual(stats["free"] + HEAD_BYTES * stats["free_blocks"], heap["free"])
        self.assertTrue(sum(sizes) <= stats["used"] <= sum(sizes) + MORE_MAX_BYTES * len(sizes), (stats, sum(sizes)))
        self.assertNotIn("damaged", stats)
        letters = table.areas[0].letters()
        for address, size in heap["live"]:      # each block that is large enough has a granule that begins in it
            i = (address - heap["address"] + 63) // 64
            if address + size > heap["address"] + 64 * i:
                self.assertNotEqual(letters[i], ".", (hex(address), size, letters))

    def test_hello(self):
        with Logger() as logger:
            logger.until(logger.snapshots, "a snapshot")
            hello = logger.receiver.hellos[-1]
        self.assertEqual(hello["can"], {"reports failed", "takes requests", "reads", "pools"})
        notes = subprocess.run(["arm-none-eabi-readelf", "-n", ELF], capture_output=True, text=True)
        build_id = re.search(r"Build ID: ([0-9a-f]{40})", notes.stdout)
        self.assertEqual(hello["tags"], {1: b"data logger, FreeRTOS V9.0.0", 2: bytes.fromhex(build_id[1]),
                                         3: b"MPS2 AN385"})


class Events(unittest.TestCase):
    def test_allocations_that_fail(self):
        """Each of them is an event, sent by the agent's task, though it was in another one."""
        with Logger() as logger:
            logger.until(lambda: logger.receiver.events, "failed allocations", 90)
            truth = logger.truth()
            late = logger.truth()
        failed = [event for event in logger.receiver.events if event["what"] == "failed"]
        self.assertEqual(len(failed), len(logger.receiver.events))
        self.assertTrue(truth["heap"]["failed"] > 0 and late["heap"]["failed"] - len(failed) in (0, 1),     # that one waits
                        (truth["heap"]["failed"], len(failed), late["heap"]["failed"]))
        self.assertEqual({event["pool"] for event in failed}, {HEAP})
        self.assertTrue(all(24 <= event["bytes"] <= 2048 for event in failed), failed)
        # Of which task, and where in it: a record of the sensor, or the kernel for radio's backup.
        document = json.loads(c_firmware.report(logger.heard, "--json", "--elf", ELF).stdout)
        events = [event for event in document["events"] if event["what"] == "failed"]
        self.assertEqual(len(events), len(failed))
        for event in events:
            name = event["caller"]["functions"][0]["name"]
            self.assertIn((event["task"], name), CALLERS, event)

    def test_windows_have_what_was_requested(self):
        """The windows add up to what the firmware counted: a truth is printed right after a snapshot."""
        with Logger() as logger:
            logger.until(lambda: len(logger.snapshots()) > 5, "snapshots")
            truth = logger.truth()
            windows = list(logger.receiver.windows)
        self.assertGreater(len(windows), 3)
        self.assertEqual(sum(w["allocations"] + w["failures"] for w in windows), truth["heap"]["allocations"])
        self.assertEqual(min(w["least_free"] for w in windows if w["allocations"]), truth["heap"]["least_free"])
        for window in windows:      # heap_4 does not report the size of a block that is freed
            self.assertEqual("freed" in window, not window["frees"], window)


class Requests(unittest.TestCase):
    def test_period_and_memory(self):
        with Logger() as logger:
            logger.ask(wire.SET_PERIOD, wire.varint(200))
            logger.until(lambda: logger.receiver.hellos and logger.receiver.hellos[-1]["period_ms"] == 200, "the period")
            n = len(logger.snapshots())
            logger.until(lambda: len(logger.snapshots()) > n + 6, "snapshots")
            idle = named(logger.truth()["tasks"])["IDLE"]
            logger.ask(wire.READ, wire.varint(idle["address"]) + wire.varint(16))
            logger.until(lambda: logger.receiver.other, "an answer to READ")
            fields = wire.Fields(logger.receiver.other[-1].payload)
            self.assertEqual((fields.varint(), fields.rest()), (idle["address"], 16 * b"\xa5"))
        self.assertEqual(logger.receiver.lost, 0)


class Unread(unittest.TestCase):
    def test_the_program_goes_on_while_nobody_reads(self):
        with Logger() as logger:
            logger.left_unread()
            heap = logger.truth()["heap"]
            last = logger.snapshots()[-1]
        self.assertGreater(heap["allocations"] * (SAMPLE_MS + 1), 0.8 * last.at_ms)


class Host(unittest.TestCase):
    """memprof's own reading of the same bytes."""

    @classmethod
    def setUpClass(cls):
        with Logger() as logger:
            logger.until(lambda: "backup" in named(logger.truth()["tasks"]), "the backup")
            cls.truth = logger.truths[-1]
            heard = bytes(logger.heard)
        file = tempfile.NamedTemporaryFile(suffix=".bin")
        cls.addClassCleanup(file.close)
        file.write(heard[:heard.rindex(b"}T@") + 3])    # the last dump is the one before the last truth
        file.flush()
        cls.path = file.name

    def test_a_budget_is_held_against_the_live_board(self):
        """It has no prompt: its agent will do."""
        uri = "exec:" + " ".join(c_firmware.FIRMWARE.qemu(ELF, "stdio,id=c,signal=off"))
        with tempfile.NamedTemporaryFile("w", suffix=".json") as budget:
            json.dump({"schema": "memprof.budget/1", "budgets": [{"heap": "FreeRTOS heap", "max_used": "8K"},
                                                                 {"heap": "stack:radio", "min_free": "1M"}]}, budget)
            budget.flush()
            p = memprof("check", "--json", budget.name, "--live", uri)
        self.assertEqual(p.returncode, 1, p.stderr)
        checks = json.loads(p.stdout)["checks"]
        self.assertEqual([check["status"] for check in checks], ["pass", "fail"])
        self.assertTrue(0 < checks[1]["value"] < 640, checks)

    def test_json_has_the_tasks(self):
        p = memprof("report", "--json", self.path, code=0)
        dump = json.loads(p.stdout)["dumps"][-1]
        self.assertEqual((dump["complete"], dump["tasks_complete"]), (True, True))
        self.assertEqual([(t["name"], t["stack"], t["least_free"], t["most_used"]) for t in dump["tasks"]],
                         [(t["name"], t["stack"], t["least_free"], t["stack"] - t["least_free"]) for t in self.truth["tasks"]])
        for task, counted in zip(dump["tasks"], self.truth["tasks"]):
            if counted["address"]:
                self.assertEqual(int(task["start"], 16), counted["address"])
            self.assertEqual(task["low"], 10 * counted["least_free"] < counted["stack"])
        heap, = dump["pools"]
        self.assertEqual((heap["total"], heap["reported"]["least_free"]),
                         (self.truth["heap"]["total"], self.truth["heap"]["least_free"]))

    def test_text_has_the_tasks(self):
        p = memprof("report", self.path)
        rows = re.findall(r"^(\S+) +(\d+) +(\d+) +(\d+) +([\d.]+) %", p.stdout, re.M)
        self.assertEqual(rows, [(t["name"], str(t["stack"]), str(t["stack"] - t["least_free"]), str(t["least_free"]),
                                 "%.1f" % (int((t["stack"] - t["least_free"]) * 1000 / t["stack"] + .5) / 10)) for t in self.truth["tasks"]])

    def test_attach_prints_the_tasks(self):
        p = start("attach", "--plain", "exec:cat " + self.path)
        self.addCleanup(p.communicate)
        self.addCleanup(p.kill)
        sensor = named(self.truth["tasks"])["sensor"]
        read_until(p, r"-- task sensor: %d of %d B of its stack were never used" % (sensor["least_free"], sensor["stack"]))


class Build(unittest.TestCase):
    def test_its_functions_are_in_the_map_as_the_agent_s(self):
        rules = os.path.join(HERE, "..", "..", "layouts", "components.json")
        p = memprof("map", "--json", "--by", "component", "--rules", rules, ELF[:-4] + ".map")
        n_bytes, = re.findall(r'"name": "memprof agent".*?"FLASH": (\d+)', p.stdout, re.S)
        self.assertTrue(4000 < int(n_bytes) < 8000, n_bytes)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[3:]])
