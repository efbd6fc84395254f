#!/usr/bin/python3
"""What memprof serve needs for many boards: CPU time and memory of its processes; those of the simulated boards do not count.

usage: bench-serve.py MEMPROF [BOARDS [SECONDS]]

A page is open and a scraper comes every second meanwhile. Limits: 30 % of a core and 150 MB (PSS) for 64 boards at one snapshot a
second.
"""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request

MEMPROF = os.path.abspath(sys.argv[1])
BOARDS = int(sys.argv[2]) if len(sys.argv) > 2 else 64
SECONDS = float(sys.argv[3]) if len(sys.argv) > 3 else 30
LIMIT_CPU, LIMIT_MB = .30 * BOARDS / 64, 150 * BOARDS / 64
TICKS = os.sysconf("SC_CLK_TCK")


def processes(pid):
    """It and its children that are memprof, too."""
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        children = [int(word) for word in f.read().split()]
    return [pid, *[child for child in children if os.path.samefile("/proc/%d/exe" % child, MEMPROF)]]


def cpu_s(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def pss_mb(pid):
    with open("/proc/%d/smaps_rollup" % pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith("Pss:")) / 1000


def main():
    sources = ["board%d=sim:%s,seed=%d" % (i, ("pico", "leak")[i % 2], i + 1) for i in range(BOARDS)]
    serve = subprocess.Popen([MEMPROF, "serve", "-q", "--interval", "1", "--listen", "127.0.0.1:0", *sources],
                             stdout=subprocess.PIPE, text=True)
    url = serve.stdout.readline().split(" at ")[1].strip()
    ends = threading.Event()

    def watch():
        with urllib.request.urlopen(url + "events") as events:
            while not ends.is_set():
                events.readline()

    def scrape():
        while not ends.wait(1):
            urllib.request.urlopen(url + "metrics").read()

    for task in (watch, scrape):
        threading.Thread(target=task, daemon=True).start()
    time.sleep(8)
    family = processes(serve.pid)
    before, began = sum(map(cpu_s, family)), time.monotonic()
    parent = cpu_s(serve.pid)
    time.sleep(SECONDS)
    took = time.monotonic() - began
    cpu, parent = (sum(map(cpu_s, family)) - before) / took, (cpu_s(serve.pid) - parent) / took
    memory = sum(map(pss_mb, family))
    text = urllib.request.urlopen(url + "metrics").read().decode()
    n_up = sum(line.endswith(" 1") for line in text.splitlines() if line.startswith("memprof_up{"))
    ends.set()
    serve.send_signal(signal.SIGTERM)
    code = serve.wait(60)
    print("%d boards, %d connected, %d processes: %.1f %% of a core (the parent %.1f %%), %.1f MB" %
          (BOARDS, n_up, len(family), 100 * cpu, 100 * parent, memory))
    ok = code == 0 and n_up == BOARDS and len(family) == BOARDS + 1 and cpu <= LIMIT_CPU and memory <= LIMIT_MB
    print("limits: %.0f %%, %.0f MB: %s" % (100 * LIMIT_CPU, LIMIT_MB, "kept" if ok else "MISSED"))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
