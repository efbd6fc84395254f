#!/usr/bin/python3
"""record of real MicroPython: what comes back out of the file, marks, several boards, kills, and what --keep keeps.

usage: test-record.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import os
import signal
import csv
import sqlite3
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE]
from rig import FIRMWARE, Board, main, memprof, read_errors_until, start, stop, wait_for  # noqa: E402


class Recorded(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "made.mprof")

    def record(self, *arguments, **more):
        p = memprof("record", "-o", self.path, *arguments, **more)
        self.assertEqual(p.returncode, 0, p.stderr)
        return p

    def report(self, name=None, *arguments):
        p = memprof("report", "--json", name or self.path, *arguments)
        self.assertEqual(p.returncode, 0, p.stderr)
        return json.loads(p.stdout)

    def query(self, sql):
        db = sqlite3.connect(self.path)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def until_it_has(self, n):
        """Until so many dumps are in the file, which a recorder that runs adds to."""
        def has():
            p = memprof("report", "--json", self.path)      # refused before the first commit
            return p.returncode == 0 and len(json.loads(p.stdout)["dumps"]) >= n
        wait_for(has, "%d dumps" % n)

    def test_the_prompt_of_a_board(self):
        for name in ("unix", "qemu"):
            with self.subTest(name):
                self.path = os.path.join(self.folder.name, name + ".mprof")
                self.record("--for", "3s", "--interval", "0.2", FIRMWARE.exec_uri(name))
                document = self.report()
                self.assertGreater(len(document["dumps"]), 2)
                self.assertEqual(document["input"]["format"], "recording")
                self.assertIn("MicroPython", document["board"]["firmware"])
                self.assertTrue(all(d["complete"] for d in document["dumps"]))
                rows = csv.DictReader(memprof("export", "--format", "csv", "--pool", "gc", self.path).stdout.splitlines())
                dumps = [d["pools"][0] for d in document["dumps"]]
                self.assertEqual([tuple(int(row[c]) for c in ("used", "free", "largest_free")) for row in rows],
                                 [(p["used"], p["free"], p["largest_free"]) for p in dumps])

    def test_what_attach_shows_is_what_it_records(self):
        p = memprof("attach", "--json", "--count", "6", "--interval", "0.1", "--record", self.path, FIRMWARE.exec_uri("unix"))
        self.assertEqual(p.returncode, 0, p.stderr)
        shown = [json.loads(line)["dumps"][0]["pools"] for line in p.stdout.splitlines()]
        self.assertEqual([d["pools"] for d in self.report()["dumps"]], shown)

    def test_marks(self):
        p = start("record", "-o", self.path, "--interval", "0.1", FIRMWARE.exec_uri("unix"))
        self.until_it_has(3)
        self.assertEqual(memprof("mark", self.path, "in the middle").returncode, 0)
        other = memprof("record", "-o", self.path, FIRMWARE.exec_uri("unix"))
        self.assertEqual(other.returncode, 2)
        self.assertIn("another memprof records into this file", other.stderr)
        self.until_it_has(len(self.report()["dumps"]) + 3)
        p.send_signal(signal.SIGINT)
        p.communicate(timeout=20)
        self.assertEqual(p.returncode, 0)
        whole, one = self.report(), self.report(self.path + "@in the middle")
        times = [d["time"] for d in whole["dumps"]]
        self.assertEqual(len(one["dumps"]), 1)
        self.assertTrue(times[0] < one["dumps"][0]["time"] < times[-1])
        self.assertEqual(self.report(self.path, "--at", "in the middle")["dumps"], one["dumps"])
        p = memprof("diff", "--json", self.path + "@#1", self.path + "@in the middle")
        self.assertEqual(p.returncode, 0, p.stderr)

    def test_two_boards_and_two_sessions(self):
        one, two = FIRMWARE.exec_uri("unix"), FIRMWARE.exec_uri("qemu")
        for _ in range(2):
            self.record("--for", "2s", "--interval", "0.2", one, two)
        p = memprof("report", self.path)
        self.assertEqual(p.returncode, 2)
        self.assertIn("it has 2 boards", p.stderr)
        for uri in (one, two):
            document = self.report(self.path + "@" + uri)
            self.assertGreater(len(document["dumps"]), 2)
            self.assertEqual([e["what"] for e in document["events"] if e["what"] == "reset"], ["reset"])   # between the sessions

    def test_names(self):
        for n in range(2):
            self.record("--for", "2s", "--interval", "0.2", "a=sim:pico,seed=%d" % n, "b=sim:leak")
        self.assertEqual(self.query("SELECT source, count(*) FROM sessions GROUP BY source"), [("a", 2), ("b", 2)])
        self.record("--for", "1s", "--interval", "0.2", "c=" + FIRMWARE.exec_uri("unix"))
        self.assertGreater(len(self.report(self.path + "@c")["dumps"]), 1)
        for boards in (["a=sim:pico", "a=sim:leak"], ["a=sim:pico", "b=sim:pico"], ["sim:pico", "sim:pico"]):
            p = memprof("record", "-o", self.path, *boards)
            self.assertEqual(p.returncode, 2)
            self.assertIn("is given more than once", p.stderr)
        self.assertIn("NAME=SOURCE", memprof("record", "-o", self.path, "a=").stderr)

    def test_a_kill(self):
        p = start("record", "-o", self.path, "--interval", "0.1", FIRMWARE.exec_uri("unix"))
        self.until_it_has(3)
        p.kill()
        p.communicate()
        before = len(self.report()["dumps"])
        self.assertGreater(before, 2)
        self.record("--for", "2s", FIRMWARE.exec_uri("unix"))
        self.assertGreater(len(self.report()["dumps"]), before)
        self.assertEqual(self.query("PRAGMA integrity_check"), [("ok",)])

    def test_the_prompt_is_given_back(self):
        with Board(FIRMWARE.command("unix")) as board:
            self.record("--for", "2s", "--interval", "0.2", board.path)
            mark = board.mark()
            board.type("print(6 * 7)\r")
            board.wait(b"\n42\n", since=mark)

    def test_keep(self):
        p = self.record("--for", "8s", "--interval", "0.1", "--keep", "3s", FIRMWARE.exec_uri("unix"))
        self.assertIn("--keep removed the block tables of", p.stderr)
        p = memprof("report", "--json", self.path)
        dumps = json.loads(p.stdout)["dumps"]
        self.assertIn("snapshots it has figures alone", p.stderr)
        tables = [bool(d["pools"][0].get("areas")) for d in dumps]
        self.assertEqual(tables, sorted(tables))        # the oldest are gone
        self.assertTrue(0 < tables.count(True) < min(60, len(tables)), tables)
        self.assertTrue(all(d["pools"][0]["used"] and d["pools"][0]["largest_free"] for d in dumps))

    def test_console_alone(self):
        self.record("--listen-only", "--for", "2s", "exec:for i in 1 2 3; do echo line $i; sleep 0.2; done; sleep 9")
        self.assertEqual(memprof("export", "--console", self.path).stdout.split(), "line 1 line 2 line 3".split())
        p = memprof("report", self.path)
        self.assertEqual(p.returncode, 2)
        self.assertIn("no snapshot was recorded in it", p.stderr)

    def test_a_board_that_does_not_answer(self):
        self.record("--for", "1s", FIRMWARE.exec_uri("unix"))
        dumps = self.report()["dumps"]
        p = memprof("record", "-o", self.path, "--wait", "--for", "2s", "/dev/ttyNONE")
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertEqual(memprof("record", "-o", self.path, "exec:false").returncode, 3)
        self.assertEqual(self.report()["dumps"], dumps)     # no session of a board without an answer
        self.assertEqual(len(self.report(self.path + "@-0s")["dumps"]), 1)

    def test_somebody_has_it_locked(self):
        p = start("record", "-o", self.path, "--interval", "0.2", FIRMWARE.exec_uri("unix"))
        self.until_it_has(1)
        db = sqlite3.connect(self.path, isolation_level=None)
        db.execute("BEGIN IMMEDIATE")
        read_errors_until(p, "another program has locked it")
        db.execute("ROLLBACK")
        db.close()
        self.until_it_has(9)
        code, _, err = stop(p)
        self.assertEqual(code, 0, err)

    def test_wrong_files(self):
        log = os.path.join(self.folder.name, "text")
        with open(log, "w") as file:
            file.write("not a recording\n" * 99)
        for arguments, words in ((["-o", log], "this is no recording"), ([], "give -o FILE.mprof"), (["-o", "-"], "cannot go to standard output"),
                                 (["-o", "/nowhere/x"], "cannot write it"), (["-o", self.path, "--for", "soon"], "--for takes a time"),
                                 (["-o", self.path, "--keep", "much"], "--keep takes a time"), (["-o", "/dev/null"], "a recording is a file")):
            p = memprof("record", *arguments, FIRMWARE.exec_uri("unix"))
            self.assertEqual(p.returncode, 2, p.stderr)
            self.assertIn(words, p.stderr)
        with open(log) as file:
            self.assertEqual(file.read(), "not a recording\n" * 99)
        self.assertFalse(os.path.exists(self.path))


if __name__ == "__main__":
    main()
