"""One recording, every view: what report, attach, view, trend and check print about it must be the same.

The recordings: the stream of the agent, with two boots and a failed allocation; a log with resets; a log whose stamps
jump back. attach gets the same bytes over TCP. It has a clock of its own, so its times are compared only where the
board or the log gives them."""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

from tmux import Tmux

MEMPROF, SIM, ROOT = (os.path.abspath(sys.argv.pop(1)) for _ in range(3))
LOG = os.path.join(ROOT, "tests/data/synthetic/trend-lives.txt")
MINIMA_LEAST = 8
FIELDS = ("used", "free", "largest_free", "fragmentation")
N_SIM = 200


def memprof(*arguments, codes=(0,)):
    p = subprocess.run([MEMPROF, *arguments], capture_output=True, text=True, timeout=120)
    assert p.returncode in codes, "%s: exit %d\n%s" % (" ".join(arguments), p.returncode, p.stderr)
    return p


def stamps_jump_back(hours):
    """The first boot of the log; from its middle on the clock is hours behind."""
    lines = pathlib.Path(LOG).read_text().splitlines(True)[:240]
    back = [re.sub(r"T(\d\d)", lambda m: "T%02d" % (int(m[1]) - hours), line, count=1) for line in lines[120:]]
    return "".join(lines[:120] + back).encode()


