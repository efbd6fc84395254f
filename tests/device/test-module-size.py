#!/usr/bin/python3
"""The sizes of the MicroPython module that firmware-agent/README.md gives for processors other than the RP2040's: its sources,
compiled with MicroPython's headers as a build of its qemu port has them. test-built.py has the RP2040, from maps.

usage: test-module-size.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import importlib.machinery
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import unittest

from board import Firmware

FIRMWARE = os.path.abspath(sys.argv[2])
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
AGENT = os.path.join(ROOT, "firmware-agent")
README = os.path.join(AGENT, "README.md")
GENERATED = ("qstrdefs.generated.h", "mpversion.h", "moduledefs.h", "root_pointers.h")
POOLS = ("pool", "tlsf", "ramfs", "fixed", "tracked")
DEFINES = ["-DMEMPROF_CRC_WORDS=1", "-DMEMPROF_HOOKS=1", '-DMICROPY_HW_MCU_NAME="none"', "-DQEMU_SOC_MPS2",
           '-DMEMPROF_CONFIG_FILE="%s"' % os.path.join(HERE, "memprof_mps2.h")]
ALL_DEFINES = ["-DMEMPROF_FAST=1", "-DMEMPROF_REQUESTS=1", "-DMEMPROF_SITES=1", "-DMEMPROF_HAS_POOLS=1", "-DMEMPROF_TRACKED=1"]
FAST_SOURCES = ("core/snapshot.c", "ports/micropython/heap.c")     # with -O3
# A compiler of another version may make so many bytes more or less.
TOLERANCE = 24


def module_sources():
    """([those of any build], [those of options]), as micropython.cmake lists them."""
    with open(os.path.join(AGENT, "micropython.cmake"), encoding="utf-8") as file:
        always, options = file.read().split("\nif(", 1)
    sources = [re.findall(r"\$\{CMAKE_CURRENT_LIST_DIR\}/(\S+\.c)\b", text) for text in (always, options)]
    sources[1] = [s for s in sources[1] if s not in sources[0] and "$" not in s] + ["pools/%s.c" % pool for pool in POOLS]
    return sources


def load(path):
    name = os.path.basename(path).replace("-", "_")
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


SIZES = load(os.path.join(ROOT, "tests", "checks", "agent-size"))


class Module(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """MicroPython's source, and the headers that a build makes of it."""
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.port = os.path.join(Firmware(FIRMWARE).source(), "ports", "qemu")
        cls.built = os.path.join(cls.folder, "build")
        modules, manifest = os.path.join(cls.folder, "modules"), os.path.join(cls.folder, "manifest.py")
        os.mkdir(modules)
        os.symlink(AGENT, os.path.join(modules, "memprof"))
        open(manifest, "w", encoding="utf-8").close()
        subprocess.run(["make", "-s", "-C", cls.port, "BOARD=MPS2_AN385", "BUILD=" + cls.built, "FROZEN_MANIFEST=" + manifest,
                        "MICROPY_MPYCROSS=" + os.path.join(FIRMWARE, "..", "build", "mpy-cross", "mpy-cross"),
                        "USER_C_MODULES=" + modules, "MEMPROF_SITES=1", "CFLAGS_EXTRA=" + " ".join("'%s'" % d for d in DEFINES[-1:]),
                        *(os.path.join(cls.built, "genhdr", name) for name in GENERATED)],
                       check=True, capture_output=True)

    def size(self, target, sources, defines):
        """(flash, RAM): RAM's initial values are in flash too."""
        tools, flags = SIZES.TARGETS[target]
        top = os.path.join(self.port, "..", "..")
        includes = ["-I" + path for path in (os.path.join(AGENT, "include"), self.port, top, self.built)]
        objects = []
        for source in sources:
            objects.append(os.path.join(self.folder, source.replace("/", "-") + ".o"))
            is_fast = "-DMEMPROF_FAST=1" in defines and source in FAST_SOURCES
            subprocess.run([tools + "gcc", "-std=c99", "-O3" if is_fast else "-Os", "-ffunction-sections",
                            "-fdata-sections", *flags, *DEFINES, *defines, *includes, "-c",
                            os.path.join(AGENT, source), "-o", objects[-1]], check=True)
        text, data, bss = map(int, SIZES.run(tools + "size", "-t", *objects).splitlines()[-1].split()[:3])
        return text + data, data + bss

    def test_readme_has_them(self):
        rows = {}
        always, options = module_sources()
        self.assertIn("core/table.c", always)
        self.assertIn("extra/requests.c", options)
        for what, sources, defines in (("the module", always, []), ("the module with all options", always + options, ALL_DEFINES)):
            sizes = [self.size(target, sources, defines) for target in SIZES.README_TARGETS]
            rams = {ram for _, ram in sizes}
            self.assertLess(max(rams) - min(rams), 8)
            rows["| %s |" % what] = [flash for flash, _ in sizes] + [max(rams)]
        self.assertEqual(SIZES.check_rows(README, rows, lambda n: TOLERANCE), 0)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[3:]])
