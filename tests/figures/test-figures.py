#!/usr/bin/python3
"""--figures NAME on logs as these firmwares print them, against the figures that stand in them.

usage: test-figures.py MEMPROF ROOT [UNITTEST-ARGUMENTS...]

tests/data/figures/NAME.log and .expect.json; NAME-found has figures of a public log, whose address is its "origin"."""
import glob
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

MEMPROF, ROOT = os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1))
DATA = os.path.join(ROOT, "tests/data/figures")
REPORTED = {"free": "free", "used": "used", "size": "total", "least": "least_free", "most": "peak", "largest": "largest_free"}
SUFFIXES = "-found", "-old", "-mid"
# Files without figures of a heap, but for some that explain them by examples.
NO_FIGURES = ("docs/*.md", "scripts/*", ".ci/*", "tests/data/images/*", "tests/data/ld/*", "src/protocol/**/*.[ch]", "viewers/text/*.[ch]",
              "src/**/*.c")
EXAMPLES = ("docs/diff.md", "docs/figures.md", "docs/logs.md", "docs/tutorial.md", "src/protocol/console/heap_caps.h")
# their first line has common words, and counts alone until all lines came once; or another line has
SHARED_FIRST = ("flipper", "wled", "wled-found")


def run(*arguments, **options):
    return subprocess.run([MEMPROF, *arguments], capture_output=True, text=True, timeout=60, **options)


def report(log, *names):
    options = [word for name in names for word in ("--figures", name)]
    p = run("report", "--json", *options, log)
    dumps = json.loads(p.stdout)["dumps"] if p.stdout else []
    return p, dumps


def readings(dumps):
    """Of each pool; only the first one of a moment has a line that is known."""
    for dump in dumps:
        for i, pool in enumerate(dump["pools"]):
            yield (dump["line"] if i == 0 else None), pool


def samples():
    for path in sorted(glob.glob(os.path.join(DATA, "*.expect.json"))):
        key = os.path.basename(path)[:-len(".expect.json")]
        yield key, path.replace(".expect.json", ".log"), json.loads(pathlib.Path(path).read_text())["readings"]


def name_of(key, names):
    for suffix in SUFFIXES:
        if key not in names and key.endswith(suffix):
            return key[:-len(suffix)]
    return key


