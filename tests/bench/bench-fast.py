#!/usr/bin/python3
"""What a look costs on a board: the text of mem_info(1) against the block table read directly, on the same heap, in the
same run. Bytes are counted on the line, both ways; time is the firmware's own clock, transport included.

usage: bench-fast.py MEMPROF FIRMWARE_FOLDER
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "device"))
from rig import FIRMWARE, memprof  # noqa: E402
from tables import paste  # noqa: E402

# Half of the heap, in pieces with holes between them.
FILL = """
import gc
gc.collect()
k = []
while gc.mem_free() > gc.mem_alloc() + 8000:
    k.append([bytearray(i * 7) for i in range(30)])
for i in range(0, len(k), 4): k[i] = k[i][::2]
gc.collect()
"""
# What the firmware does for a look: the loop of the probe over its commands, their bytes being there already.
TIMES = """
import time, sys, uctypes, micropython
def text():
    t = time.ticks_us()
    micropython.mem_info(1)
    return time.ticks_diff(time.ticks_us(), t)
def raw(lengths):
    abs = bytearray(1)
    any = uctypes.bytearray_at(id(abs) + 8, 8)
    bin = bytearray(17)
    hex = getattr(sys.stdout, 'buffer', sys.stdout).write
    at = id(k)
    cs = [bytes([64 | (v >> s & 15) for v in (at & ~255, n) for s in range(28, -4, -4)] + [80]) for n in lengths]
    t = time.ticks_us()
    for c in cs:
        bin[:] = c
        if bin[16] - 80 or min(bin) < 64 or max(bin) > 80: break
        for len in range(8): any[-1-len] = bin[2*len] << 4 & 255 | bin[2*len+1] & 15
        if abs: hex(abs)
    return time.ticks_diff(time.ticks_us(), t)
"""
COMMAND_BYTES, VIEW_BYTES, KNOWN_BYTES = 17, 32, 16


def on_line(board, *arguments):
    sent, heard = len(board.sent_by_memprof), board.mark()
    p = memprof("attach", "--no-survey", "--interval", "0", *arguments, board.path, seconds=300)
    assert p.returncode == 0, p.stderr
    return len(board.sent_by_memprof) - sent + board.mark() - heard


def per_look(board, *arguments):
    few, many = (on_line(board, "--count", str(n), *arguments) for n in (4, 14))
    return (many - few) / 10


def measure(name):
    with FIRMWARE.board(name) as board:
        paste(board, FILL)
        heap = [int(n) for n in re.findall(r"\d+", board.type("gc.mem_alloc(), gc.mem_free()"))]
        text, raw = per_look(board, "--text"), per_look(board)
        # Two views, one table, and known bytes behind each: what is not commands, views or known bytes is table.
        n_table = int(raw - 6 * COMMAND_BYTES - 2 * VIEW_BYTES - 3 * KNOWN_BYTES)
        print("%s: %d B used of %d: text %.0f B a look, block table %.0f B (%.1fx less; table %d)" % (
            name, heap[0], sum(heap), text, raw, text / raw, n_table))
        assert text > 2 * raw, "the block table must be less than half of the text"
        if name == "qemu":      # its build has no clock
            return None
        paste(board, TIMES)
        ms = [int(re.findall(r"\d+$", board.type(call))[0]) / 1000 for call in (
            "text()", "raw([%d,%d,%d,%d,%d,%d])" % (VIEW_BYTES, KNOWN_BYTES, n_table, KNOWN_BYTES, VIEW_BYTES,
                                                  KNOWN_BYTES))]
        print("%s: firmware time %.1f ms, %.2f ms (%.0fx less)" % (name, ms[0], ms[1], ms[0] / ms[1]))
        return ms[0] / ms[1]


if __name__ == "__main__":
    if os.environ.get("MEMPROF_NODE"):
        assert measure("rp2") >= 20, "an RP2040 must be 20 times shorter at it"
    else:
        print("rp2: skipped, MEMPROF_NODE is not set")
    measure("qemu")
