#!/usr/bin/python3
"""map, diff and layout on the firmware that the tests build: their figures are those of the linker's files.

usage: test-built.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

from rig import FIRMWARE, memprof

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "firmware-agent", "README.md")
# The agent on the Pico: flash and RAM of the default build, and of the one with all options (scripts/build-firmware).
AGENT_LIMITS = {"rp2-agent": (6000, 1120), "rp2-agent-pools": (14900, 3720)}
# A compiler of another version may make so many bytes more or less of one option.
SIZE_TOLERANCE = 24
BUILDS = ("qemu", "qemu-small", "rp2", "unix", "unix-split", "unix-auto")


def path(name, kind):
    return os.path.join(FIRMWARE.folder, name + "." + kind)


def document(*arguments):
    p = memprof(*arguments, "--json")
    assert p.returncode == 0, p.stderr
    return json.loads(p.stdout)


def sections_by_readelf(elf):
    """{(name, address, size)} of what takes memory."""
    text = subprocess.run(["readelf", "-SW", elf], capture_output=True, text=True, check=True).stdout
    rows = re.findall(r"\]\s+(\S+)\s+\S+\s+([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+) \S+\s+(\w*)", text)
    return {(name, int(address, 16), int(size, 16)) for name, address, size, flags in rows
            if "A" in flags and int(size, 16)}


def symbols_by_nm(elf):
    """{name: size} of functions and variables whose name is there once."""
    text = subprocess.run(["nm", "-S", elf], capture_output=True, text=True, check=True).stdout
    rows = re.findall(r"^[0-9a-f]+ ([0-9a-f]+) [TtDdBbRr] (\S+)$", text, re.M)
    n_of = collections.Counter(name for _, name in rows)
    return {name: int(size, 16) for size, name in rows if n_of[name] == 1}


def add(*sizes):
    return tuple(map(sum, zip(*sizes)))


def subtract(a, b):
    return a[0] - b[0], a[1] - b[1]


def flash_and_ram(entries):
    return add((0, 0), *((e["by_region"].get("FLASH", 0), e["by_region"].get("RAM", 0)) for e in entries))


def agent_objects(build):
    """{source: (flash, RAM)} of the agent's objects in a build for the Pico."""
    objects = {}
    for o in document("map", "--elf", path(build, "elf"), path(build, "map"))["objects"]:
        source = re.search(r"/agent-modules/memprof/(.*)\.o$|/pools-modules/memprof/(.*)\.o$", o["path"])
        if source:
            objects[source[1] or source[2]] = flash_and_ram([o])
    return objects


def option_sizes(default, everything):
    """{option: (flash, RAM)}: those of the build with all options add up to its difference from the default one."""
    sizes = {"default": add(*default.values()), "all options": add(*everything.values())}

    def grown(*sources):
        return subtract(add(*(everything.get(s, (0, 0)) for s in sources)), add(*(default.get(s, (0, 0)) for s in sources)))

    kinds = {"`tlsf`": "pools/tlsf.c", "`ramfs`": "pools/ramfs.c", "`fixed`": "pools/fixed.c"}
    for kind, source in kinds.items():
        sizes[kind] = grown(source)
    # What it needs of the heap is in a file that MEMPROF_FAST compiles in another way.
    symbols = symbols_by_nm(path("rp2-agent-pools", "elf"))
    object_bytes, is_object = symbols["memprof_mp_object_bytes"], symbols["memprof_mp_is_object"]
    sizes["`tracked`"] = add(grown("pools/tracked.c"), (object_bytes, 0))
    fast = [s for s in everything if s.startswith("core/")] + ["extra/crc_table.c", "ports/micropython/heap.c"]
    sizes["`MEMPROF_FAST=1`"] = subtract(grown(*fast), (object_bytes + is_object, 0))
    sizes["`MEMPROF_SITES=1`"] = add((is_object, 0), grown(*(
        "%s.c" % s for s in ("extra/sites", "ports/micropython/sites", "ports/micropython/modmemprof", "ports/micropython/hooks"))))
    sizes["`MEMPROF_REQUESTS=1`"] = grown(
        "extra/requests.c", "ports/micropython/requests.c", "ports/micropython/agent.c")
    named = ["`MEMPROF_FAST=1`", "`MEMPROF_SITES=1`", "`MEMPROF_REQUESTS=1`", "`tracked`", *kinds]
    sizes["`MEMPROF_POOLS=...`"] = subtract(subtract(sizes["all options"], sizes["default"]), add(*(sizes[n] for n in named)))
    sizes["`MEMPROF_QSTR=0`"] = subtract((0, 0), add(default["extra/stats.c"], default["ports/micropython/pools.c"]))
    return sizes


