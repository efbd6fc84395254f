"""Programs whose truth about leaks is known, and their runs on real firmware.

The first line of a program has its figures:
    # heap=65536 turns=4200 every=60 leaks=true owner=cache from=1500
heap   bytes of the heap on the unix port, whose blocks have 32 bytes; half of it is left free on boards, with 16
turns  how often step(i) is called, by a line that holds nothing else
every  a dump of the heap is printed each so many turns
owner  the global variable that holds what stays; -: none
from   the turn in which the leak begins; 0 if it is not there
also   boards on which it also runs, beside the unix port
"""
import concurrent.futures
import functools
import hashlib
import itertools
import os
import re
import subprocess
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "..", "device"))
from board import Board, Firmware, wait_for  # noqa: E402

FOLDER = os.path.join(HERE, "programs")
DEFAULT_FIRMWARE = os.environ.get("MEMPROF_FIRMWARE", os.path.expanduser("~/.cache/memprof/firmware/out"))
DUMP = re.compile(rb"^(?:mem: [^\n]*\n)?stack: [^\n]*\nGC: total: (\d+), used: (\d+)", re.M)
FALL_MIN = 0.08         # of the heap, by which the used part is smaller after a collection
SECONDS_MAX = {"unix": 60, "qemu": 300, "rp2": 900}

# The used part is looked at each fifth turn, and what it falls by is more than any list that grew leaves behind. Dumps alone
# do not show how often the board collected: that may happen as regularly as they do.
LOOK = """
import gc as _gc
_counts = bytearray(%(n_dumps)d)
_n = _before = 0
def _look(i):
    global _n, _before
    if i %% 5 == 0:
        used = _gc.mem_alloc()
        if used < _before - %(fall)d:
            _n += 1
        _before = used
    if i %% %(every)d == 0:
        micropython.mem_info(1)
        _counts[i // %(every)d] = _n & 255
"""
COUNTS = """
print("collections:", list(_counts))
"""
# Figures alone, ten for each dump.
FIGURES = """
def _look(i):
    if i %% %(every)d == 0:
        micropython.mem_info()
"""
FIGURES_PER_DUMP = 10
# A board's heap is as large as it is.
BALLAST = """
import gc as _gc
_gc.collect()
_ballast = bytearray(max(0, _gc.mem_free() - %(free)d))
"""
# What is live, at many points of the run: no multiple of what a program does at regular times.
TRUTH = """
import gc as _gc
def _look(i):
    if i %% %(part)d == %(part)d - 1:
        _gc.collect()
        print(i, _gc.mem_alloc())
"""


class Run:
    """What a program printed, and for each of its dumps where it ends, and how many collections were seen until then: two
    between the same dumps are seen as one."""

    def __init__(self, printed):
        self.log, counts = re.fullmatch(rb"(.*^)collections: \[(.*)\]\s*", printed, re.S | re.M).groups()
        found = list(DUMP.finditer(self.log))
        self.ends = [m.start() for m in found[1:]] + [len(self.log)]
        counts = counts.split(b", ")
        if len(counts) != len(found):
            raise RuntimeError("%d dumps, %d counts" % (len(found), len(counts)))
        risen = [now != before for before, now in zip(counts[:1] + counts, counts)]
        self.collections = list(itertools.accumulate(risen, initial=0))[1:]

    def after(self, n_collections, i_dump=0):
        """The log up to the first dump that has so many collections more than dump i_dump; None: there is none."""
        for end, n in zip(self.ends, self.collections):
            if n >= self.collections[i_dump] + n_collections:
                return self.log[:end]
        return None


