#!/usr/bin/python3
"""A recording that memprof 0.2 made: every view says of it what memprof 0.2 said (schema-1.expected), it can be converted and
added to, and where a byte of it is damaged, something is said.

usage: test-older.py MEMPROF [TEST...]
"""
import os
import pathlib
import shutil
import sqlite3
import subprocess
import unittest

from recordings import DATA, MEMPROF, Case, data, memprof

OLD = "schema-1.mprof"
BOARDS = ("door", "lamp", "agent/changes", "agent/allocations", "logs/marks.txt", "logs/two-tags.txt", "logs/caps-two-capabilities.txt")


class Test(Case):
    maxDiff = 4000

    def setUp(self):
        super().setUp()
        self.old = self.at(OLD)
        shutil.copy(data("recordings/" + OLD), self.old)

    def said(self, name):
        said = ""
        for board in BOARDS:
            for events in ((), ("--events",)):
                said += self.run_there("export", "--format", "csv", *events, name + "@" + board)
        return said + self.run_there("report", name + "@door@#2")

    def run_there(self, *args):
        return subprocess.run([MEMPROF, *args], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout

    def expected(self, name=OLD):
        return pathlib.Path(DATA, "recordings", "schema-1.expected").read_text().replace(OLD, name)

    def test_it_is_read_as_it_was(self):
        self.assertEqual(self.said(OLD), self.expected())
        self.assertEqual(pathlib.Path(self.old).read_bytes(), pathlib.Path(data("recordings/" + OLD)).read_bytes())

    def test_it_is_converted(self):
        self.ended(0, "convert", "-o", self.at("schema-2.mprof"), self.old)
        self.assertEqual(self.said("schema-2.mprof"), self.expected("schema-2.mprof"))
        self.assertIn("nothing is damaged", self.ended(0, "convert", "--verify", self.at("schema-2.mprof")).stderr)
        self.ended(0, "mark", "--get", self.at("kept"), self.at("schema-2.mprof"), "with a file")
        self.assertEqual(pathlib.Path(self.at("kept")).read_text(), "kept\n")

    def test_it_is_not_added_to(self):
        self.assertIn("convert -o NEW.mprof", self.ended(2, "mark", self.old, "a mark").stderr)
        for command in (("convert", "-o", self.old, data("dumps/rp2-1.25.0-fresh.txt")), ("record", "-o", self.old, "--for", "1s", "sim:pico")):
            self.assertIn("convert -o NEW.mprof", self.ended(2, *command).stderr)
        self.assertEqual(pathlib.Path(self.old).read_bytes(), pathlib.Path(data("recordings/" + OLD)).read_bytes())

    def test_what_can_be_read_of_it_is_saved(self):
        text = bytearray(pathlib.Path(self.old).read_bytes())
        with sqlite3.connect(self.old) as db:       # the row of a snapshot, in its page
            page, = db.execute("SELECT pageno FROM dbstat WHERE name = 'samples' AND pagetype = 'leaf' ORDER BY pageno LIMIT 1").fetchone()
        text[page * 512 - 200:page * 512] = bytes(200)
        pathlib.Path(self.at("damaged.mprof")).write_bytes(text)
        said = memprof("report", self.at("damaged.mprof") + "@door")
        self.assertEqual(said.returncode, 2, said.stderr)
        self.assertIn("the recording is damaged: ", said.stderr)
        self.assertIn("damaged", self.ended(2, "convert", "-o", self.at("other.mprof"), self.at("damaged.mprof")).stderr)
        self.assertFalse(os.path.exists(self.at("other.mprof")))
        self.assertIn("damaged or missing; ", self.ended(1, "convert", "--recover", "-o", self.at("saved.mprof"), self.at("damaged.mprof")).stderr)
        self.assertIn("nothing is damaged", self.ended(0, "convert", "--verify", self.at("saved.mprof")).stderr)


if __name__ == "__main__":
    unittest.main()