class Built(unittest.TestCase):
    def for_each_build(self):
        for name in BUILDS:
            with self.subTest(name):
                yield name

    def test_sections_are_those_of_readelf(self):
        for name in self.for_each_build():
            wanted = sections_by_readelf(path(name, "elf"))
            self.assertGreater(len(wanted), 2)
            for arguments in ((path(name, "map"),), (path(name, "elf"),),
                              ("--elf", path(name, "elf"), path(name, "map"))):
                have = {(s["name"], int(s["vma"], 16), s["size"])
                        for s in document("map", *arguments)["sections"] if s["alloc"]}
                self.assertLessEqual(wanted, have, arguments)

    def test_objects_add_up_to_sections(self):
        for name in self.for_each_build():
            d = document("map", "--elf", path(name, "elf"), path(name, "map"))
            held_back = {r["name"] for r in d["reserved"]}
            wanted = sum(s["size"] for s in d["sections"] if s["alloc"] and s["name"] not in held_back)
            self.assertEqual(sum(o["size"] for o in d["objects"]), wanted)
            self.assertEqual(sum(c["size"] for c in d["components"]), wanted)
            self.assertEqual({s["unattributed"] for s in d["sections"] if s["alloc"]}, {0})

    def test_symbols_have_the_sizes_of_nm(self):
        for name in self.for_each_build():
            wanted = symbols_by_nm(path(name, "elf"))
            have = {s["name"]: s["size"] for s in document("map", path(name, "elf"))["symbols"]
                    if not s["estimated"]}
            both = wanted.keys() & have.keys()
            self.assertGreater(len(both), 500)
            wrong = {n: (wanted[n], have[n]) for n in both if wanted[n] != have[n]}
            # Two sized names at one address: the bytes count once, but nm prints them for both.
            self.assertLess(len(wrong), len(both) // 100, sorted(wrong.items())[:5])

    def test_the_map_and_the_elf_belong_together(self):
        for name in self.for_each_build():
            p = memprof("map", "--bytes", "--by", "region", "--elf", path(name, "elf"), path(name, "map"))
            self.assertEqual((p.returncode, p.stderr), (0, ""))

    def test_the_agent_is_a_component_of_its_own(self):
        for name in ("rp2", "qemu", "unix"):
            with self.subTest(name):
                plain, with_agent = (
                    {c["name"]: c["size"] for c in document("map", "--elf", path(build, "elf"), path(build, "map"))["components"]}
                    for build in (name, name + "-agent"))
                self.assertNotIn("memprof agent", plain)
                self.assertGreater(with_agent["memprof agent"], 5000)
                # What else has grown: the test's own module, strings, and what calls the agent.
                others = sum(with_agent.values()) - with_agent["memprof agent"] - sum(plain.values())
                self.assertLess(abs(others), 4000)

    def test_the_agent_stays_within_its_limits_on_a_pico(self):
        for build, most in AGENT_LIMITS.items():
            with self.subTest(build):
                components = document("map", "--elf", path(build, "elf"), path(build, "map"))["components"]
                size = flash_and_ram(c for c in components if c["name"] == "memprof agent")
                self.assertEqual(size, add(*agent_objects(build).values()))
                self.assertLessEqual(size[0], most[0])
                self.assertLessEqual(size[1], most[1])

    def test_the_agents_readme_has_its_sizes_on_a_pico(self):
        with open(README, encoding="utf-8") as file:
            rows = re.findall(r"^\| ([^|]+) \| (−?\d+) \| (−?\d+) \|$", file.read(), re.M)
        written = {option: (int(flash.replace("−", "-")), int(ram.replace("−", "-"))) for option, flash, ram in rows}
        sizes = option_sizes(agent_objects("rp2-agent"), agent_objects("rp2-agent-pools"))
        for option, size in sizes.items():
            with self.subTest(option):
                self.assertIn(option, written)
                for is_written, is_built in zip(written[option], size):
                    self.assertLessEqual(abs(is_written - is_built), SIZE_TOLERANCE, (written[option], size))

    def test_ports_that_link_with_ld_itself(self):
        """mimxrt, samd and renesas-ra have the first of these rules, unix and stm32 the second, minimal the third."""
        port = """\
LD = %s
USERMOD_DIR = %s
include $(USERMOD_DIR)/micropython.mk
all:
	echo $(LDFLAGS_USERMOD)
firmware.elf:
	$(Q)$(%s) $(LDFLAGS) -o $@ $(OBJ) $(LIBS)
"""
        agent = os.path.dirname(README)
        with tempfile.TemporaryDirectory() as folder:
            for linker, rule, wraps in (("arm-none-eabi-ld", "LD", "--wrap="), ("arm-none-eabi-ld", "CC", "-Wl,--wrap="),
                                        ("arm-none-eabi-gcc", "LD", "-Wl,--wrap=")):
                with self.subTest(linker=linker, rule=rule):
                    with open(os.path.join(folder, "Makefile"), "w", encoding="utf-8") as file:
                        file.write(port % (linker, agent, rule))
                    p = subprocess.run(["make", "-n", "MEMPROF_REQUESTS=1"], cwd=folder, capture_output=True, text=True,
                                       check=True)
                    flags = [word for word in p.stdout.split() if "--wrap" in word]
                    self.assertEqual(len(flags), 6, p.stdout)
                    self.assertTrue(all(flag.startswith(wraps) for flag in flags), flags)
                    self.assertIn(wraps + "gc_collect_start", flags)

    def test_what_is_frozen(self):
        frozen = {f["name"]: f for f in document("map", "--elf", path("rp2", "elf"), path("rp2", "map"))["frozen"]}
        self.assertLessEqual({"_boot.py", "rp2.py"}, frozen.keys())
        self.assertGreater(frozen["rp2.py"]["size"], 1000)
        self.assertEqual(len(frozen["rp2.py"]["sha256"]), 64)
        text = memprof("map", "--bytes", "--by", "frozen", "--sha256", path("rp2", "elf")).stdout
        table = memprof("map", "--by", "frozen", "--format", "csv", path("rp2", "elf")).stdout
        for name, module in frozen.items():
            self.assertRegex(text, r"(?m)^%s +%u +%s" % (re.escape(name), module["size"], module["sha256"]))
            self.assertIn('"%s",%u,%u,"%s"' % (name, module["size"], module["strings"], module["sha256"]), table)

    def test_a_build_has_no_difference_to_itself(self):
        for name in self.for_each_build():
            for kind in ("map", "elf"):
                p = memprof("diff", "--exit-code", path(name, kind), path(name, kind), code=0)
                self.assertEqual(p.stdout, "No difference\n")

    def test_what_a_build_option_costs(self):
        """qemu-small is qemu without micropython.mem_info (scripts/build-firmware)."""
        for kind in ("map", "elf"):
            d = document("diff", path("qemu", kind), path("qemu-small", kind))
            gone = {s["name"] for s in d["symbols"] if s["change"] == "removed"}
            self.assertLessEqual({"gc_dump_alloc_table", "qstr_dump_data", "mp_micropython_mem_info"}, gone)
            self.assertLess(next(s["delta"] for s in d["sections"] if s["name"] == ".text"), -500)

    def test_what_is_left_on_a_pico(self):
        d = document("map", "--board", "raspberrypi-pico", path("rp2", "map"))
        self.assertEqual(d["room"]["before"], "file system")
        self.assertEqual(d["room"]["bytes"] + d["regions"][0]["used"], 0xa0000)
        p = memprof("map", "--board", "raspberrypi-pico2", "--json", path("rp2", "map"))
        self.assertIn("is for RP2040, board raspberrypi-pico2 has RP2350", p.stderr)
        self.assertIsNone(json.loads(p.stdout)["room"])

    def test_the_layout_of_a_pico(self):
        d = document("layout", "--strict", "--board", "raspberrypi-pico", "--map", path("rp2", "map"), "--elf",
                     path("rp2", "elf"))
        names = []

        def walk(spans):
            for span in spans:
                names.append(span["name"])
                walk(span["spans"])
        for space in d["spaces"]:
            walk(space["spans"])
        self.assertEqual(d["conflicts"], [])
        self.assertLessEqual({"file system", "GC heap", "firmware"}, set(names))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
