#!/usr/bin/python3
"""memprof leaks: from a program to the line that leaks, in the unix port and under QEMU.

usage: test-leaks.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import contextlib
import json
import os
import re
import signal
import unittest

import rig
from rig import FIRMWARE, Script, killed, memprof, read_errors_until, start

# Objects of a class, of which one in EVERY stays.
LEAK = """\
class Dev:
    def __init__(self, i):
        self.name = 'dev%d' % i
handlers = []
def connect(i):
    return Dev(i)
def work(i):
    d = connect(i)
    if i % EVERY == 0:
        handlers.append(d)
    str(i)
for i in range(TURNS):
    work(i)
print('done', len(handlers))
"""
STEADY = """\
recent = []
for i in range(TURNS):
    recent.append('%d' % i)
    if len(recent) > 20: recent.pop(0)
print('done')
"""
ENDLESS = """\
seen = None
n = 0
while True:
    n += 1
    bytearray(2000)
    if n % 200 == 0: seen = ['entry %d' % n, seen]
"""
DIES = """\
queue = []
while True:
    queue.append(bytearray(100))
"""
TURNS = {"unix": 1000, "unix-split": 1000, "qemu": 800}


def where(name, stack, heap="256K"):
    return FIRMWARE.exec_uri(name, heap=heap) if name.startswith("unix") else stack.enter_context(FIRMWARE.board(name)).path


def leak(n_turns, every=1):
    return LEAK.replace("TURNS", str(n_turns)).replace("EVERY", str(every))


def leaks(text, source, *options, code=0):
    with Script(text) as script:
        p = memprof("leaks", "--json", *options, script, source, seconds=300, code=code)
        return json.loads(p.stdout)["subjects"][0], p.stderr, os.path.basename(script)


class Programs(unittest.TestCase):
    def test_from_a_leak_to_its_line(self):
        for name, n_turns in TURNS.items():
            with self.subTest(name), contextlib.ExitStack() as stack:
                subject, err, script = leaks(leak(n_turns), where(name, stack))
                self.assertIn("done %d" % n_turns, err)
                verdict = subject["verdict"]
                self.assertIn(verdict["state"], ("leaking", "growing"))
                self.assertEqual((verdict["severity"], verdict["holder"], subject["outcome"]), (2, "handlers", "ended"))
                self.assertIn(verdict["line"], {"%s:%d" % (script, line) for line in (3, 6)})
                self.assertEqual((subject["grew"][0]["path"], subject["grew"][0]["kind"], subject["grew"][0]["class"]),
                                 ("handlers", "list", "Dev"))
                self.assertNotIn("__memprof", {row["path"] for row in subject["grew"]})
                chain = subject["lines"][0]["chain"]
                self.assertEqual(chain[-2:], ["%s:8" % script, "%s:13" % script])
                used = [floor["used"] for floor in subject["floors"]]
                self.assertGreaterEqual(len(used), 24)
                self.assertGreater(used[-1], used[0])
                allocated = [floor["allocated"] for floor in subject["floors"]]
                self.assertEqual(allocated, sorted(allocated))

    def test_the_answer_then_the_evidence(self):
        with Script(leak(1000)) as script:
            p = memprof("leaks", "--exit-code", script, FIRMWARE.exec_uri("unix", heap="256K"), code=1)
        name = re.escape(os.path.basename(script))
        self.assertRegex(p.stdout, r"(?s)\A(.*\n)?done 1000\n(Leak|Growth[^:]*): \S+ \S+ (survives|more in use after)\s+each\s+collection.*,"
                                   r"\s+held\s+by\s+handlers,\s+allocated\s+at\s+%s:\d+\..*\nNext:\s+memprof sites.*\nAllocated at\n.* %s:\d+ "
                                   r".*\nWhat grew since the start-up\n.* handlers +\+\d+ .*\nUsed after collections" % (name, name))

    def test_one_that_keeps_as_much(self):
        subject, _, _ = leaks(STEADY.replace("TURNS", "20000"), FIRMWARE.exec_uri("unix", heap="256K"), "--exit-code")
        self.assertEqual((subject["verdict"]["state"], subject["lines"]), ("ok", []))

    def test_what_to_do_where_nothing_is_accused(self):
        """Not 'let it run longer' of what has ended."""
        for text, code, words in ((STEADY.replace("TURNS", "20000"), 0, "memprof run "), ("x = 1\n", 0, "Next: let it do more"),
                                  ("1 / 0\n", 4, "Next: fix what it raised")):
            with self.subTest(text), Script(text) as script:
                p = memprof("leaks", script, FIRMWARE.exec_uri("unix", heap="256K"), code=code)
                self.assertIn(words, p.stdout)
                self.assertNotIn("run longer", p.stdout)

    def test_one_that_never_ends(self):
        source = FIRMWARE.exec_uri("unix", heap="1M")
        subject, err, _ = leaks(ENDLESS, source, "--for", "6s")
        self.assertEqual((subject["outcome"], subject["verdict"]["holder"]), ("stopped", "seen"))
        self.assertRegex(err, r"time +used")    # a sign of life
        with Script(ENDLESS) as script, killed(start("leaks", "--json", script, source)) as p:
            for _ in range(2):      # signs of life, one every two seconds
                read_errors_until(p, "0:0")
            p.send_signal(signal.SIGINT)
            out, err = p.communicate(timeout=60)
        self.assertEqual(json.loads(out)["subjects"][0]["verdict"]["holder"], "seen", err)

    def test_one_that_dies(self):
        subject, err, script = leaks(DIES, FIRMWARE.exec_uri("unix", heap="128K"), code=4)
        self.assertIn("MemoryError", err)
        self.assertEqual((subject["outcome"], subject["verdict"]["holder"], subject["verdict"]["line"]),
                         ("raised", "queue", script + ":3"))

    def test_a_heap_that_stays_full_before_it_dies(self):
        """No sentinel is left then; the prompt gets its memory all the same."""
        text, source = leak(20000, 10), FIRMWARE.exec_uri("unix", heap="256K")
        subject, err, _ = leaks(text, source, code=4)
        self.assertNotIn("still installed", err)
        self.assertEqual((subject["outcome"], subject["verdict"]["holder"]), ("raised", "handlers"))
        with Script(text) as script:
            p = memprof("run", "--json", script, source, code=4)
        self.assertNotIn("still installed", p.stderr)
        self.assertEqual(json.loads(p.stdout)["verdict"]["holder"], "handlers")

    def test_where_allocations_cannot_be_sampled(self):
        """A heap that may get further areas: who holds it is told all the same."""
        subject, err, _ = leaks(leak(1000), FIRMWARE.exec_uri("unix-auto", heap="64K"))
        self.assertIn("allocations cannot be sampled, so no line is named: its heap may grow by further areas", err)
        self.assertEqual((subject["verdict"]["holder"], subject["lines"]), ("handlers", []))
        self.assertIn(subject["verdict"]["state"], ("leaking", "growing"))

    def test_nothing_is_left_at_the_prompt(self):
        with FIRMWARE.board("unix") as board, Script(leak(200)) as script:
            memprof("leaks", script, board.path, seconds=300)
            self.assertEqual(board.type("'__memprof' in globals() or __import__('gc').threshold()"), "-1")
            self.assertEqual(board.type("len(handlers)"), "200")


if __name__ == "__main__":
    rig.main()
