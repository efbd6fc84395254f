#!/usr/bin/python3
"""A log and the recording that is made of it are one to every view: report, trend, check and view say the same of both.

usage: test-convert.py MEMPROF [TEST...]
"""
import glob
import json
import os
import pathlib
import re
import unittest

from recordings import Case, data, memprof

FOLDERS = ["synthetic", "dumps", "openmv", "agent", "imports", "survey", "figures"]
# What is of the file itself, not of the board.
OF_FILE = {"input", "inputs", "name", "file", "bytes", "format"}


def without_files(value):
    if isinstance(value, dict):
        return {k: without_files(v) for k, v in value.items() if k not in OF_FILE}
    return [without_files(v) for v in value] if isinstance(value, list) else value


def logs():
    return sorted(path for folder in FOLDERS for path in glob.glob(data(folder + "/*")) if os.path.isfile(path))


class Test(Case):
    maxDiff = 2000

    def convert(self, path):
        made = self.at("made.mprof")
        pathlib.Path(made).unlink(missing_ok=True)
        return made if memprof("convert", "-q", "-o", made, path).returncode == 0 else None

    def same(self, command, path, made, *args):
        log, recording = (memprof(command, *args, file, errors="replace") for file in (path, made))
        self.assertEqual(log.returncode, recording.returncode, recording.stderr)
        of_lines = re.compile(r".*: note: (figures in it are read as lines of|lines of two boards,) .*\n")  # which a recording has not
        self.assertEqual(of_lines.sub("", log.stderr).replace(path, "FILE"), recording.stderr.replace(made, "FILE"))
        if log.returncode not in (0, 1):
            return False
        self.assertEqual(without_files(json.loads(log.stdout)), without_files(json.loads(recording.stdout)))
        return True

    def test_every_view_says_the_same(self):
        n_made = n_reports = n_trends = 0
        for path in logs():
            with self.subTest(path):
                made = self.convert(path)
                if not made:
                    continue
                n_made += 1
                n_reports += self.same("report", path, made, "--json")
                n_trends += self.same("trend", path, made, "--json")
        self.assertGreater(n_made, 100)
        self.assertGreater(n_reports, 100)
        self.assertGreater(n_trends, 30)

    def test_what_to_do_next(self):
        agents, two = data("agent/changes"), self.at("two.log")     # nobody calls mem_info in the first
        pathlib.Path(two).write_bytes(2 * pathlib.Path(data("dumps/rp2-1.25.0-fresh.txt")).read_bytes())
        for path, log, made in ((agents, "longer.\n", "longer.\n"), (two, "or call gc.collect()", "or add --collect:")):
            for file, words in ((path, log), (self.convert(path), made)):
                self.assertIn(words, memprof("trend", file).stdout.partition("Next: let it run ")[2])

    def test_a_clock_that_began_again(self):
        lines = pathlib.Path(data("dumps/unix-1.25.0-leak-64k.txt")).read_text(errors="replace").splitlines()
        path = self.at("stamped.log")
        for stamp in (lambda n: n, lambda n: n % (len(lines) // 2)):
            with self.subTest():
                with open(path, "w") as file:
                    for n, line in enumerate(lines):
                        seconds = stamp(n) * 3000 // len(lines)
                        file.write("00:%02d:%02d %s\n" % (seconds // 60, seconds % 60, line))
                fell = "a clock in it began again" in memprof("trend", path).stderr
                self.assertEqual(fell, stamp(len(lines)) < len(lines))
                self.assertTrue(self.same("trend", path, self.convert(path), "--json"))


if __name__ == "__main__":
    unittest.main()
