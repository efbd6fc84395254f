#!/usr/bin/python3
"""What a recording costs beside the log that it was made from: its size, its trend, and one moment of it. Also what a live one
grows by in the file and in memory, and what a day of one costs to open.

usage: bench-recording.py MEMPROF [SECONDS]

Limits: the trend of a recording against that of its log, 1x; one moment of it against the report of a log that has this dump alone,
6x; 100 MB a day for sim:pico at ten snapshots a second; its memory in the last quarter against the first, 1.5x; the trend of a day at one snapshot a second against
checking it with sqlite3, 80x; its first screen in view against its trend, 3x.
"""

import contextlib
import os
import pty
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

from bench import MEMPROF, memory_kb, missed, row

SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 60
LOG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "dumps", "unix-1.25.0-leak-64k.txt")
N_COPIES = 200
DAY_MB = 100
DAY_SNAPSHOTS = 86400


def best(*command, n=5):
    def once():
        begin = time.perf_counter()
        subprocess.run([MEMPROF, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.perf_counter() - begin
    return min(once() for _ in range(n))


def cpu_seconds(pid):
    used = os.wait4(pid, 0)[2]
    return used.ru_utime + used.ru_stime


def record(path):
    """Memory while sim:pico is recorded, in the first quarter and in the last: medians, as packing a blob takes more for a moment."""
    process = subprocess.Popen([MEMPROF, "record", "-q", "-o", path, "--for", "%ds" % SECONDS, "--interval", "0.1", "sim:pico"],
                               stderr=subprocess.DEVNULL)
    samples = []
    for _ in range(4 * (SECONDS - 1)):
        time.sleep(0.25)
        samples.append(memory_kb(process.pid, "RssAnon"))
    if process.wait() != 0:
        sys.exit("record failed")
    quarter = len(samples) // 4
    return statistics.median(samples[:quarter]), statistics.median(samples[-quarter:])


def best_cpu(*command, n=5):
    def once():
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return cpu_seconds(process.pid)
    return min(once() for _ in range(n))


def first_screen(path):
    """CPU time until the last line of the first screen, which names keys, is there; then q."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(MEMPROF, [MEMPROF, "view", path], {**os.environ, "TERM": "xterm-256color"})
    output = b""
    while b"Help" not in output:
        output += os.read(fd, 65536)
    os.write(fd, b"q")
    try:
        while os.read(fd, 65536):
            pass
    except OSError:
        pass
    return cpu_seconds(pid)


def lengthen(path, day):
    """The recording again and again, as sessions of one board, until it has the snapshots of a day at one a second."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        n_samples, = db.execute("SELECT sum(snapshots) FROM sessions").fetchone()
    for _ in range(DAY_SNAPSHOTS // n_samples + 1):
        subprocess.run([MEMPROF, "convert", "-q", "--again", "-o", day, path], check=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        log, made, live, day = (os.path.join(folder, name) for name in ("log.txt", "log.mprof", "live.mprof", "day.mprof"))
        with open(LOG, "rb") as one, open(log, "wb") as many:
            many.write(one.read() * N_COPIES)
        subprocess.run([MEMPROF, "convert", "-q", "-o", made, log], check=True)
        print("log %.1f MB, recording %.1f MB" % (os.path.getsize(log) / 1e6, os.path.getsize(made) / 1e6))
        of_log, of_recording = best("trend", log), best("trend", made)
        row("trend of the recording, against that of the log", of_recording / of_log, "x", 1)
        row("one moment in the middle, against report of a small log",
            best("report", made + "@#%d" % (N_COPIES * 10), n=20) / best("report", LOG, n=20), "x", 6)
        first_kb, last_kb = record(live)
        print("recording sim:pico at ten snapshots a second: %.1f MB of memory" % (last_kb / 1024))
        row("its memory in the last quarter, against the first", last_kb / first_kb, "x", 1.5)
        # Pages that are not full yet and the tables' first pages do not grow with time.
        size = subprocess.run(["sqlite3", live, "SELECT sum(pgsize - unused) FROM dbstat WHERE name = 'batches'"], check=True, capture_output=True, text=True).stdout
        row("sim:pico at ten snapshots a second, a day", int(size) / SECONDS * 86400 / 1e6, "MB", DAY_MB)
        lengthen(live, day)
        of_trend = best_cpu(MEMPROF, "trend", day)
        print("a day at one snapshot a second: CPU time of trend %.2f s" % of_trend)
        row("its trend, against a check of the file by sqlite3, CPU time", of_trend / best_cpu("sqlite3", day, "PRAGMA integrity_check"), "x", 80)
        row("its first screen, against its trend, CPU time", min(first_screen(day) for _ in range(3)) / of_trend, "x", 3)
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
