#!/usr/bin/python3
"""What a recording costs beside the log that it was made from: its size, its trend, and one moment of it. Also what a live one
grows by.

usage: bench-recording.py MEMPROF [SECONDS]

Limits: the trend of a recording against that of its log, 1x; one moment of it against the report of a log that has this dump alone,
6x; 100 MB a day for sim:pico at ten snapshots a second.
"""

import os
import subprocess
import sys
import tempfile
import time

MEMPROF = os.path.abspath(sys.argv[1])
SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 60
LOG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "dumps", "unix-1.25.0-leak-64k.txt")
N_COPIES = 200
DAY_MB = 100
failed = False


def best(*command, n=5):
    def once():
        begin = time.perf_counter()
        subprocess.run([MEMPROF, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.perf_counter() - begin
    return min(once() for _ in range(n))


def row(what, value, limit, unit):
    global failed
    failed |= value > limit
    print("%-60s %8.2f%s  limit %g%s%s" % (what, value, unit, limit, unit, "" if value <= limit else "  MISSED"))


def main():
    with tempfile.TemporaryDirectory() as folder:
        log, made, live = (os.path.join(folder, name) for name in ("log.txt", "log.mprof", "live.mprof"))
        with open(LOG, "rb") as one, open(log, "wb") as many:
            many.write(one.read() * N_COPIES)
        subprocess.run([MEMPROF, "convert", "-q", "-o", made, log], check=True)
        print("log %.1f MB, recording %.1f MB" % (os.path.getsize(log) / 1e6, os.path.getsize(made) / 1e6))
        of_log, of_recording = best("trend", log), best("trend", made)
        row("trend of the recording, against that of the log", of_recording / of_log, 1, "x")
        row("one moment in the middle, against report of a small log",
            best("report", made + "@#%d" % (N_COPIES * 10), n=20) / best("report", LOG, n=20), 6, "x")
        subprocess.run([MEMPROF, "record", "-q", "-o", live, "--for", "%ds" % SECONDS, "--interval", "0.1", "sim:pico"], check=True,
                       stderr=subprocess.DEVNULL)
        # Pages that are not full yet and the tables' first pages do not grow with time.
        size = subprocess.run(["sqlite3", live, "SELECT sum(pgsize - unused) FROM dbstat WHERE name IN ('samples', 'tables', 'events', 'figures',"
                               " 'console')"], check=True, capture_output=True, text=True).stdout
        row("sim:pico at ten snapshots a second, a day", int(size) / SECONDS * 86400 / 1e6, DAY_MB, " MB")
    sys.exit(failed)


if __name__ == "__main__":
    main()
