#!/usr/bin/python3
"""A log and the recording that is made of it are one to every view: report, trend, check and view say the same of both.

usage: test-convert.py MEMPROF [TEST...]
"""
import glob
import json
import os
import subprocess
import sys
import tempfile
import unittest

MEMPROF = os.path.abspath(sys.argv.pop(1))
DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")
FOLDERS = ["synthetic", "dumps", "openmv", "agent", "imports", "survey", "figures"]
# What is of the file itself, not of the board.
OF_FILE = {"input", "inputs", "name", "file", "bytes", "format"}


def memprof(*args):
    return subprocess.run([MEMPROF, *args], capture_output=True, timeout=120)


def without_files(value):
    if isinstance(value, dict):
        return {k: without_files(v) for k, v in value.items() if k not in OF_FILE}
    return [without_files(v) for v in value] if isinstance(value, list) else value


def logs():
    return sorted(path for folder in FOLDERS for path in glob.glob(os.path.join(DATA, folder, "*")) if os.path.isfile(path))


class Test(unittest.TestCase):
    maxDiff = 2000

    def convert(self, path, folder):
        made = os.path.join(folder, "made.mprof")
        run = memprof("convert", "-q", "-o", made, path)
        return made if run.returncode == 0 else None

    def same(self, command, path, made, *args):
        log, recording = memprof(command, *args, path), memprof(command, *args, made)
        self.assertEqual(log.returncode, recording.returncode, recording.stderr)
        self.assertEqual(log.stderr.replace(path.encode(), b"FILE"), recording.stderr.replace(made.encode(), b"FILE"))
        if log.returncode not in (0, 1):
            return False
        self.assertEqual(without_files(json.loads(log.stdout)), without_files(json.loads(recording.stdout)))
        return True

    def test_every_view_says_the_same(self):
        n_made = n_reports = n_trends = 0
        for path in logs():
            with self.subTest(path), tempfile.TemporaryDirectory() as folder:
                made = self.convert(path, folder)
                if not made:
                    continue
                n_made += 1
                n_reports += self.same("report", path, made, "--json")
                n_trends += self.same("trend", path, made, "--json")
        self.assertGreater(n_made, 100)
        self.assertGreater(n_reports, 100)
        self.assertGreater(n_trends, 30)

    def test_what_to_do_next(self):
        agents = os.path.join(DATA, "agent", "changes")     # nobody calls mem_info there
        with tempfile.TemporaryDirectory() as folder:
            two = os.path.join(folder, "two.log")
            with open(two, "wb") as log, open(os.path.join(DATA, "dumps", "rp2-1.25.0-fresh.txt"), "rb") as one:
                log.write(2 * one.read())
            for path, log, made in ((agents, b"longer.\n", b"longer.\n"), (two, b"or call gc.collect()", b"or say --collect:")):
                for file, words in ((path, log), (self.convert(path, folder), made)):
                    self.assertIn(words, memprof("trend", file).stdout.partition(b"Next: let it run ")[2])
                os.unlink(os.path.join(folder, "made.mprof"))

    def test_a_clock_that_began_again(self):
        with open(os.path.join(DATA, "dumps", "unix-1.25.0-leak-64k.txt"), errors="replace") as file:
            lines = file.read().splitlines()
        for stamp in (lambda n: n, lambda n: n % (len(lines) // 2)):
            with self.subTest(), tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "stamped.log")
                with open(path, "w") as file:
                    for n, line in enumerate(lines):
                        seconds = stamp(n) * 3000 // len(lines)
                        file.write("00:%02d:%02d %s\n" % (seconds // 60, seconds % 60, line))
                fell = b"a clock in it began again" in memprof("trend", path).stderr
                self.assertEqual(fell, stamp(len(lines)) < len(lines))
                self.assertTrue(self.same("trend", path, self.convert(path, folder), "--json"))


if __name__ == "__main__":
    unittest.main()
