#!/usr/bin/python3
"""memprof record when the file may not grow: a message and exit code 2, and what was committed is there.

usage: test-full-disk.py MEMPROF [TEST...]
"""
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest

MEMPROF = os.path.abspath(sys.argv.pop(1))


class Test(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "full.mprof")

    def tearDown(self):
        self.folder.cleanup()

    def record(self, max_bytes, *args):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (max_bytes, max_bytes))
        # Python ignores SIGXFSZ itself, and would give it back to its child
        return subprocess.run([MEMPROF, "record", "-o", self.path, *args, "sim:leak,seed=3"], capture_output=True, text=True,
                              preexec_fn=limit, restore_signals=False, timeout=60)

    def test_no_room_for_more(self):
        run = self.record(320000, "--for", "30s", "--interval", "0.1")
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertIn("full.mprof: error: ", run.stderr)
        report = subprocess.run([MEMPROF, "trend", "--json", self.path], capture_output=True, text=True)
        self.assertIn(report.returncode, (0, 1), report.stderr)
        self.assertIn("schema", json.dumps(json.loads(report.stdout)))
        with sqlite3.connect(self.path) as db:
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertGreater(db.execute("SELECT count(*) FROM samples").fetchone()[0], 0)
        db.close()
        # with room, it goes on
        run = self.record(1 << 30, "--for", "3s", "--interval", "0.1")
        self.assertIn(run.returncode, (0, 1), run.stderr)

    def test_no_room_at_all(self):
        run = self.record(20000, "--for", "5s", "--interval", "0.1")
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertIn("full.mprof: error: ", run.stderr)

    def test_no_room_for_the_file_beside_it(self):
        self.assertEqual(self.record(1 << 30, "--for", "3s", "--interval", "0.1").returncode, 0)
        run = self.record(20000, "--for", "5s", "--interval", "0.1")     # FILE-shm has 32 kB
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertIn("full.mprof: error: no room left on the disk; what was committed before is kept", run.stderr)


if __name__ == "__main__":
    unittest.main()
