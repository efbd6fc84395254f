"""What the benchmarks in Python share: rows with limits, and what is known of a memprof and of what it started."""
import os
import pathlib
import sys
import threading
import urllib.request

MEMPROF = os.path.abspath(sys.argv[1])
TICKS = os.sysconf("SC_CLK_TCK")
missed = []


def row(what, value, unit, limit, at_least=False):
    bad = value < limit if at_least else value > limit
    print("%-60s %9.2f %-8s %s %g%s" % (what, value, unit, ">=" if at_least else "<=", limit, "  MISSED" if bad else ""), flush=True)
    if bad:
        missed.append(what)


def family(pid):
    """It and its children that run the same program."""
    children = pathlib.Path("/proc/%d/task/%d/children" % (pid, pid)).read_text().split()
    return [pid, *[child for child in map(int, children) if os.path.samefile("/proc/%d/exe" % child, "/proc/%d/exe" % pid)]]


def cpu_s(pid):
    fields = pathlib.Path("/proc/%d/stat" % pid).read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_kb(pid, name, file="status"):
    """A figure of the kernel's, such as RssAnon."""
    lines = pathlib.Path("/proc/%d/%s" % (pid, file)).read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


def follow(url, ends):
    """A page that is open, and a scraper that comes every second; [lines of the page, scrapes], as they come. If a connection
    ends before its time, its count stands still."""
    seen = [0, 0]

    def watch():
        with urllib.request.urlopen(url + "events") as events:
            for line in events:
                seen[0] += line.startswith(b"data:")

    def scrape():
        while not ends.wait(1):
            seen[1] += b"memprof_up{" in urllib.request.urlopen(url + "metrics").read()

    for task in (watch, scrape):
        threading.Thread(target=task, daemon=True).start()
    return seen
