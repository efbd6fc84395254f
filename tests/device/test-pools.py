#!/usr/bin/python3
"""Pools of a firmware beside Python's heap, in the commands that run a program.

usage: test-pools.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json

import rig
from rig import FIRMWARE, memprof

# 262,144 B of TLSF; 87 allocations of 3000 B and their headers fit.
FAILS = """\
import memprof, mppools, time
memprof.start(100)
for i in range(110):
    mppools.alloc(3000)
    for j in range(4): time.sleep_ms(1)
"""
N_FAILED = 23


class Programs(rig.InFolder):
    def setUp(self):
        super().setUp()
        self.app = self.file("app.py", FAILS)
        self.board = FIRMWARE.exec_uri("unix-agent-pools", heap="512k")

    def test_run_shows_all_pools(self):
        p = memprof("run", self.app, self.board, code=0)
        self.assertRegex(p.stderr, r"\n +pictures +\d")
        self.assertEqual(p.stderr.count("-- allocation failed in pictures: 3000 B"), 1)
        self.assertRegex(p.stdout, r"(?s)\nPools\npool .*\ngc .*\n/ram .*\nframe buffer .*\npictures +tlsf ")
        self.assertRegex(p.stdout, r"\npictures +tlsf .* %d\n" % N_FAILED)
        p = memprof("run", "--json", self.app, self.board, code=0)
        pools = {pool["name"]: pool for pool in json.loads(p.stdout)["run"]["pools"]}
        self.assertEqual(list(pools), ["/ram", "frame buffer", "pictures"])
        self.assertEqual((pools["pictures"]["failures"], pools["pictures"]["total"]), (N_FAILED, 262144))
        self.assertLess(pools["pictures"]["free"], 3000)

    def test_the_others_too(self):
        p = memprof("leaks", self.app, self.board, code=0)
        self.assertRegex(p.stdout, r"\npictures +tlsf .* %d\n" % N_FAILED)
        p = memprof("leaks", "--json", self.app, self.board, code=0)
        self.assertEqual(json.loads(p.stdout)["subjects"][0]["pools"][2]["failures"], N_FAILED)
        budget = self.budget({"heap": "pictures", "min_free": 3000})
        p = memprof("check", budget, "--run", self.app, "--live", self.board, code=1)
        self.assertRegex(p.stderr, r"warning: pool pictures: \d+ of 262144 B used, %d allocations failed" % N_FAILED)
        self.assertIn("pictures.free", p.stdout)
        p = memprof("test", self.app, self.board)
        self.assertRegex(p.stderr, r"pool pictures: \d+ of 262144 B used")

    def test_no_word_of_pools_without_any(self):
        app = self.file("plain.py", "x = [i for i in range(100)]\n")
        p = memprof("run", app, FIRMWARE.exec_uri("unix", heap="512k"), code=0)
        self.assertNotIn("Pools", p.stdout)


if __name__ == "__main__":
    rig.main()