def serve(data):
    """A board at a TCP port: it sends this, reads nothing, and ends the connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        connection = listener.accept()[0]
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass
        connection.close()
        listener.close()

    threading.Thread(target=run, daemon=True).start()
    return "tcp:127.0.0.1:%d" % listener.getsockname()[1]


def attach(data, *options):
    """The board is gone at the end: exit 3."""
    return memprof("attach", "--listen-only", *options, serve(data), codes=(3,)).stdout


def gc(dump):
    pool = next(p for p in dump["pools"] if p["name"] == "gc")
    return tuple(pool[field] for field in FIELDS)


def clock(at_ms):
    if at_ms is None:
        return "--:--:--"
    seconds = at_ms // 1000
    return "%02d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60)


class Recording:
    """What each command prints about it."""

    def __init__(self, folder, name, data):
        self.path, self.data = os.path.join(folder, name), data
        pathlib.Path(self.path).write_bytes(data)
        self.report = json.loads(memprof("report", "--json", self.path).stdout)
        self.trend = json.loads(memprof("trend", "--json", self.path).stdout)
        self.lines = [json.loads(line) for line in attach(data, "--json").splitlines()]
        self.plain = attach(data, "--plain", "--trend", "--bytes")
        self.dumps = self.report["dumps"]

    def live(self, what):
        """All dumps, events or errors that attach printed."""
        return [one for line in self.lines for one in line[what]]

    def view(self):
        with Tmux(200, 60) as terminal:
            terminal.run([MEMPROF, "view", self.path])
            terminal.wait("Help")
            terminal.keys("G", "5", "5")      # from the worst moment; without the console there is room for all events
            return terminal.wait(r"snapshot %d  .*REPLAY$" % len(self.dumps))

    def check(self, **limits):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"schema": "memprof.budget/1", "budgets": [{"heap": "gc", **limits}]}, file)
            file.flush()
            p = memprof("check", "--json", "--dump", self.path, file.name, codes=(0, 1, 2))
        return json.loads(p.stdout)["checks"][0]


class Consistency:
    """The checks; each recording is a subclass with the figures that are known of it."""
    N_DUMPS = N_BOOTS = 0
    FAILED = ()         # bytes asked for
    HAS_TIMES = True    # that can be used
    NO_LEAK = "pass"    # of check where trend finds no leak: an error if the samples are not enough for one

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="memprof-consistency-"))
        cls.r = Recording(cls.folder, cls.NAME, cls.data())

    def rows(self):
        """Of attach --plain: (used, free, largest free, fragmentation in per cent), as text."""
        return re.findall(r"^ +\d+:\d\d\.\d{3} +(\d+) +(\d+) +(\d+) +(\d+\.\d) % ", self.r.plain, re.M)

    def test_snapshots(self):
        self.assertEqual([d["dump"] for d in self.r.dumps], list(range(1, self.N_DUMPS + 1)))
        self.assertEqual(self.r.report["input"]["dumps"], self.N_DUMPS)
        self.assertEqual(self.r.trend["inputs"][0]["dumps"], self.N_DUMPS)
        self.assertEqual([gc(d) for d in self.r.live("dumps")], [gc(d) for d in self.r.dumps])
        self.assertEqual([row[:3] for row in self.rows()], [tuple(str(n) for n in gc(d)[:3]) for d in self.r.dumps])
        for row, dump in zip(self.rows(), self.r.dumps):
            self.assertAlmostEqual(float(row[3]) / 100, gc(dump)[3], delta=0.00051)
        self.assertRegex(self.r.view(), r"snapshot %d\b" % self.N_DUMPS)

    def test_pools(self):
        names = lambda dumps: [[p["name"] for p in d["pools"]] for d in dumps]
        self.assertEqual(names(self.r.live("dumps")), names(self.r.dumps))
        used, free, lfb, fragmentation = gc(self.r.dumps[-1])
        self.assertRegex(self.r.view(), r"(?m)^> gc +(?:sram +)?\d+ +%d +%d +%d +%.2f " % (used, free, lfb, fragmentation))

    def test_failed_allocations(self):
        self.assertEqual([e["asked"] for e in self.r.report["errors"]], list(self.FAILED))
        for events in (self.r.report["events"], self.r.live("events")):
            self.assertEqual([e["bytes"] for e in events if e["what"] == "failed"], list(self.FAILED))
        for shown in (self.r.plain, self.r.view()):
            self.assertEqual([int(n) for n in re.findall(r"allocation failed\D*: (\d+) B", shown)], list(self.FAILED))
        for key in ("asked", "verdict", "dump"):    # attach pairs each with the same snapshot
            self.assertEqual([e[key] for e in self.r.live("errors")], [e[key] for e in self.r.report["errors"]])

    def test_boots(self):
        screen = self.r.view()
        for events in (self.r.report["events"], self.r.live("events")):
            self.assertEqual(sum(e["what"] == "reset" for e in events), self.N_BOOTS - 1)
        for shown in (self.r.plain, screen):
            self.assertEqual(shown.count("the board was reset"), self.N_BOOTS - 1)
        boot = re.search(r"boot (\d+) of \1\b", screen.split("\n")[0])
        self.assertEqual(boot and int(boot[1]), self.N_BOOTS if self.N_BOOTS > 1 else None)
        self.assertEqual(self.r.trend["boots"], self.N_BOOTS)
        self.assertEqual(self.r.report["trend"]["boots"], self.N_BOOTS)
        self.assertEqual(self.r.report["trend"]["boot"], self.r.trend["boot"])

    def test_slopes(self):
        """report, trend and attach --trend are of the boot with the most to tell; the screen is of the boot it shows."""
        series = {s["field"]: s for s in self.r.trend["series"] if s["pool"] == "gc"}
        self.assertEqual({s["field"]: s for s in self.r.report["trend"]["series"] if s["pool"] == "gc"}, series)
        for field, words in zip(FIELDS, ("used", "free", "largest free", "fragmentation")):
            row = re.search(r"(?m)^%s +([+-]\S+) (B|%%) +([+-]\S+) (?:B|%%) +([+-]\S+) (?:B|%%) .* (\w+)$" % words, self.r.plain)
            s = series[field]
            self.assertEqual(row[5], s["verdict"])
            part, least = (100, 6e-4) if row[2] == "%" else (1, 6e-3)
            for shown, key in zip((row[1], row[3], row[4]), ("per_sample", "low", "high")):
                self.assertAlmostEqual(float(shown) / part, s["slope_" + key], delta=least + abs(s["slope_" + key]) / 199)
            self.assertEqual(s["slope_per_hour"] is not None, self.HAS_TIMES)

    def test_slope_on_the_screen(self):
        """Of floors, of the boot that the screen shows: trend judges the same, in a recording of this boot alone if need be.
        Half a stream of the agent is no recording: its snapshots are changes since the one before."""
        found = re.findall(r"─ (?:LFB of gc|used) \d+ B(?:, (\S+) (\S+) (an? \w+))?", self.r.view())
        self.assertEqual(len(found), 2)
        if not self.HAS_TIMES:
            self.assertEqual(found, [("", "", "")] * 2)
            return
        alone = self.r.trend
        if alone["boot"] != self.N_BOOTS:
            path = pathlib.Path(self.folder, "last-boot")
            path.write_bytes(self.last_boot())
            alone = json.loads(memprof("trend", "--json", path).stdout)
        span_ms = alone["span_ms"]
        unit, hours = (("a second", 1 / 3600) if span_ms < 60000 else
                       ("a minute", 1 / 60) if span_ms < 3600000 else ("an hour", 1))
        for field, (number, _, words) in zip(("largest_free", "used"), found):
            series = next(s for s in alone["series"] if s["field"] == field)
            self.assertIn(words, (unit, ""))
            if not words:
                self.assertLess(series["minima"], 2 * MINIMA_LEAST)     # those that show without the board's word
            elif series["verdict"] in ("rising", "falling"):
                self.assertEqual(number.startswith("-"), series["verdict"] == "falling")

    def test_times(self):
        last = self.r.dumps[-1]
        self.assertEqual(clock(last["at_ms"]), self.LAST_TIME)
        self.assertIn("%s  REPLAY" % self.LAST_TIME, self.r.view().split("\n")[0])
        if self.r.dumps[0]["time"]:
            self.assertEqual([d["time"] for d in self.r.live("dumps")], [d["time"] for d in self.r.dumps])
        row = self.r.check(at="last", max_used="1M")
        self.assertEqual(row["value"], gc(last)[0])
        self.assertIn("dump %d" % self.N_DUMPS, row["moment"])

    def test_verdict(self):
        leak = self.r.trend["leak"]
        self.assertEqual(self.r.report["trend"]["leak"], leak)
        self.assertEqual(self.r.report["trend"]["verdict"], self.r.trend["verdict"])
        words = {"leaking": "LEAKING", "growing": "GROWING", "suspected": "SUSPECTED"}.get(self.r.trend["judged"]["state"])
        title = self.r.view().splitlines()[0]
        if words:
            self.assertIn(words, title)
        else:
            self.assertNotRegex(title, "LEAKING|GROWING|SUSPECTED")
            said = re.search(r"^(Full|Nearly full|Fragmented): ", memprof("report", self.r.path).stdout, re.M)
            if said:
                self.assertIn(" %s gc " % said[1].upper(), title)
            else:
                self.assertNotRegex(title, "FULL|FRAGMENTED")
        row = self.r.check(max_leak_per_hour=0)
        self.assertEqual(row["status"], "fail" if leak else self.NO_LEAK, row)
        if leak:
            self.assertAlmostEqual(row["value"], leak["bytes_per_hour"], delta=1)

    def test_fullest(self):
        row = self.r.check(at="every", max_used="1")
        most = max(gc(d)[0] for d in self.r.dumps)
        self.assertEqual(row["value"], most)
        n = int(re.search(r"dump (\d+)", row["moment"])[1])
        self.assertEqual(gc(self.r.dumps[n - 1])[0], most)


class Agent(Consistency, unittest.TestCase):
    NAME, N_DUMPS, N_BOOTS, FAILED = "agent.bin", N_SIM, 2, (1399,)
    LAST_TIME = "00:03:19"
    NO_LEAK = "error"

    @staticmethod
    def data():
        return subprocess.run([SIM, "leak,seed=3,period=1000,snapshots=%d" % N_SIM, "--fast"], check=True,
                              capture_output=True, timeout=60).stdout


class Resets(Consistency, unittest.TestCase):
    NAME, N_DUMPS, N_BOOTS, FAILED = "resets.log", 249, 3, (4096, 4096)
    LAST_TIME = "06:08:00"

    @staticmethod
    def data():
        return pathlib.Path(LOG).read_bytes()

    def last_boot(self):
        data = self.r.data
        return data[data.rindex(b"\n", 0, data.rindex(b"soft reboot")):]


class StampsJumpBack(Consistency, unittest.TestCase):
    """To a time that was passed before: 08:00 to 07:00."""
    NAME, N_DUMPS, N_BOOTS, HAS_TIMES = "back.log", 120, 1, False
    NO_LEAK = "error"
    LAST_TIME = "00:59:00"
    WARNING = "times go backwards"

    @staticmethod
    def data():
        return stamps_jump_back(1)

    def test_warnings(self):
        self.assertRegex(memprof("trend", self.r.path).stderr, self.WARNING)
        with Tmux(200, 60) as terminal:
            terminal.run([MEMPROF, "view", self.r.path])
            terminal.wait("Help")
            terminal.keys("q")
            self.assertRegex(terminal.wait_for_shell(), self.WARNING)


class StampsBeforeTheFirst(StampsJumpBack):
    """To before the first stamp: no time since that one."""
    LAST_TIME = "--:--:--"
    WARNING = "some samples have no time"

    @staticmethod
    def data():
        return stamps_jump_back(5)


if __name__ == "__main__":
    unittest.main(verbosity=2)
