#!/usr/bin/python3
"""Memory files and allocation profiles in a recording: read as RECORDING@MARK, and written out again.

usage: test-kept.py MEMPROF [TEST...]
"""
import os
import subprocess
import sys
import tempfile
import unittest

MEMPROF = os.path.abspath(sys.argv.pop(1))
DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")
MEMORY, PROFILE = (os.path.join(DATA, name) for name in ("objects/before.mem", "sites/callbacks.json"))
LATER = os.path.join(DATA, "objects/after.mem")


def memprof(*args):
    return subprocess.run([MEMPROF, *args], capture_output=True, timeout=60)


class Test(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.day = folder.name, os.path.join(folder.name, "day@home.mprof")
        self.fine("convert", "-o", self.day, os.path.join(DATA, "dumps", "rp2-1.25.0-fresh.txt"))
        for path, mark in ((MEMORY, "before"), (LATER, "after"), (PROFILE, "lines @ noon")):
            self.fine("mark", "--file", path, self.day, mark)

    def fine(self, *args):
        p = memprof(*args)
        self.assertEqual((p.returncode, p.stderr if args[0] != "convert" else b""), (0, b""), args)
        return p.stdout

    def refused(self, *args):
        p = memprof(*args)
        self.assertEqual((p.returncode, p.stdout), (2, b""), args)
        return p.stderr.decode()

    def test_they_are_read_where_they_are(self):
        memory, profile = self.day + "@before", self.day + "@lines @ noon"
        self.assertEqual(self.fine("objects", memory).replace(memory.encode(), MEMORY.encode()), self.fine("objects", MEMORY))
        self.assertEqual(self.fine("sites", profile).replace(profile.encode(), PROFILE.encode()), self.fine("sites", PROFILE))

    def test_and_compared(self):
        kept = self.day + "@before"
        self.assertEqual(self.fine("objects", "--json", "--since", kept, LATER).replace(kept.encode(), MEMORY.encode()),
                         self.fine("objects", "--json", "--since", MEMORY, LATER))
        self.assertIn(b"lines @ noon", self.fine("sites", "--since", self.day + "@lines @ noon", PROFILE))

    def test_and_checked(self):
        budget = os.path.join(self.folder, "budget.json")
        with open(budget, "w") as file:
            file.write('{ "schema": "memprof.budget/1", "budgets": [ { "global": "*", "max_retained": 1 } ] }')
        kept, alone = (memprof("check", budget, "--memory", path) for path in (self.day + "@before", MEMORY))
        self.assertEqual((kept.returncode, kept.stderr), (1, alone.stderr))
        p = memprof("check", budget, "--memory", self.day + "@x")
        self.assertEqual(p.returncode, 2)
        self.assertIn(b"marks with a file: ", p.stderr)

    def test_they_come_out_again(self):
        out = os.path.join(self.folder, "out")
        for path, mark in ((MEMORY, "before"), (PROFILE, "lines @ noon")):
            self.fine("mark", "--get", out, self.day, mark)
            with open(out, "rb") as was, open(path, "rb") as file:
                self.assertEqual(was.read(), file.read())
        saved = os.path.join(self.folder, "saved.mprof")
        self.fine("convert", "--recover", "-o", saved, self.day)
        with open(PROFILE, "rb") as file:
            self.assertEqual(self.fine("mark", "--get", "-", saved, "lines @ noon"), file.read())

    def test_what_is_not_there(self):
        out = os.path.join(self.folder, "out")
        for words in (("mark", "--get", out, self.day, "x"), ("objects", self.day + "@x"), ("sites", self.day + "@x")):
            self.assertIn("marks with a file: 'lines @ noon', 'after', 'before'", self.refused(*words))
        self.assertFalse(os.path.exists(out))
        for command in ("objects", "sites"):
            self.assertIn("a recording; a file that is kept with a mark", self.refused(command, self.day))
            self.assertIn("No such file", self.refused(command, os.path.join(self.folder, "none.mprof@x")))
        self.assertIn("only one", self.refused("mark", "--get", out, "--file", MEMORY, self.day, "x"))
        self.assertIn("is an input", self.refused("mark", "--get", self.day, self.day, "before"))


if __name__ == "__main__":
    unittest.main()
