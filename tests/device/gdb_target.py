"""A board with a GDB server: QEMU's, which halts as soon as it is connected to, and rp2040js's, which does not."""
import json
import socket

import rig
from rig import FIRMWARE, Board, memprof

BUILDS = {"qemu": ("--elf", "qemu.elf"), "rp2": ("--board", "raspberrypi-pico")}


def free_port(host):
    with socket.create_server((host, 0)) as s:
        return s.getsockname()[1]


class Target:
    """A board at its prompt, with a GDB server."""

    def __init__(self, name):
        self.name = name
        self.host = rig.HOST if name == "qemu" else "127.0.0.1"
        self.port = free_port(self.host)
        option = ["-gdb", "tcp:%s:%d" % (self.host, self.port)] if name == "qemu" else ["--gdb", str(self.port)]
        self.board = Board(FIRMWARE.command(name) + option, wake=b"\r" if name == "rp2" else b"")
        self.board.drain()
        self.uri = "gdb:%s:%d" % (self.host, self.port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.board.close()

    def options(self):
        option, value = BUILDS[self.name]
        return option, FIRMWARE.file(value) if option == "--elf" else value

    def objects(self, *options, **more):
        return memprof("objects", *self.options(), *options, self.uri, seconds=60, **more)

    def snap(self, *options):
        p = memprof("snap", *self.options(), *options, self.uri, seconds=60)
        if p.returncode:
            raise AssertionError("%s: exit code %d, %s" % (self.name, p.returncode, p.stderr))
        return p.stdout

    def document(self, *options):
        p = self.objects("--json", *options)
        if p.returncode:
            raise AssertionError("%s: exit code %d, %s" % (self.name, p.returncode, p.stderr))
        return json.loads(p.stdout)

    def runs(self):
        return self.board.type("print(6 * 7)") == "42"
