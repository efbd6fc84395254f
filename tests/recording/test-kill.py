#!/usr/bin/python3
"""A recording whose writer is killed at any moment: what was committed is there, and the next writer goes on.

usage: test-kill.py KILL_WRITER [TEST...]        KILLS: how often (default: 1000)
"""
import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from waits import at_any_moment  # noqa: E402

WRITER = os.path.abspath(sys.argv.pop(1))
N_KILLS = int(os.environ.get("KILLS", "1000"))
KILLS_PER_FILE = 20     # all of a file is read after each kill
MAX_S = 0.012
# A kill is no power cut: a disk's syncs would only take time.
FOLDER = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class Test(unittest.TestCase):
    def kill(self, path, seed, n, rng):
        """Writes for a moment; the last number of snapshots that the writer said are committed."""
        process = subprocess.Popen([WRITER, "write", path, str(seed), str(n)], stdout=subprocess.PIPE)
        # also while it opens the file, and right after a commit
        if rng.random() < 0.7:
            process.stdout.read(1)
        at_any_moment(rng.random() * MAX_S)
        process.send_signal(signal.SIGKILL)
        said = process.stdout.read().split(b"\n")
        process.stdout.close()
        self.assertEqual(process.wait(), -signal.SIGKILL)
        return said

    def check(self, path, seed, at_least):
        run = subprocess.run([WRITER, "check", path, str(seed), str(at_least)], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        return int(run.stdout)

    def integrity(self, path):
        with contextlib.closing(sqlite3.connect(path)) as db:
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])

    def one_file(self, folder, seed, n_kills):
        rng = random.Random(seed)
        path = os.path.join(folder, "killed-%d.mprof" % seed)
        n = 0
        for _ in range(n_kills):
            said = self.kill(path, seed, n, rng)
            whole = [line for line in said[:-1] if line]
            # the first digit of the first line was read already
            committed = n if not whole else int(whole[-1]) if len(whole) > 1 else 0
            if n == 0 and not whole and not (os.path.exists(path) and self.has_boards(path)):
                continue
            n = self.check(path, seed, max(n, committed))
            self.integrity(path)
        return n

    def has_boards(self, path):
        try:
            with sqlite3.connect(path) as db:
                return bool(db.execute("SELECT count(*) FROM sessions").fetchone()[0])
        except sqlite3.OperationalError:
            return False

    def test_kills(self):
        n = 0
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            for seed in range((N_KILLS + KILLS_PER_FILE - 1) // KILLS_PER_FILE):
                with self.subTest(seed):
                    n += self.one_file(folder, seed + 1, KILLS_PER_FILE)
        self.assertGreater(n, N_KILLS)


if __name__ == "__main__":
    unittest.main()
