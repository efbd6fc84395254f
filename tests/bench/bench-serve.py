#!/usr/bin/python3
"""What memprof serve needs for many boards: CPU time and memory of its processes; those of the simulated boards do not count.

usage: bench-serve.py MEMPROF [BOARDS [SECONDS]]

A page is open and a scraper comes every second meanwhile. Limits: 30 % of a core and 150 MB (PSS) for 64 boards at one snapshot a
second; memory (RssAnon, the least of a quarter) and open files of the last quarter at most those of the second one, with 16 kB a
board more.
"""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request

from bench import MEMPROF, cpu_s, family, follow, memory_kb

BOARDS = int(sys.argv[2]) if len(sys.argv) > 2 else 64
SECONDS = float(sys.argv[3]) if len(sys.argv) > 3 else 30
SPARE_KB, LOOKS = 16, 16
LIMIT_CPU, LIMIT_MB = .30 * BOARDS / 64, 150 * BOARDS / 64


def main():
    sources = ["board%d=sim:%s,seed=%d" % (i, ("pico", "leak")[i % 2], i + 1) for i in range(BOARDS)]
    serve = subprocess.Popen([MEMPROF, "serve", "-q", "--interval", "1", "--listen", "127.0.0.1:0", *sources],
                             stdout=subprocess.PIPE, text=True)
    url = serve.stdout.readline().split(" at ")[1].strip()
    ends = threading.Event()
    follow(url, ends)
    time.sleep(8)
    pids = family(serve.pid)
    before, began = sum(map(cpu_s, pids)), time.monotonic()
    parent = cpu_s(serve.pid)
    looks = []
    for _ in range(LOOKS):
        time.sleep(SECONDS / LOOKS)
        looks.append((sum(memory_kb(pid, "RssAnon") for pid in pids), sum(len(os.listdir("/proc/%d/fd" % pid)) for pid in pids)))
    took = time.monotonic() - began
    cpu, parent = (sum(map(cpu_s, pids)) - before) / took, (cpu_s(serve.pid) - parent) / took
    memory = sum(memory_kb(pid, "Pss", "smaps_rollup") for pid in pids) / 1000
    text = urllib.request.urlopen(url + "metrics").read().decode()
    n_up = sum(line.endswith(" 1") for line in text.splitlines() if line.startswith("memprof_up{"))
    ends.set()
    serve.send_signal(signal.SIGTERM)
    code = serve.wait(60)
    print("%d boards, %d connected, %d processes: %.1f %% of a core (the parent %.1f %%), %.1f MB" %
          (BOARDS, n_up, len(pids), 100 * cpu, 100 * parent, memory))
    quarter = LOOKS // 4
    (was_kb, was_files), (is_kb, is_files) = (tuple(map(min, zip(*part))) for part in (looks[quarter:2 * quarter], looks[-quarter:]))
    print("memory from %d to %d kB, open files from %d to %d" % (was_kb, is_kb, was_files, is_files))
    grows = is_kb > was_kb + SPARE_KB * BOARDS or is_files > was_files
    ok = not grows and code == 0 and n_up == BOARDS and len(pids) == BOARDS + 1 and cpu <= LIMIT_CPU and memory <= LIMIT_MB
    print("limits: %.0f %%, %.0f MB: %s" % (100 * LIMIT_CPU, LIMIT_MB, "kept" if ok else "MISSED"))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
