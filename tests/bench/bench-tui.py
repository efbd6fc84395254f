#!/usr/bin/python3
"""What the full screen costs: attach to a heap of 8 MiB, 524,288 blocks, 10 snapshots a second, on a pty.

usage: bench-tui.py MEMPROF [SECONDS]"""
import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import sys
import termios
import time

MEMPROF, SECONDS = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 20
CPU_PERCENT_MAX = 5.0
KEY_MS_MAX = 50.0
HISTORY_MIB = 4
MEMORY_MIB_MAX = HISTORY_MIB + 24
TICK = os.sysconf("SC_CLK_TCK")
failed = []


class Screen:
    def __init__(self, columns, rows, *arguments):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execv(MEMPROF, [MEMPROF, "attach", *arguments])
        self.read_for(4)

    def read(self, seconds):
        if not select.select([self.fd], [], [], max(0, seconds))[0]:
            return b""
        try:
            return os.read(self.fd, 1 << 16)
        except OSError:         # it has ended
            return b""

    def read_for(self, seconds):
        end, n = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            n += len(self.read(end - time.monotonic()))
        return n

    def cpu_seconds(self):
        with open("/proc/%d/stat" % self.pid) as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def peak_mib(self):
        with open("/proc/%d/status" % self.pid) as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read())[1]) / 1024

    def key_ms(self, key, says):
        """From a key to the word that it brings to the screen."""
        seen, begin = b"", time.monotonic()
        os.write(self.fd, key)
        while says not in seen:
            data = self.read(1)
            if not data:
                return 1000.0
            seen += data
        return (time.monotonic() - begin) * 1e3

    def close(self):
        os.kill(self.pid, signal.SIGTERM)
        while self.read(5):
            pass
        os.waitpid(self.pid, 0)


def hold(name, value, limit, unit):
    print("%-58s %8.2f %s, at most %g" % (name, value, unit, limit))
    if value > limit:
        failed.append(name)


def main():
    for columns, rows in ((80, 24), (200, 60)):
        s = Screen(columns, rows, "--interval", "0.1", "--history", "%dM" % HISTORY_MIB, "sim:big")
        size = "%dx%d" % (columns, rows)
        before, begin = s.cpu_seconds(), time.monotonic()
        n_bytes = s.read_for(SECONDS)
        seconds = time.monotonic() - begin
        hold("CPU, part of a core, " + size, 100 * (s.cpu_seconds() - before) / seconds, CPU_PERCENT_MAX, "%")
        print("%-58s %8.1f kB/s" % ("to the terminal, " + size, n_bytes / seconds / 1e3))
        keys = []
        for _ in range(20):     # help comes and goes
            keys.append(s.key_ms(b"?", b"keys"))
            os.write(s.fd, b"\x1b")
            s.read_for(0.2)
        hold("key to screen, median, " + size, statistics.median(keys), KEY_MS_MAX, "ms")
        print("%-58s %8.2f ms" % ("key to screen, longest of 20, " + size, max(keys)))
        hold("peak memory, a history of %d MiB, %s" % (HISTORY_MIB, size), s.peak_mib(), MEMORY_MIB_MAX, "MiB")
        s.close()
    sys.exit(1 if failed else 0)


main()
