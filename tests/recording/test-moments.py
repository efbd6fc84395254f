#!/usr/bin/python3
"""One moment of a recording: it has the number that it has in a report of the whole, and what is not near is said to be far.

usage: test-moments.py MEMPROF [TEST...]
"""
import json
import os
import unittest

from recordings import Case, data, memprof

FIRST, APART_S = "2026-11-23T14:00:00Z", 10


class Test(Case):
    def setUp(self):
        super().setUp()
        self.path, stamped, n = self.at("made.mprof"), self.at("stamped.log"), 0
        with open(data("dumps/unix-1.25.0-leak-64k.txt"), errors="replace") as log, open(stamped, "w") as file:
            for line in log:
                n += line.startswith("stack:")
                seconds = max(n - 1, 0) * APART_S
                file.write("2026-11-23T14:%02d:%02dZ %s" % (seconds // 60, seconds % 60, line))
        self.ended(0, "convert", "-q", "-o", self.path, stamped)
        self.whole = json.loads(memprof("report", "--json", self.path).stdout)

    def report(self, when):
        p = self.ended(0, "report", "--json", self.path + "@" + when)
        return json.loads(p.stdout), p.stderr

    def test_numbers_are_those_of_the_whole(self):
        n = len(self.whole["dumps"])
        self.assertGreater(n, 5)
        for i in (0, 1, n // 2, n - 1):
            one, stderr = self.report("#%d" % (i + 1))
            self.assertEqual(stderr, "")
            self.assertEqual([d["dump"] for d in one["dumps"]], [i + 1])
            self.assertEqual(one["input"]["dumps"], n)
            self.assertEqual(one["dumps"][0]["pools"], self.whole["dumps"][i]["pools"])
            self.assertIn("Dump %d of %d" % (i + 1, n), memprof("report", self.path + "@#%d" % (i + 1)).stdout)

    def test_several_inputs(self):
        p = memprof("report", "--json", self.path + "@#2", self.path + "@#3")
        n = len(self.whole["dumps"])
        self.assertEqual([d["dump"] for d in json.loads(p.stdout)["dumps"]], [2, n + 3])

    def test_far_from_everything(self):
        last = self.whole["dumps"][-1]["time"]
        for when, place, time in (("+48h", "after its last", last), ("-48h", "before its first", FIRST[:-1]),
                                  ("2030-01-01T00:00:00Z", "after its last", last)):
            one, stderr = self.report(when)
            self.assertIn("nothing was recorded at '%s', %s snapshot, of %s" % (when, place, time[:19]), stderr)
        for when in ("+0s", "-0s", "+11s"):
            self.assertEqual(self.report(when)[1], "")

    def test_an_unknown_mark(self):
        for i in range(12):
            self.ended(0, "mark", self.path, "mark %d" % i)
        said = self.ended(2, "report", self.path + "@nothing").stderr
        self.assertIn("its marks: 'mark 11', 'mark 10'", said)
        self.assertNotIn("'mark 3'", said)

    def test_diff_names_both(self):
        n = len(self.whole["dumps"])
        times = [d["time"] for d in self.whole["dumps"]]
        p = memprof("diff", self.path + "@#2", self.path + "@#4")
        name = os.path.basename(self.path)
        self.assertIn("%s@#2 (dump 2 of %d, %s) \u2192 %s@#4 (dump 4 of %d, %s)" % (name, n, times[1], name, n, times[3]),
                      " ".join(p.stdout.split()))
        markdown = memprof("diff", "--format", "markdown", self.path + "@#2", self.path + "@#4").stdout
        for i in (2, 4):
            self.assertIn("(dump %d of %d, %s)" % (i, n, times[i - 1]), markdown)
        new = json.loads(memprof("diff", "--json", self.path + "@#2", self.path + "@#4").stdout)["new"]
        self.assertEqual((new["dump"], new["dumps"], new["time"]), (4, n, times[3]))


if __name__ == "__main__":
    unittest.main()
