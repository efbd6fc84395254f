#!/usr/bin/python3
"""The agent's walkers of newlib's heap (firmware-agent/pools/nano.c and dlmalloc.c) beside the malloc of the installed newlib,
on a Cortex-M3 in QEMU: newlib/main.c compares each block and figure after each of its random allocations.

usage: test-newlib.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
AGENT = os.path.join(HERE, "..", "..", "firmware-agent")
SOURCES = ["pools/nano.c", "pools/dlmalloc.c", "pools/newlib.c", "pools/pool.c", "core/agent.c", "core/frame.c",
           "core/snapshot.c", "core/table.c"]
STEPS = 3000
# Bytes of the heap, and by how many it begins behind a page: whole pages; a limit that is none; a start where no chunk can be.
HEAPS = ((12288, 0), (10003, 0), (100000, 4), (1048576, 0), (1000000, 4))


def build(out, is_nano, n_bytes, skew):
    command = ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-std=c99", "-O2", "-Wall", "-Wextra", "-Werror",
               "-ffunction-sections", "-DSTEPS=%d" % STEPS, "-I" + os.path.join(AGENT, "include"),
               os.path.join(HERE, "newlib", "main.c"), *(os.path.join(AGENT, source) for source in SOURCES),
               "-nostartfiles", "-T", os.path.join(HERE, "newlib", "heap.ld"),
               "-Wl,--gc-sections,--defsym=HEAP_BYTES=%d,--defsym=HEAP_SKEW=%d" % (n_bytes, skew), "-o", out]
    if is_nano:
        command += ["--specs=nano.specs", "-DNANO"]
    subprocess.run(command, check=True)


def run(elf):
    """The figures that it prints."""
    p = subprocess.run(["qemu-system-arm", "-machine", "mps2-an385", "-display", "none", "-monitor", "none", "-serial", "null",
                        "-semihosting-config", "enable=on,target=native", "-kernel", elf],
                       capture_output=True, text=True, timeout=120)
    assert p.returncode == 0, p.stdout + p.stderr
    return {name: int(n) for name, n in re.findall(r"(\w+) (\d+)", p.stdout + p.stderr)}


class Newlib(unittest.TestCase):
    def compare(self, is_nano):
        for n_bytes, skew in HEAPS:
            with self.subTest(n_bytes=n_bytes, skew=skew), tempfile.TemporaryDirectory() as folder:
                elf = os.path.join(folder, "heap.elf")
                build(elf, is_nano, n_bytes, skew)
                found = run(elf)
                n_fits = found.pop("fits")
                # refused, larger: what is reported as the largest that fits is so to the byte
                self.assertEqual(found, {"looks": STEPS + 1, "wrong": 0, "damaged": 0, "refused": 0, "larger": 0})
                self.assertGreater(n_fits, STEPS // 40)

    def test_nano(self):
        self.compare(True)

    def test_dlmalloc(self):
        self.compare(False)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[3:]])
