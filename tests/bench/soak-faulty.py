#!/usr/bin/python3
"""Whether record and serve grow: both follow sim:faulty, whose line loses, flips and repeats bytes.

usage: soak-faulty.py MEMPROF [SECONDS]        (default: 3600)

A page is open and a scraper comes every second meanwhile. A line of figures is printed every minute, in a short run at an eighth
of it: anonymous memory (RssAnon) and open files of all processes of each memprof, the simulated boards left out. Limits:
the least memory and files of the last quarter are at most those of the second quarter, with 256 kB more for memory, and both
programs still have new snapshots. The least, as memory rises for the time of a commit.
"""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

from bench import MEMPROF, family, follow, memory_kb

SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 3600
SPARE_KB = 256


def usage(pid):
    """Memory in kB, open files, processes of a memprof."""
    pids = family(pid)
    return sum(memory_kb(one, "RssAnon") for one in pids), sum(len(os.listdir("/proc/%d/fd" % one)) for one in pids), len(pids)


def snapshots(path):
    with sqlite3.connect("file:%s?mode=ro" % path, uri=True) as recording:
        return recording.execute("SELECT total(samples) FROM sessions").fetchone()[0]


def line_of(minute, programs, path, n_lines):
    figures = {name: usage(pid) for name, pid in programs.items()}
    figures["seen"] = (snapshots(path), *n_lines)
    print("%5.1f min " % minute + ", ".join("%s: %d kB, %d files, %d processes" % (name, *figures[name]) for name in programs) +
          "; %d samples, %d page lines, %d scrapes" % figures["seen"] + "; load %.1f" % os.getloadavg()[0], flush=True)
    return figures


def grown(lines):
    """What is more in the last quarter than it was in the second one."""
    quarter = len(lines) // 4
    early, late = lines[quarter:2 * quarter], lines[-quarter:]
    faults = []
    for name in ("record", "serve"):
        for i, what, room in ((0, "memory", SPARE_KB), (1, "files", 0)):
            was, became = (min(line[name][i] for line in part) for part in (early, late))
            if became > was + room:
                faults.append("%s: %s from %d to %d" % (name, what, was, became))
    return faults + ["nothing new: " + str(late[-1]["seen"]) for old, new in zip(early[-1]["seen"], late[-1]["seen"]) if new <= old]


def main():
    folder = tempfile.TemporaryDirectory()
    path = os.path.join(folder.name, "soak.mprof")
    record = subprocess.Popen([MEMPROF, "record", "-q", "--interval", "0.1", "-o", path, "faulty=sim:faulty"])
    serve = subprocess.Popen([MEMPROF, "serve", "-q", "--interval", "1", "--listen", "127.0.0.1:0", "faulty=sim:faulty"],
                             stdout=subprocess.PIPE, text=True)
    programs, lines = {"record": record.pid, "serve": serve.pid}, []
    ends = threading.Event()
    n_lines = follow(re.search(r" at (\S+)", serve.stdout.readline())[1], ends)
    began, step = time.monotonic(), min(60, SECONDS / 8)
    while len(lines) * step < SECONDS - step / 2:
        time.sleep(max(0, began + step * (len(lines) + 1) - time.monotonic()))
        lines.append(line_of((time.monotonic() - began) / 60, programs, path, n_lines))
    ends.set()
    time.sleep(1)
    codes = []
    for program in (record, serve):
        program.send_signal(signal.SIGTERM)
        codes.append(program.wait(60))
    faults = grown(lines) + ["exit %d" % code for code in codes if code]
    print("%.0f s, recording of %.1f MB: " % (time.monotonic() - began, os.path.getsize(path) / 1e6) + (", ".join(faults) or "no growth"))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
