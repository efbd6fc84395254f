#!/usr/bin/python3
"""memprof record when the file may not grow: a message and exit code 2, and what was committed is there.

usage: test-full-disk.py MEMPROF [TEST...]
"""
import contextlib
import json
import resource
import signal
import sqlite3
import unittest

from recordings import Case, memprof


class Test(Case):
    def setUp(self):
        super().setUp()
        self.path = self.at("full.mprof")

    def record(self, max_bytes, *args):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (max_bytes, max_bytes))
        # Python ignores SIGXFSZ itself, and would give it back to its child
        return memprof("record", "-o", self.path, *args, "sim:leak,seed=3", preexec_fn=limit, restore_signals=False)

    def test_no_room_for_more(self):
        run = self.record(90000, "--for", "30s", "--interval", "0.1")
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertIn("full.mprof: error: ", run.stderr)
        report = memprof("trend", "--json", self.path)
        self.assertIn(report.returncode, (0, 1), report.stderr)
        self.assertIn("schema", json.dumps(json.loads(report.stdout)))
        with contextlib.closing(sqlite3.connect(self.path)) as db:
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertGreater(db.execute("SELECT sum(samples) FROM sessions").fetchone()[0], 0)
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
