#!/usr/bin/python3
"""memprof objects and report of core files: of the unix port, by the kernel and by GDB, and of QEMU's board.

usage: test-core.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess

import rig
from rig import FIRMWARE, Board, await_sleep, memprof

APP = """\
import sys
class Dev:
    def __init__(self, n):
        self.name = 'dev%d' % n
        self.hist = [n, n + 1, (n, 'x')]
handlers = [Dev(i) for i in range(40)]
cache = {'ev%d' % i: [1, 2, {'t': (i, 'a' * 40)}] for i in range(5)}
def work():
    inner = [bytearray(700)]
    print('ready')
    READ
work()
"""
GLOBALS = {"handlers": "list", "cache": "dict", "Dev": "class", "work": "function"}
PATTERN = "/proc/sys/kernel/core_pattern"


class Core(rig.InFolder):
    def start(self, name, filter_bits):
        """The unix port, at work."""
        self.file("app.py", APP.replace("READ", "sys.stdin.readline()"))

        def prepare():
            resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            pathlib.Path("/proc/self/coredump_filter").write_text(filter_bits)
        process = subprocess.Popen([*FIRMWARE.command(name), "app.py"], cwd=self.folder, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, preexec_fn=prepare)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        await_sleep(process)
        return process

    def by_kernel(self, name, filter_bits):
        """By GDB where the machine has core files go elsewhere; it leaves out what the kernel would."""
        if pathlib.Path(PATTERN).read_text().startswith(("|", "/")):
            return self.by_gdb(name, filter_bits)
        process, before = self.start(name, filter_bits), os.listdir(self.folder)
        process.send_signal(signal.SIGSEGV)
        process.wait()
        core, = set(os.listdir(self.folder)) - set(before)
        return os.path.join(self.folder, core)

    def by_gdb(self, name, filter_bits):
        process, core = self.start(name, filter_bits), os.path.join(self.folder, "gdb.core")
        p = subprocess.run(["gdb", "-batch", "-p", str(process.pid), "-ex", "generate-core-file " + core],
                           capture_output=True, text=True)
        self.assertTrue(os.path.exists(core), p.stderr)
        return core

    def document(self, *arguments):
        p = memprof("objects", "--json", *arguments)
        self.assertEqual((p.returncode, p.stderr), (0, ""))
        return json.loads(p.stdout)

    def check(self, *arguments):
        document = self.document(*arguments)
        self.assertTrue(document["heap"]["exact"], document["heap"])
        kinds = {g["path"]: g["kind"] for g in document["globals"]}
        self.assertLessEqual(GLOBALS.items(), kinds.items())
        devs = next(c for c in document["classes"] if c["name"] == "Dev")
        self.assertEqual(devs["objects"], 40)
        buffer, = self.document("--kind", "bytearray", *arguments)["objects"]
        self.assertRegex(buffer["path"], "^<(stack|register)")
        return document

    def fails(self, words, *arguments, command="objects"):
        p = memprof(command, *arguments, code=2)
        self.assertEqual(p.stdout, "")
        self.assertIn(words, p.stderr)

    def test_of_the_kernel(self):
        for name in ("unix", "unix-split", "unix-auto"):
            with self.subTest(name):
                core, elf = self.by_kernel(name, "0x33"), FIRMWARE.file(name + ".elf")
                document = self.check("--elf", elf, core)
                saved = os.path.join(self.folder, "saved.mem")
                self.check("--elf", elf, "--memory", saved, core)
                self.assertEqual(self.document(saved)["globals"], document["globals"])
                p = memprof("hex", "--json", "--elf", elf, core, "handlers", "16", code=0)
                row = json.loads(p.stdout)["ranges"][0]["rows"][0]
                self.assertEqual((row["in"][0]["kind"], row["in"][0]["name"]), ("object", "handlers"))
                self.fails("give that by --elf", core)
                self.fails("it is not the program of the core file", "--elf", FIRMWARE.file("qemu.elf"), core)
                self.fails("other.elf: error: it is another build of the core file's program", "--elf", self.other_build(elf), core)
                p = memprof("report", "--json", "--elf", elf, core, code=0)
                pool = json.loads(p.stdout)["dumps"][0]["pools"][0]
                self.assertEqual((pool["total"], pool["used"]), (document["heap"]["total"], document["heap"]["used"]))
                os.unlink(core)

    def other_build(self, elf):
        """The same with another build id."""
        program, path = bytearray(pathlib.Path(elf).read_bytes()), self.file("other.elf")
        at = program.index(b"\4\0\0\0\x14\0\0\0\3\0\0\0GNU\0") + 16
        program[at:at + 20] = bytes(20)
        pathlib.Path(path).write_bytes(program)
        return path

    def test_with_all_that_was_mapped(self):
        core = self.by_kernel("unix", "0x37")
        self.check(core)
        with open(core, "r+b") as file:
            file.truncate(os.path.getsize(core) // 2)
        self.fails("the core file is truncated", core)

    def test_of_gdb(self):
        self.check("--elf", FIRMWARE.file("unix.elf"), self.by_gdb("unix", "0x33"))

    def test_of_qemu(self):
        """Its machine, while a program runs."""
        place, core = os.path.join(self.folder, "monitor"), os.path.join(self.folder, "guest.core")
        command = FIRMWARE.command("qemu") + ["-monitor", "unix:%s,server,nowait" % place]
        with Board(command) as board, socket.socket(socket.AF_UNIX) as monitor:
            at = board.mark()
            board.press(b"exec(%a)\r" % APP.replace("READ", "\n    while True: x = [inner]"))
            board.wait(b"ready\r", at)
            monitor.settimeout(10)
            monitor.connect(place)
            monitor.sendall(b"dump-guest-memory %s\ninfo status\n" % core.encode())
            heard = b""
            while b"VM status" not in heard:
                heard += monitor.recv(4096)
            self.check(core)

    def test_what_is_no_core_file(self):
        self.fails("it is a program, not a core file", FIRMWARE.file("unix.elf"))
        self.fails("it is a program, not a core file", FIRMWARE.file("qemu.elf"), command="report")
        self.fails("--elf is for a GDB server", "--elf", FIRMWARE.file("qemu.elf"), "/dev/ttyACM9")


if __name__ == "__main__":
    rig.main()