class Figures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.names = [entry["name"] for entry in json.loads(pathlib.Path(ROOT, "layouts/figures.json").read_text())["figures"]]

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def compare(self, dumps, expected, extra=0):
        found = list(readings(dumps))
        found = found[min(len(found) - len(expected), extra):] if len(found) > len(expected) else found
        for (line, pool), wanted in zip(found, expected):
            if line is not None:
                self.assertEqual(line, wanted["line"])
            self.assertEqual(pool["name"], (wanted["pool"] or "heap")[:15].replace(" ", "_"))
            for key, name in REPORTED.items():
                if wanted[key] is not None:
                    self.assertEqual(pool["reported"][name], wanted[key], (key, wanted))
        self.assertEqual(len(found), len(expected))

    def compare_times(self, dumps, expected):
        """Of logs whose lines have the board's own clock, and no stamps: as long after the first one."""
        if len(dumps) != len(expected) or any(dump["time"] for dump in dumps):
            return
        times = [reading["ms"] for reading in expected]
        if None in times or times != sorted(times):
            return
        self.timed += 1
        self.assertEqual([dump["at_ms"] - dumps[0]["at_ms"] for dump in dumps], [ms - times[0] for ms in times])

    def test_each_name(self):
        tested, self.timed = set(), 0
        for key, log, expected in samples():
            name = name_of(key, self.names)
            tested.add(name)
            with self.subTest(key):
                p, dumps = report(log, name)
                self.assertEqual(p.returncode, 0, p.stderr)
                self.compare(dumps, expected, extra=key in SHARED_FIRST)
                self.compare_times(dumps, expected)
        self.assertEqual(tested, set(self.names))
        self.assertGreater(self.timed, 5)

    def test_common_words(self):
        p = run("report", "--json", os.path.join(DATA, "common.log"))
        self.assertEqual([d["pools"][0]["reported"]["free"] for d in json.loads(p.stdout)["dumps"]], [214532, 38216, 37104, 36120, 36352])

    def test_no_name_finds_the_same(self):
        """But for one at the beginning: a line of common words may be the first of several lines, until these came once."""
        for key, log, expected in samples():
            with self.subTest(key):
                p, dumps = report(log)
                self.assertEqual(p.returncode, 0, p.stderr)
                self.compare(dumps, expected, extra=key in SHARED_FIRST)
                self.assertEqual(report(log, "auto")[1], dumps)

    def test_nothing_is_found_where_nothing_is(self):
        """Sources, documents, maps and what builds print: the same 300 files, and those beside the project."""
        shared = os.path.join(ROOT, "../shared/data")
        files = [f for pattern in NO_FIGURES for f in sorted(glob.glob(os.path.join(ROOT, pattern), recursive=True))]
        files = [f for f in dict.fromkeys(files) if os.path.isfile(f) and os.path.relpath(f, ROOT) not in EXAMPLES][:300]
        self.assertEqual(len(files), 300)
        files += [f for pattern in ("static/**/*", "images/*.txt") for f in glob.glob(os.path.join(shared, pattern), recursive=True)
                  if os.path.isfile(f) and f.endswith((".map", ".txt", ".ld", ".csv"))]
        found = []
        for i in range(0, len(files), 50):
            p = run("export", "--format", "csv", *files[i:i + 50])
            self.assertIn(p.returncode, (0, 2), p.stderr)
            found += [line for line in p.stdout.splitlines()[1:] if ",gc," not in line or ",sample," in line]
        self.assertEqual(found, [])
        if not os.path.isdir(shared):
            self.skipTest("there is no %s" % shared)

    def test_dumps_stay_dumps(self):
        """auto takes nothing from what memprof reads of MicroPython without it."""
        found = os.path.join(ROOT, "../shared/data/dumps-found")
        for log in sorted(glob.glob(os.path.join(ROOT, "tests/data/dumps/*.txt")) + glob.glob(os.path.join(found, "*.txt"))):
            if "esp-dump-mem-allocs" in log:        # ESP-IDF's own summary, which has a name
                continue
            with self.subTest(os.path.basename(log)):
                _, plain = report(log)
                _, auto = report(log, "auto")
                plain, auto = ([d for d in dumps if d["pools"][0]["name"] != "heap"] for dumps in (plain, auto))
                self.assertEqual([(d["line"], d["pools"][0]["reported"]) for d in auto],
                                 [(d["line"], d["pools"][0]["reported"]) for d in plain])
        if not os.path.isdir(found):
            self.skipTest("there is no %s" % found)

    def write(self, text):
        path = self.folder / "board.log"
        path.write_text(text)
        return path

    def test_what_is_no_figure(self):
        rows = (("heap 200000\nheap 19", [200000]),                                       # cut
                ("Min heap 5\nheap 7\nheap 1,234\n", [7]),
                ("heap 9\nMemoryError: memory allocation failed, allocating 4096 bytes\n", [9]))
        for text, free in rows:
            with self.subTest(text):
                _, dumps = report(self.write(text), "^heap {free}")
                self.assertEqual([pool["reported"]["free"] for _, pool in readings(dumps)], free)
        p, _ = report(self.write("MemoryError: memory allocation failed, allocating 4096 bytes\nheap 5 free\n"), "*{free}*")
        self.assertEqual(json.loads(p.stdout)["errors"][0]["asked"], 4096)

    def test_a_pattern_of_the_user_beside_auto(self):
        log = self.write("".join("mine %d\n[D][debug:060]: Free Heap Size: %d bytes\n" % (i, 100 + i) for i in range(1, 5)))
        _, dumps = report(log, "mine {free}", "auto")
        self.assertEqual([pool["reported"]["free"] for _, pool in readings(dumps)], [1, 101, 2, 102, 3, 103, 4, 104])

    def test_what_looks_like_a_stamp_or_a_prompt(self):
        """memprof takes both away from the beginning of a line; a pattern may have them all the same."""
        for line, pattern in (("12:00:01 heap 5", "{time} heap {free}"), ("2026-01-01 10:00:00 heap 5", "{time} heap {free}"),
                              ("=== heap 5 ===", "=== heap {free} ==="), ("# heap 5", "# heap {free}"),
                              ("12:00:01 heap 5", "heap {free}")):
            with self.subTest(line, pattern=pattern):
                _, dumps = report(self.write(line + "\nnoise\n"), pattern)
                self.assertEqual([pool["reported"]["free"] for _, pool in readings(dumps)], [5])

    def test_after_statistics(self):
        """And the table of the dump after it is whole."""
        dump = pathlib.Path(ROOT, "tests/data/dumps/rp2-1.25.0-fragmented.txt").read_text()
        statistics = "stack: 540 out of 7936\nGC: total: 192064, used: 6272, free: 185792\n No. of 1-blocks: 82, 2-blocks: 19, max blk sz: 66\n"
        _, dumps = report(self.write(2 * (statistics + "psram left 77\n") + dump), "psram left {free}")
        self.assertEqual([d["pools"][0]["name"] for d in dumps], ["gc", "heap", "gc", "heap", "gc", "gc"])
        self.assertTrue(dumps[-1]["complete"])

    def test_a_live_board_is_only_listened_to(self):
        """What it gets is kept; and a recording has the same lines."""
        pattern = "heap {free}/{size}, largest {largest}"
        board, heard, stream = (self.folder / name for name in ("board", "heard", "night.stream"))
        board.write_text("#!/bin/sh\nstty -echo\ntimeout 3 cat >%s &\nfor i in 1 2 3; do\n"
                         "printf 'I (%%s000) app: heap 80%%s/9000, largest 7%%s\\r\\n' $i $i $i; sleep 0.2; done\nwait\n" % heard)
        board.chmod(0o755)
        p = run("attach", "--plain", "--json", "--count", "3", "--save", stream, "--figures", pattern, "exec:%s" % board)
        self.assertEqual(p.returncode, 0, p.stderr)
        live = [json.loads(line)["dumps"][0]["pools"][0]["reported"] for line in p.stdout.splitlines()]
        self.assertEqual([(r["free"], r["total"], r["largest_free"]) for r in live],
                         [(801, 9000, 71), (802, 9000, 72), (803, 9000, 73)])
        self.assertEqual(heard.read_bytes(), b"")
        p, dumps = report(stream, pattern)
        self.assertEqual([pool["reported"]["free"] for _, pool in readings(dumps)], [801, 802, 803])

    def test_limits(self):
        budget = self.write('{"schema": "memprof.budget/1", "budgets": [{"heap": "heap", "min_free": "100K"}]}')
        p = run("check", budget, "--dump", os.path.join(DATA, "esphome.log"), "--figures", "esphome")
        self.assertEqual(p.returncode, 1, p.stderr)
        self.assertIn("heap.free", p.stdout + p.stderr)

    def test_wrong_ones(self):
        log = os.path.join(DATA, "esphome.log")
        for pattern, why in (("{fre}", "there is no figure {fre}"), ("nobody", "there are no figures 'nobody'"),
                             ("", "there are no figures ''"), ("{size}", "it has none of {free}")):
            with self.subTest(pattern):
                p = run("report", "--figures", pattern, log)
                self.assertEqual((p.returncode, p.stdout), (2, ""))
                self.assertIn(why, p.stderr)
        p = run("report", "--figures", "never {free}", log)
        self.assertEqual(p.returncode, 2)
        self.assertIn("no line of it has the figures", p.stderr)
        log = self.write("0 heap free 500\n1 heap free 400\n")
        for pattern, why in (("{time} heap free {free}", "line 1 came nearest: '0' is no clock or date for {time}; {s} takes seconds"),
                             ("heap free: {free}", "'free' is not 'free:'"), ("heap {free}", "'free' is no number for {free}"),
                             ("heap free {free}, largest {largest}", "it ends too early"), ("x{free}", "memprof help figures explains")):
            with self.subTest(pattern):
                self.assertIn(why, run("report", "--figures", pattern, log).stderr)
        self.assertEqual(run("check", "b.json", "--live", "sim:", "--figures", "auto").returncode, 2)
        p = run("attach", "--once", "--figures", "{free}", "sim:")
        self.assertEqual(p.returncode, 2)

    def test_help_lists_them(self):
        listed = run("help", "figures").stdout
        for name in self.names:
            self.assertIn("\n  %s " % name, listed)


