#!/usr/bin/python3
"""The kernel's own USB: a guest with Debian's kernel, dummy_hcd for a USB controller, g_serial for a board's USB
and cdc_acm for the driver of its port. guest-init does things with memprof in there and says on the console
what came out; here that is judged.

usage: test-guest.py MEMPROF FIRMWARE_FOLDER DATA_FOLDER [TEST...]
MEMPROF_GUEST is the folder with the kernel (scripts/guest-kernel).
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from rig import FIRMWARE, HERE, MEMPROF, gc_pool, ticks

DATA_FOLDER = sys.argv[3]
KERNEL = os.environ["MEMPROF_GUEST"]
BOOT_SECONDS = 240      # all of it takes 60 where nothing else runs


def libraries(program):
    """The files that the loader will want, with their links followed."""
    out = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(/\S+) \(0x", out)


def make_root(root):
    for folder in ("bin", "modules", "usr/local/bin"):
        os.makedirs(os.path.join(root, folder))
    shutil.copy("/bin/busybox", os.path.join(root, "bin"))
    os.symlink("busybox", os.path.join(root, "bin/sh"))
    programs = {"memprof": MEMPROF, "micropython": FIRMWARE.file("unix.elf")}
    for name, path in programs.items():
        shutil.copy(path, os.path.join(root, "bin", name))
        for library in libraries(path):
            to = root + library
            os.makedirs(os.path.dirname(to), exist_ok=True)
            shutil.copy(library, to)
    for module in os.listdir(os.path.join(KERNEL, "modules")):
        shutil.copy(os.path.join(KERNEL, "modules", module), os.path.join(root, "modules"))
    # beside the program, as in a build folder
    shutil.copytree(DATA_FOLDER, os.path.join(root, "bin", "layouts"))
    shutil.copy(os.path.join(HERE, "guest-init"), os.path.join(root, "init"))


def run_guest():
    with tempfile.TemporaryDirectory() as folder:
        root, initrd = os.path.join(folder, "root"), os.path.join(folder, "initrd")
        os.mkdir(root)
        make_root(root)
        with open(initrd, "wb") as file:
            subprocess.run("find . | cpio -o -H newc 2>/dev/null | gzip -1", shell=True, cwd=root,
                           stdout=file, check=True)
        console = os.path.join(folder, "console")
        p = subprocess.Popen(["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", "512", "-nic",
                              "none", "-display", "none", "-monitor", "none", "-serial", "file:" + console,
                              "-no-reboot", "-kernel", os.path.join(KERNEL, "vmlinuz"), "-initrd", initrd,
                              "-append", "console=ttyS0 panic=-1 quiet"], stdin=subprocess.DEVNULL)
        try:
            p.wait(BOOT_SECONDS)
        except subprocess.TimeoutExpired:
            p.kill()  # what is missing fails below, with all that was said
            p.wait()
        with open(console, errors="replace") as file:
            return file.read().replace("\r", "")


class Guest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.console = run_guest()
        cls.said = {name: (int(code), text) for name, text, code in
                    re.findall(r"^@@ ([\w-]+)\n(.*?)^@@ = (\d+)$", cls.console, re.S | re.M)}

    def part(self, name, code=0):
        if name not in self.said:
            self.fail("the guest did not get to %s:\n%s" % (name, self.console[-3000:]))
        found, text = self.said[name]
        self.assertEqual(found, code, text)
        return text

    def document(self, name):
        text = self.part(name)
        return json.loads(text[text.index("{"):text.rindex("}") + 1])

    def test_the_guest_came_to_its_end(self):
        self.assertIn("\n@@ end\n", self.console)
        self.assertNotIn("@@ broken", self.console)

    def test_devices(self):
        self.assertIn("/dev/ttyACM0", self.part("devices"))
        device = next(d for d in self.document("devices-json")["devices"] if d["source"] == "/dev/ttyACM0")
        self.assertEqual((device["vid"], device["pid"], device["serial"], device["product"]),
                         ("2e8a", "0005", "e6614c31", "Board_in_FS_mode"))
        self.assertIsNone(device["busy"])

    def test_snap(self):
        dump = self.document("snap")["dumps"][0]
        self.assertTrue(dump["complete"])
        pool = gc_pool(dump)
        self.assertEqual((pool["block_bytes"], pool["used"]), (32, pool["reported"]["used"]))

    def test_other_names(self):
        for name in ("by-id", "auto", "free"):
            with self.subTest(name):
                self.assertIn("Dump 1 of 1", self.part(name))

    def test_lines_after_closing(self):
        """No hang-up at the next close by whomever: memprof leaves HUPCL off."""
        for name in ("stty", "stty-after"):
            with self.subTest(name):
                self.assertIn("-hupcl", self.part(name))

    def test_somebody_has_it_open(self):
        text = self.part("held", 3)
        self.assertIn("sleep", text)
        self.assertRegex(text, r"\b\d+\b.*has it open")
        self.assertEqual(text.count("error"), 1)
        device = next(d for d in self.document("held-devices")["devices"] if d["source"] == "/dev/ttyACM0")
        self.assertRegex(device["busy"], r"^sleep \(\d+\)$")

    def test_unplug(self):
        text = self.part("unplug", 3)
        self.assertGreaterEqual(len(ticks(text)), 3, text)
        self.assertEqual(len([line for line in text.splitlines() if "error" in line]), 1, text)

    def test_unplug_and_plug_in_again(self):
        before, after = self.part("replug").split("--- unplugged ---", 1)
        self.assertGreaterEqual(len(ticks(before)), 3, before)
        self.assertGreaterEqual(len(ticks(after)), 3, after)
        self.assertNotIn("error", before + after)

    # ---- the usb: source: libusb, with the driver of the kernel's detached ----

    def assert_given_back(self, name):
        """The port is there, and cdc_acm has both interfaces."""
        text = self.part(name)
        self.assertEqual(text.splitlines()[0], "/dev/ttyACM0")
        self.assertEqual(text.count("/cdc_acm"), 2, text)

    def test_usb(self):
        dump = self.document("usb")["dumps"][0]
        self.assertTrue(dump["complete"])
        pool = gc_pool(dump)
        self.assertEqual((pool["block_bytes"], pool["used"]), (32, pool["reported"]["used"]))
        self.assert_given_back("usb-state")
        for name in ("usb-then-port", "usb-only", "usb-killed-then-port"):
            with self.subTest(name):
                self.assertIn("Dump 1 of 1", self.part(name))

    def test_usb_is_not_taken_from_somebody(self):
        text = self.part("usb-held", 3)
        self.assertRegex(text, r"sleep \(process \d+\) has /dev/ttyACM0 open")
        text = self.part("usb-twice", 3)
        self.assertRegex(text, r"memprof-usb \(process \d+\) has it open")

    def test_usb_that_is_not_there(self):
        self.assertIn("usb:2e8a:0005:e6614c31 (Board_in_FS_mode)", self.part("usb-wrong", 3))

    def test_usb_attach(self):
        text = self.part("usb-attach")
        self.assertGreaterEqual(len(ticks(text)), 3, text)
        self.assertIn("/dev/ttyACM0: No such file", text)
        self.assert_given_back("usb-attach-state")

    def test_usb_given_back_by_one_that_was_killed(self):
        text = self.part("usb-killed")
        self.assertGreaterEqual(len(ticks(text)), 3, text)
        self.assert_given_back("usb-killed-state")

    def test_usb_unplugged_and_plugged_in_again(self):
        before, after = self.part("usb-replug").split("--- unplugged ---", 1)
        self.assertGreaterEqual(len(ticks(before)), 3, before)
        self.assertGreaterEqual(len(ticks(after)), 3, after)
        self.assertNotIn("error", before + after)
        self.assert_given_back("usb-replug-state")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[4:]])