class Program:
    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path)[:-len(".py")]
        with open(path) as file:
            self.text = file.read()
        figures = dict(word.split("=") for word in self.text.split("\n", 1)[0].split()[1:])
        self.heap, self.turns, self.every = (int(figures[key]) for key in ("heap", "turns", "every"))
        self.leaks = figures["leaks"] == "true"
        self.owner = None if figures["owner"] == "-" else figures["owner"]
        self.since = int(figures.get("from", 0))
        self.boards = ["unix"] + [name for name in figures.get("also", "").split(",") if name]

    def with_look(self, prelude, **figures):
        """The program, in which the prelude's _look(i) is called after each step(i)."""
        text, n = re.subn(r"(?m)^( +)step\(i\)$", r"\1step(i); _look(i)", self.text)
        assert n == 1, "%s: one line with step(i) alone" % self.name
        return "import micropython\n" + prelude % figures + text

    def run(self, board, firmware, prelude, end="", **figures):
        """What it prints with the prelude before it and after it the end."""
        free = self.heap if board == "unix" else self.heap // 2
        text = self.with_look(prelude + (BALLAST if board != "unix" else ""), free=free, **figures) + end
        if board == "unix":
            return self.run_unix(firmware, text)
        return remembered(firmware, board, text, "", lambda: self.run_board(board, firmware, text))

    def record(self, board, firmware):
        fall = int(FALL_MIN * (self.heap if board == "unix" else self.heap // 2))
        n_dumps = (self.turns - 1) // self.every + 1
        return Run(self.run(board, firmware, LOOK, COUNTS, every=self.every, n_dumps=n_dumps, fall=fall))

    def figures(self, firmware, n_heaps=1):
        """A log of figures without tables, of the unix port, with a heap so many times as large; up to a MemoryError, as
        other dumps leave other holes."""
        text = self.with_look(FIGURES, every=max(1, self.every // FIGURES_PER_DUMP))
        return self.run_unix(firmware, text, n_heaps * self.heap, may_end=b"MemoryError")

    def live(self, board, firmware):
        """Bytes that are live, as (turn, bytes)."""
        out = self.run(board, firmware, TRUTH, part=self.turns // 97)
        return [tuple(map(int, line.split())) for line in out.splitlines() if line.strip()]

    def kept(self, board, live, run):
        """How much more stays after each collection of the second half, in percent of the heap that the program had."""
        middle = (self.since + self.turns) // 2
        before = next(n for turn, n in live if turn >= middle)
        n_collections = run.collections[-1] - run.collections[middle // self.every]
        return 100 * (live[-1][1] - before) / n_collections / (self.heap if board == "unix" else self.heap // 2)

    def refuted(self, live):
        """Why what is live does not agree with what is said of the program; None: it does."""
        quarters = [[n for turn, n in live if turn * 4 // self.turns == i] for i in range(4)]
        least, most = [min(q) for q in quarters], [max(q) for q in quarters]
        if self.leaks and not (least[2] > least[1] and least[3] > most[2] - (most[2] - least[2]) // 2 and least[3] > most[1]):
            return "does not rise in the second half: %s to %s" % (least, most)
        if not self.leaks and max(most[2:]) > max(most[:2]) * 1.01:
            return "rises in the second half: %s to %s" % (least, most)
        return None

    def run_unix(self, firmware, text, heap=None, may_end=None):
        heap = str(heap or self.heap)
        return remembered(firmware, "unix", text, heap, lambda: self.run_process(firmware, text, heap, may_end))

    def run_process(self, firmware, text, heap, may_end):
        with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
            file.write(text)
            file.flush()
            p = subprocess.run(firmware.command("unix", heap) + [file.name], stdin=subprocess.DEVNULL,
                               capture_output=True, timeout=SECONDS_MAX["unix"], env=dict(os.environ, MICROPYPATH=library(firmware)))
        if p.returncode and not (may_end and may_end in p.stderr):
            raise RuntimeError("exit %d, %s" % (p.returncode, p.stderr[-400:].decode()))
        return p.stdout

    def run_board(self, name, firmware, text):
        """Through the raw REPL, in raw-paste mode, as it has flow control."""
        with firmware.board(name) as board:
            board.unplug()              # no memprof reads along
            at = board.mark()
            board.press(b"\x01\x05A\x01")
            at += board.wait(b"R\x01", at).index(b"R\x01") + 4
            wait_for(lambda: board.mark() >= at, "the window")
            window = credit = int.from_bytes(board.heard[at - 2:at], "little")
            data = text.encode()
            while data:
                while not credit:
                    board.wait(b"\x01", at)
                    at += 1
                    credit += window
                part, data = data[:credit], data[credit:]
                credit -= len(part)
                board.press(part)
            board.press(b"\x04")
            board.wait(b"\x04", at)
            at = board.heard.index(b"\x04", at) + 1
            board.wait(b"\x04>", at, SECONDS_MAX[name])
            out, err, _ = bytes(board.heard[at:]).split(b"\x04", 2)
        if err:
            raise RuntimeError(err[-400:].decode())
        return out


# What emulates a Pico.
EMULATOR = [os.path.join(HERE, "..", "device", name) for name in ("run-rp2040.mjs", "rp2040-rom.mjs", "package-lock.json")]


@functools.cache
def digest(*paths):
    hashed = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            hashed.update(file.read())
    return hashed.hexdigest()


def remembered(firmware, board, text, heap, run):
    """What run() returns. The same text on the same firmware prints the same: it runs once, and what it printed is kept beside
    the firmware. What memprof says of that is never kept."""
    of = [firmware.file(board + (".bin" if board == "rp2" else ".elf"))] + (EMULATOR if board == "rp2" else [])
    key = hashlib.sha256("\0".join((digest(*of), library(firmware), text, heap)).encode()).hexdigest()
    path = os.path.join(firmware.folder, "..", "leaks", key)
    used.add(key)
    try:
        with open(path, "rb") as file:
            return zlib.decompress(file.read())
    except (OSError, zlib.error):
        pass
    printed = run()
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=os.path.dirname(path), prefix="new-", delete=False) as file:
        file.write(zlib.compress(printed, 1))
    os.replace(file.name, path)
    return printed


used = set()


def forget_unused(firmware):
    """Of programs and firmware that are no more."""
    folder = os.path.join(firmware.folder, "..", "leaks")
    for name in set(os.listdir(folder)) - used:
        os.unlink(os.path.join(folder, name))


def each(items, work):
    """(item, what work gave or raised) for each item, in order."""
    def attempt(item):
        try:
            return item, work(item)
        except Exception as e:
            return item, e
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as executor:
        yield from executor.map(attempt, items)


def library(firmware):
    """The folder with MicroPython's asyncio, as mip would install it: the firmware of the unix port has none."""
    return os.path.join(firmware.source(), "extmod")


def programs(paths=()):
    paths = paths or [os.path.join(FOLDER, name) for name in sorted(os.listdir(FOLDER)) if name.endswith(".py")]
    return [Program(path) for path in paths]
