#!/usr/bin/python3
"""What the full screen costs: attach to a heap of 8 MiB, 524,288 blocks, 10 snapshots a second, on a pty.

usage: bench-tui.py MEMPROF [SECONDS]"""
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import termios
import time

from bench import MEMPROF, cpu_s, memory_kb, missed, row

SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 20
CPU_PERCENT_MAX = 5.0
KEY_MS_MAX = 50.0
HISTORY_MIB = 4
MEMORY_MIB_MAX = HISTORY_MIB + 24


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


def main():
    for columns, rows in ((80, 24), (200, 60)):
        s = Screen(columns, rows, "--interval", "0.1", "--history", "%dM" % HISTORY_MIB, "sim:big")
        size = "%dx%d" % (columns, rows)
        before, begin = cpu_s(s.pid), time.monotonic()
        n_bytes = s.read_for(SECONDS)
        seconds = time.monotonic() - begin
        row("CPU, part of a core, " + size, 100 * (cpu_s(s.pid) - before) / seconds, "%", CPU_PERCENT_MAX)
        print("%-58s %8.1f kB/s" % ("to the terminal, " + size, n_bytes / seconds / 1e3))
        keys = []
        for _ in range(20):     # help comes and goes
            keys.append(s.key_ms(b"?", b"keys"))
            os.write(s.fd, b"\x1b")
            s.read_for(0.2)
        row("key to screen, median, " + size, statistics.median(keys), "ms", KEY_MS_MAX)
        print("%-58s %8.2f ms" % ("key to screen, longest of 20, " + size, max(keys)))
        row("peak memory, a history of %d MiB, %s" % (HISTORY_MIB, size), memory_kb(s.pid, "VmHWM") / 1024, "MiB", MEMORY_MIB_MAX)
        s.close()
    sys.exit(bool(missed))


main()
