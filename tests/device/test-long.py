#!/usr/bin/python3
"""What memprof costs over time: its own memory and descriptors, the board's heap, and its share of the time that
a snapshot takes.

usage: test-long.py MEMPROF FIRMWARE_FOLDER [TEST...]
       test-long.py MEMPROF FIRMWARE_FOLDER --soak SECONDS
--soak: attach at 1 Hz for so long, with a line of figures a minute.
"""
import os
import sys
import unittest

from rig import FIRMWARE, TICK, memprof, read_until, start, stop

RSS_SLACK_KB = 256      # pages that come once: stdio's, the locale's
CHANCE_BYTES = 1280     # what the C stack still points to stays, by chance, as the last program; a leak is a block a snapshot


def rss_kb(pid):
    with open("/proc/%d/status" % pid) as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1])


def n_descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def used_after_collect(board):
    """The least of a few looks, by the same line each time: another one would stay in the history of lines."""
    board.drain()
    looks = [board.type("import gc; gc.collect(); print(gc.mem_alloc())") for _ in range(5)]
    return min(int(look.split()[-1]) for look in looks)


class Flat(unittest.TestCase):
    def test_a_hundred_snapshots(self):
        for name in ("qemu", "unix"):
            with self.subTest(name), FIRMWARE.board(name) as board:
                # What only the first one costs is not what grows: names; and the line of paste mode (unix), which keeps the
                # length of the longest program that it was ever told, the probe's.
                memprof("attach", "-q", "--interval", "0", "--count", "3", board.path)
                before = used_after_collect(board)
                p = start("attach", "-q", "--interval", "0", board.path)
                read_until(p, TICK, n=20)
                early = rss_kb(p.pid), n_descriptors(p.pid)
                read_until(p, TICK, n=80, seconds=120)
                late = rss_kb(p.pid), n_descriptors(p.pid)
                code, _, err = stop(p)
                self.assertEqual(code, 0, err)
                self.assertEqual(late[1], early[1])
                self.assertLessEqual(late[0], early[0] + RSS_SLACK_KB)
                self.assertLessEqual(used_after_collect(board), before + CHANCE_BYTES)


def soak(seconds):
    with FIRMWARE.board("qemu") as board:
        memprof("snap", board.path)
        print("board: %d B used after gc.collect()" % used_after_collect(board))
        p = start("attach", "-q", "--interval", "1", "--count", str(seconds), board.path)
        for minute in range(seconds // 60 + 2):
            print("minute %3d: RSS %d kB, %d descriptors" % (minute, rss_kb(p.pid), n_descriptors(p.pid)),
                  flush=True)
            try:
                read_until(p, TICK, n=60, seconds=90)
            except AssertionError:  # it has ended
                break
        _, err = p.communicate(timeout=90)
        print("exit %d %s" % (p.returncode, err))
        print("board: %d B used after gc.collect()" % used_after_collect(board))
        return p.returncode


if __name__ == "__main__":
    if sys.argv[3:4] == ["--soak"]:
        sys.exit(soak(int(sys.argv[4])))
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[3:]])
