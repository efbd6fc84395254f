#!/usr/bin/python3
"""What is in a recording is all of it, or that is said: logs that are cut, disks that are full, files that are removed while
they are recorded, and bytes that change afterwards.

usage: test-whole.py MEMPROF [TEST...]
"""
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import unittest

from recordings import MEMPROF, Case, data, memprof

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from waits import wait_for  # noqa: E402

LOGS = [data("dumps/rp2-1.25.0-fresh.txt"), data("dumps/unix-1.25.0-leak-64k.txt"), data("dumps/qemu-1.25.0-fresh.txt")]
MUTANTS = int(os.environ.get("MUTANTS", "150"))     # 2,000 were tried


def n_there(path):
    said = memprof("convert", "--verify", path).stderr
    return int(said.split("note: ")[1].split()[0]) if "nothing is damaged" in said else 0


class Converted(Case):
    def setUp(self):
        super().setUp()
        self.path = self.at("x.mprof")

    def convert(self, code, *inputs, **more):
        p = memprof("convert", "-o", self.path, *inputs, **more)
        self.assertEqual(p.returncode, code, p.stderr)
        return p.stderr

    def test_a_batch_goes_on_with_what_it_has_not(self):
        self.convert(0, LOGS[1])
        n = n_there(self.path)
        said = self.convert(2, LOGS[0], LOGS[1], self.at("missing.log"), LOGS[2])
        self.assertIn(LOGS[1] + ": error: it is in the recording already", said)
        self.assertIn("missing.log: error: cannot open it", said)
        for log in LOGS:
            self.assertEqual(memprof("report", "--json", self.path + "@" + log).returncode, 0)
        self.assertGreater(n_there(self.path), n)
        before = pathlib.Path(self.path).read_bytes()
        self.convert(2, *LOGS)
        self.assertEqual(pathlib.Path(self.path).read_bytes(), before)      # nothing was new

    def test_a_full_disk(self):
        big = self.at("big.log")
        pathlib.Path(big).write_bytes(20 * pathlib.Path(LOGS[1]).read_bytes())

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (40000, 40000))
        for there in (False, True):
            with self.subTest(there=there):
                if there:
                    self.convert(0, LOGS[0])
                before = sorted(os.listdir(self.folder)), there and pathlib.Path(self.path).read_bytes()
                self.assertIn("error: disk I/O error", self.convert(2, big, preexec_fn=limit, restore_signals=False))      # EFBIG
                self.assertEqual((sorted(os.listdir(self.folder)), there and pathlib.Path(self.path).read_bytes()), before)
        self.convert(0, big)        # and now there is room
        self.assertGreater(n_there(self.path), 400)

    def test_damage_is_said(self):
        """A word, or the same figures: whatever happens to the file."""
        def seen(path):
            report = memprof("report", "--json", path, errors="replace")
            figures = memprof("export", "--format", "csv", path, errors="replace")
            events = memprof("export", "--format", "csv", "--events", path, errors="replace")
            return report.stderr + figures.stderr + events.stderr, (report.stdout, figures.stdout, events.stdout)
        self.convert(0, LOGS[1])
        self.ended(0, "mark", self.path, "a mark")
        text = pathlib.Path(self.path).read_bytes()
        mutant = self.at("mutant.mprof")
        shutil.copy(self.path, mutant)
        said, whole = seen(mutant)
        self.assertEqual(said, "")
        rng, n_said = random.Random(1), 0
        for n in range(MUTANTS):
            changed = bytearray(text)
            at = rng.randrange(len(text))
            if n % 4 < 2:
                changed[at] ^= 1 << rng.randrange(8)
            elif n % 4 == 2:
                a, b = (rng.randrange(len(text) // 4096) * 4096 for _ in range(2))
                changed[a:a + 4096], changed[b:b + 4096] = changed[b:b + 4096], changed[a:a + 4096]
            else:
                del changed[at:]
            pathlib.Path(mutant).write_bytes(changed)
            said, figures = seen(mutant)
            self.assertTrue(said or figures == whole, "mutant %d" % n)
            n_said += bool(said)
        self.assertGreater(n_said, MUTANTS // 4)

    def test_verify_and_recover(self):
        self.convert(0, *LOGS)
        self.assertIn("of 3 boards intact; nothing is damaged", self.ended(0, "convert", "--verify", self.path).stderr)
        text = bytearray(pathlib.Path(self.path).read_bytes())
        at = text.index(b"\x28\xb5\x2f\xfd", len(text) // 2) + 40       # in a zstd frame
        text[at] ^= 1
        pathlib.Path(self.path).write_bytes(text)
        verify = self.ended(1, "convert", "--verify", self.path).stderr
        self.assertIn("damaged or missing; ", verify)
        self.assertEqual(self.ended(1, "convert", "--recover", "-o", self.at("saved.mprof"), self.path).stderr.split(" damaged")[0].split("warning: ")[1],
                         verify.split(" damaged")[0].split("warning: ")[1])
        self.assertIn("nothing is damaged", self.ended(0, "convert", "--verify", self.at("saved.mprof")).stderr)
        self.assertIn("so nothing of it was added", self.ended(2, "convert", "-o", self.at("other.mprof"), self.path).stderr)
        self.assertFalse(os.path.exists(self.at("other.mprof")))


class Recorded(Case):
    def record(self, *boards):
        p = subprocess.Popen([MEMPROF, "record", "-o", self.at("x.mprof"), "--interval", "0.2", *(boards or ["sim:leak"])],
                             stderr=subprocess.PIPE, text=True)
        self.addCleanup(p.kill)
        return p

    def until_it_has(self, p, n):
        wait_for(lambda: p.poll() is not None or (os.path.exists(self.at("x.mprof")) and n_there(self.at("x.mprof")) >= n), "snapshots")

    def end(self, p):
        p.send_signal(signal.SIGINT)
        err = p.communicate()[1]
        self.assertEqual(p.returncode, 0, err)
        return err

    def test_its_file_is_moved_away(self):
        p = self.record()
        self.until_it_has(p, 1)
        os.rename(self.at("x.mprof"), self.at("y.mprof"))
        self.until_it_has(p, 1)
        self.assertIn("it was moved to %s while it was recorded, with " % os.path.realpath(self.at("y.mprof")), self.end(p))
        for name in ("x.mprof", "y.mprof"):
            self.assertGreater(n_there(self.at(name)), 0)

    def test_its_file_is_removed(self):
        p = self.record()
        self.until_it_has(p, 1)
        os.remove(self.at("x.mprof"))
        self.until_it_has(p, 1)
        said = self.end(p)
        self.assertIn("it was removed while it was recorded, with ", said)
        self.assertIn("%d snapshots recorded" % n_there(self.at("x.mprof")), said)

    def test_the_file_of_several_boards_is_moved_away(self):
        """Their processes end, as SQLite's files beside it have its name, and what they had goes where it is."""
        p = self.record("a=sim:leak", "b=sim:pico")
        self.until_it_has(p, 4)
        os.rename(self.at("x.mprof"), self.at("y.mprof"))
        err = p.communicate()[1]
        self.assertEqual(p.returncode, 2, err)
        moved = os.path.realpath(self.at("y.mprof"))
        counts = [int(line.split(", with ")[1].split()[0]) for line in err.splitlines() if "it was moved to %s while" % moved in line]
        self.assertEqual((len(counts), sum(counts)), (2, n_there(moved)), err)
        self.assertFalse(os.path.exists(self.at("x.mprof")))

    def test_a_mark_in_a_file_that_was_moved(self):
        p = self.record()
        self.until_it_has(p, 1)
        os.link(self.at("x.mprof"), self.at("link.mprof"))
        self.assertIn("is still recorded under its other name", self.ended(2, "mark", self.at("link.mprof"), "a mark").stderr)
        self.ended(0, "mark", self.at("x.mprof"), "a mark")
        self.end(p)
        self.ended(0, "mark", self.at("link.mprof"), "a mark")
        self.assertGreater(n_there(self.at("x.mprof")), 0)

    def test_another_file_is_in_its_place(self):
        other = self.at("other.mprof")
        self.ended(0, "convert", "-o", other, LOGS[0])
        n = n_there(other)
        p = self.record()
        self.until_it_has(p, 1)
        os.replace(other, self.at("x.mprof"))
        err = p.communicate()[1]
        self.assertEqual(p.returncode, 2, err)
        self.assertRegex(err, r"x.mprof: error: it was removed while it was recorded, with \d+ snapshots?, and another file is there")
        self.assertEqual(n_there(self.at("x.mprof")), n)       # nothing was added to it


if __name__ == "__main__":
    unittest.main()
