#!/usr/bin/python3
"""A recording of several boards: exported as a whole, and copied into another one with its marks and files, once.

usage: test-fleet.py MEMPROF [TEST...]
"""
import contextlib
import csv
import json
import pathlib
import sqlite3
import unittest

from recordings import Case, data, memprof

LOGS = [data("dumps/" + name) for name in ("unix-1.25.0-leak-64k.txt", "qemu-1.25.0-leak.txt")]


class Test(Case):
    def setUp(self):
        super().setUp()
        self.fleet, self.other = self.at("fleet.mprof"), self.at("other.mprof")
        self.convert(self.fleet, *LOGS)

    def convert(self, path, *inputs, code=0):
        return self.ended(code, "convert", "-o", path, *inputs).stderr

    def query(self, path, sql):
        with contextlib.closing(sqlite3.connect(path)) as db:
            return db.execute(sql).fetchall()

    def n_samples(self, path):
        return self.query(path, "SELECT sum(samples) FROM sessions")[0][0]

    def boards(self):
        return ["%s@%s" % (self.fleet, log) for log in LOGS]

    def table(self, *inputs):
        return list(csv.DictReader(self.ended(0, "export", "--format", "csv", *inputs).stdout.splitlines()))

    def dumps(self, path, log):
        return json.loads(memprof("report", "--json", path + "@" + log).stdout)["dumps"]

    def keep_a_file(self):
        note = self.other + ".txt"
        pathlib.Path(note).write_text("content")
        self.ended(0, "mark", "--file", note, self.fleet, "here")
        return note

    def test_a_table_has_all_boards(self):
        rows = self.table(self.fleet)
        self.assertEqual(list(dict.fromkeys(row["file"] for row in rows)), self.boards())
        self.assertEqual(rows, self.table(*self.boards()))
        self.assertEqual([row["used"] for row in rows], [row["used"] for row in self.table(*LOGS)])
        self.assertEqual(self.table(self.boards()[1] + "@#2")[0]["dump"], "2")

    def test_so_have_other_formats(self):
        lines = [json.loads(line) for line in memprof("export", "--format", "json", self.fleet).stdout.splitlines()]
        self.assertEqual([line["file"] for line in lines if line["type"] == "boot"], self.boards())
        metrics = memprof("export", "--format", "openmetrics", self.fleet).stdout
        trace = memprof("export", "--format", "perfetto", self.fleet, text=False).stdout
        for board in self.boards():
            self.assertIn('memprof_pool_used_bytes{board="%s",pool="gc"}' % board, metrics)
            self.assertIn(board.encode(), trace)

    def test_a_copy_has_boards_marks_and_files(self):
        note = self.keep_a_file()
        self.convert(self.other, data("dumps/rp2-1.25.0-fresh.txt"))
        self.ended(0, "mark", self.other, "before")
        self.convert(self.other, self.fleet)
        for log in LOGS:
            self.assertGreater(len(self.dumps(self.fleet, log)), 5)
            self.assertEqual(self.dumps(self.fleet, log), self.dumps(self.other, log))
        self.assertEqual(self.query(self.other, "SELECT text, name, content FROM marks LEFT JOIN files USING (mark) ORDER BY mark"),
                         [("before", None, None), ("here", note, b"content")])

    def test_a_copy_of_one_board(self):
        self.keep_a_file()
        for n, board in enumerate(self.boards(), 1):
            self.convert(self.other, board)
            self.assertEqual(self.query(self.other, "SELECT source FROM sessions"), [(log,) for log in LOGS[:n]])
            self.assertEqual(self.query(self.other, "SELECT text, content FROM marks JOIN files USING (mark)"), [("here", b"content")])
            self.assertIn("--again", self.convert(self.other, board, code=2))
        for log in LOGS:
            self.assertEqual(self.dumps(self.fleet, log), self.dumps(self.other, log))
        self.assertIn("none of its boards", self.convert(self.other, self.fleet + "@x", code=2))
        self.convert(self.other, self.boards()[0] + "@#3")
        self.assertEqual(len(self.table(self.other + "@" + self.boards()[0] + "@#3")), 1)

    def test_nothing_is_added_twice(self):
        n = self.n_samples(self.fleet)
        self.assertIn("--again", self.convert(self.fleet, LOGS[0], code=2))
        self.convert(self.other, self.fleet)
        self.assertIn("--again", self.convert(self.other, self.fleet, code=2))
        self.assertEqual(self.n_samples(self.fleet), n)
        self.assertEqual(self.n_samples(self.other), n)
        self.convert(self.fleet, "--again", LOGS[0])
        self.convert(self.other, "--again", self.fleet)
        self.assertGreater(self.n_samples(self.fleet), n)
        self.assertGreater(self.n_samples(self.other), 2 * n)


if __name__ == "__main__":
    unittest.main()