DRESSES = {
    "Arduino's monitor": "12:32:05.{i:03d} -> {line}", "idf_monitor": "I ({i}) main: {line}", "Arduino's log": "[{i:6d}][I][a.c:5] f(): {line}",
    "syslog": "Nov 20 07:09:41 pi cat[123]: {line}", "journal": "2026-11-20T07:09:41+0100 pi picocom[123]: {line}",
    "logging": "INFO:root:{line}", "Tera Term": "[Sat Jun 29 14:42:25.{i:03d} 2024] {line}", "CoolTerm": "2024-06-29 14:42:25\t{line}",
    "line numbers": "{i:5d}\t{line}", "pipe": "| {line}", "quote": ">> {line}", "backticks": "`{line}`", "HTML": "<p>{line}</p>", "br": "{line}<br>",
    "colours": "\x1b[0;32m{line}\x1b[0m",
}


class Dresses(unittest.TestCase):
    """A dump as terminals, loggers and web pages show it is the same dump."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.lines = pathlib.Path(ROOT, "tests/data/dumps/rp2-1.25.0-fragmented.txt").read_text().splitlines()
        self.assertTrue(any("lines all free" in line for line in self.lines))
        self.pools = self.read("\n".join(self.lines).encode())

    def read(self, log):
        path = self.folder / "board.log"
        path.write_bytes(log)
        p, dumps = report(path)
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertTrue(dumps[0]["complete"])
        return dumps[0]["pools"]

    def test_each(self):
        for name, dress in DRESSES.items():
            with self.subTest(name):
                self.assertEqual(self.read("\n".join(dress.format(i=i, line=line) for i, line in enumerate(self.lines)).encode()), self.pools)

    def test_quoted(self):
        for name, quote in (("JSON Lines", lambda line: json.dumps({"t": 5, "line": line})),
                            ("CSV", lambda line: '2024-06-29,14:42:25,"%s"' % line.replace('"', '""')),
                            ("no-break spaces", lambda line: line.replace("  ", "\u00a0 "))):
            with self.subTest(name):
                self.assertEqual(self.read("\n".join(map(quote, self.lines)).encode()), self.pools)

    def test_encodings(self):
        text = "\r\n".join(self.lines)
        for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
            with self.subTest(encoding):
                self.assertEqual(self.read(text.encode(encoding)), self.pools)

    def test_lost_line_breaks(self):
        path = self.folder / "board.log"
        path.write_text(" ".join(self.lines))
        p = run("report", path)
        self.assertEqual((p.returncode, p.stdout), (2, ""))
        self.assertIn("line breaks are lost", p.stderr)

    def test_published(self):
        dressed = os.path.join(ROOT, "../shared/data/logs/dressed")
        if not os.path.isdir(dressed):
            self.skipTest("there is no %s" % dressed)
        pools = [self.read(pathlib.Path(path).read_bytes()) for path in sorted(glob.glob(dressed + "/*.txt")) if "onespace" not in path]
        self.assertEqual(len(pools), 19)
        self.assertTrue(all(pool == pools[0] for pool in pools))


if __name__ == "__main__":
    unittest.main(verbosity=2)
