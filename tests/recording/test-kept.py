#!/usr/bin/python3
"""Memory files and allocation profiles in a recording: read as RECORDING@MARK, and written out again.

usage: test-kept.py MEMPROF [TEST...]
"""
import os
import pathlib
import unittest

from recordings import Case, data, memprof

MEMORY, LATER, PROFILE = data("objects/before.mem"), data("objects/after.mem"), data("sites/callbacks.json")


class Test(Case):
    def setUp(self):
        super().setUp()
        self.day = self.at("day@home.mprof")
        self.fine("convert", "-o", self.day, data("dumps/rp2-1.25.0-fresh.txt"))
        for path, mark in ((MEMORY, "before"), (LATER, "after"), (PROFILE, "lines @ noon")):
            self.fine("mark", "--file", path, self.day, mark)

    def fine(self, *args):
        p = self.ended(0, *args)
        self.assertEqual(p.stderr if args[0] != "convert" else "", "", args)
        return p.stdout

    def refused(self, *args):
        p = self.ended(2, *args)
        self.assertEqual(p.stdout, "", args)
        return p.stderr

    def test_they_are_read_where_they_are(self):
        memory, profile = self.day + "@before", self.day + "@lines @ noon"
        for command, kept, alone in (("objects", memory, MEMORY), ("sites", profile, PROFILE)):
            text = self.fine(command, kept).replace(os.path.basename(kept), os.path.basename(alone))
            self.assertEqual(text.split(), self.fine(command, alone).split())

    def test_and_compared(self):
        kept = self.day + "@before"
        self.assertEqual(self.fine("objects", "--json", "--since", kept, LATER).replace(kept, MEMORY),
                         self.fine("objects", "--json", "--since", MEMORY, LATER))
        self.assertIn("lines @ noon", self.fine("sites", "--since", self.day + "@lines @ noon", PROFILE))

    def test_and_checked(self):
        budget = self.at("budget.json")
        pathlib.Path(budget).write_text('{ "schema": "memprof.budget/1", "budgets": [ { "global": "*", "max_retained": 1 } ] }')
        kept, alone = (memprof("check", budget, "--memory", path) for path in (self.day + "@before", MEMORY))
        self.assertEqual((kept.returncode, kept.stderr), (1, alone.stderr))
        self.assertIn("marks with a file: ", self.ended(2, "check", budget, "--memory", self.day + "@x").stderr)

    def test_they_come_out_again(self):
        out, saved = self.at("out"), self.at("saved.mprof")
        for path, mark in ((MEMORY, "before"), (PROFILE, "lines @ noon")):
            self.fine("mark", "--get", out, self.day, mark)
            self.assertEqual(pathlib.Path(out).read_bytes(), pathlib.Path(path).read_bytes())
        self.fine("convert", "--recover", "-o", saved, self.day)
        self.assertEqual(self.fine("mark", "--get", "-", saved, "lines @ noon"), pathlib.Path(PROFILE).read_text())

    def test_an_empty_one(self):
        for name, text in (("empty", ""), ("out", "old")):
            pathlib.Path(self.at(name)).write_text(text)
        self.fine("mark", "--file", self.at("empty"), self.day, "nothing in it")
        self.fine("mark", "--get", self.at("out"), self.day, "nothing in it")
        self.assertEqual(pathlib.Path(self.at("out")).read_text(), "")

    def test_a_report_does_not_replace_it(self):
        """Whatever option names it: what attach records to is an input, too."""
        before = pathlib.Path(self.day).read_bytes()
        for args in (("report", "--json", self.day, "-o", self.day), ("attach", "--plain", "--json", "--count", "1", "--record", self.day, "-o", self.day, "sim:pico")):
            self.assertIn("this file is an input", self.refused(*args))
            self.fine("report", "-q", self.day)
        self.assertGreaterEqual(len(pathlib.Path(self.day).read_bytes()), len(before))

    def test_what_is_not_there(self):
        out = self.at("out")
        for words in (("mark", "--get", out, self.day, "x"), ("objects", self.day + "@x"), ("sites", self.day + "@x")):
            self.assertIn("marks with a file: 'lines @ noon', 'after', 'before'", self.refused(*words))
        self.assertFalse(os.path.exists(out))
        for command in ("objects", "sites"):
            self.assertIn("a recording; a file that is kept with a mark", self.refused(command, self.day))
            self.assertIn("No such file", self.refused(command, self.at("none.mprof@x")))
        self.assertIn("exclude each other", self.refused("mark", "--get", out, "--file", MEMORY, self.day, "x"))
        self.assertIn("is an input", self.refused("mark", "--get", self.day, self.day, "before"))


if __name__ == "__main__":
    unittest.main()
