#!/usr/bin/python3
"""A recording of several boards: exported as a whole, and copied into another one with its marks and files, once.

usage: test-fleet.py MEMPROF [TEST...]
"""
import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest

MEMPROF = os.path.abspath(sys.argv.pop(1))
DUMPS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data", "dumps")
LOGS = [os.path.join(DUMPS, name) for name in ("unix-1.25.0-leak-64k.txt", "qemu-1.25.0-leak.txt")]


def memprof(*args):
    return subprocess.run([MEMPROF, *args], capture_output=True, timeout=60)


class Test(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.fleet, self.other = (os.path.join(folder.name, name) for name in ("fleet.mprof", "other.mprof"))
        self.convert(self.fleet, *LOGS)

    def convert(self, path, *inputs, code=0):
        p = memprof("convert", "-o", path, *inputs)
        self.assertEqual(p.returncode, code, p.stderr)
        return p.stderr.decode()

    def query(self, path, sql):
        db = sqlite3.connect(path)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def boards(self):
        return ["%s@%s" % (self.fleet, log) for log in LOGS]

    def table(self, *inputs):
        p = memprof("export", "--format", "csv", *inputs)
        self.assertEqual(p.returncode, 0, p.stderr)
        return list(csv.DictReader(io.StringIO(p.stdout.decode())))

    def test_a_table_has_all_boards(self):
        rows = self.table(self.fleet)
        self.assertEqual(list(dict.fromkeys(row["file"] for row in rows)), self.boards())
        self.assertEqual(rows, self.table(*self.boards()))
        self.assertEqual([row["used"] for row in rows], [row["used"] for row in self.table(*LOGS)])
        self.assertEqual(self.table(self.boards()[1] + "@#2")[0]["dump"], "2")

    def test_so_have_other_formats(self):
        lines = [json.loads(line) for line in memprof("export", "--format", "json", self.fleet).stdout.splitlines()]
        self.assertEqual([line["file"] for line in lines if line["type"] == "boot"], self.boards())
        metrics = memprof("export", "--format", "openmetrics", self.fleet).stdout.decode()
        trace = memprof("export", "--format", "perfetto", self.fleet).stdout
        for board in self.boards():
            self.assertIn('memprof_pool_used_bytes{board="%s",pool="gc"}' % board, metrics)
            self.assertIn(board.encode(), trace)

    def test_a_copy_has_boards_marks_and_files(self):
        note = self.other + ".txt"
        with open(note, "w") as file:
            file.write("content")
        self.assertEqual(memprof("mark", "--file", note, self.fleet, "here").returncode, 0)
        self.convert(self.other, os.path.join(DUMPS, "rp2-1.25.0-fresh.txt"))
        self.assertEqual(memprof("mark", self.other, "before").returncode, 0)
        self.convert(self.other, self.fleet)
        for log in LOGS:
            reports = [json.loads(memprof("report", "--json", path + "@" + log).stdout) for path in (self.fleet, self.other)]
            self.assertGreater(len(reports[0]["dumps"]), 5)
            self.assertEqual(reports[0]["dumps"], reports[1]["dumps"])
        self.assertEqual(self.query(self.other, "SELECT text, name, content FROM marks LEFT JOIN files USING (mark) ORDER BY mark"),
                         [("before", None, None), ("here", note, b"content")])

    def test_a_copy_of_one_board(self):
        with open(self.other + ".txt", "w") as file:
            file.write("content")
        self.assertEqual(memprof("mark", "--file", file.name, self.fleet, "here").returncode, 0)
        for n, board in enumerate(self.boards(), 1):
            self.convert(self.other, board)
            self.assertEqual(self.query(self.other, "SELECT source FROM sessions"), [(log,) for log in LOGS[:n]])
            self.assertEqual(self.query(self.other, "SELECT text, content FROM marks JOIN files USING (mark)"), [("here", b"content")])
            self.assertIn("--again", self.convert(self.other, board, code=2))
        for log in LOGS:
            reports = [json.loads(memprof("report", "--json", path + "@" + log).stdout) for path in (self.fleet, self.other)]
            self.assertEqual(reports[0]["dumps"], reports[1]["dumps"])
        self.assertIn("none of its boards", self.convert(self.other, self.fleet + "@x", code=2))
        self.convert(self.other, self.boards()[0] + "@#3")
        self.assertEqual(len(self.table(self.other + "@" + self.boards()[0] + "@#3")), 1)

    def test_nothing_is_added_twice(self):
        n = len(self.query(self.fleet, "SELECT 1 FROM samples"))
        self.assertIn("--again", self.convert(self.fleet, LOGS[0], code=2))
        self.convert(self.other, self.fleet)
        self.assertIn("--again", self.convert(self.other, self.fleet, code=2))
        self.assertEqual(len(self.query(self.fleet, "SELECT 1 FROM samples")), n)
        self.assertEqual(len(self.query(self.other, "SELECT 1 FROM samples")), n)
        self.convert(self.fleet, "--again", LOGS[0])
        self.convert(self.other, "--again", self.fleet)
        self.assertGreater(len(self.query(self.fleet, "SELECT 1 FROM samples")), n)
        self.assertGreater(len(self.query(self.other, "SELECT 1 FROM samples")), 2 * n)


if __name__ == "__main__":
    unittest.main()
