"""A board with a GDB server: QEMU's, which halts as soon as it is connected to, and rp2040js's, which does not."""
import contextlib
import json
import re
import socket
import subprocess
import threading

import rig
from rig import FIRMWARE, Board, memprof

BUILDS = {"qemu": ("--elf", "qemu.elf"), "rp2": ("--board", "raspberrypi-pico")}


def free_port(host):
    with socket.create_server((host, 0)) as s:
        return s.getsockname()[1]


@contextlib.contextmanager
def gdbserver(*arguments):
    """One connection. What it prints at first is that it listens."""
    port = free_port("127.0.0.1")
    with subprocess.Popen(["gdbserver", "--once", *(a.replace("PORT", "127.0.0.1:%d" % port) for a in arguments)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
        try:
            heard = b""
            while b"Listening" not in heard:
                line = server.stdout.readline()
                if not line:
                    raise AssertionError(heard)
                heard += line
            yield "gdb:127.0.0.1:%d" % port
        finally:
            server.kill()


class Refusing:
    """Stands before a GDB server, passes all on, and answers the n-th request to set a breakpoint by an error; or calls
    `before`, passes it on, and nothing else until it is answered. `breaks` has those requests that the server got, without
    their signs: Z1 sets one, z1 removes it."""

    def __init__(self, uri, n, before=None):
        self.n_until = n
        self.before = before
        self.answered = threading.Event()
        self.breaks = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.uri = "gdb:127.0.0.1:%d" % self.listener.getsockname()[1]
        host, port = uri.split(":")[1:]
        self.server = socket.create_connection((host, int(port)))
        threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)      # close() alone would wait for the thread that reads it
        for s in (self.listener, self.server):
            s.close()

    def serve(self):
        client, _ = self.listener.accept()
        for s in (client, self.server):
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=self.copy_back, args=(client,), daemon=True).start()
        with contextlib.suppress(OSError):      # it ends with the test
            self.pass_on(client)
            self.server.shutdown(socket.SHUT_WR)

    def pass_on(self, client):
        while data := client.recv(4096):
            for packet in re.findall(rb"[+-]|\x03|\$[^#]*#..", data):
                self.n_until -= packet.startswith(b"$Z1")
                if packet.startswith(b"$Z1") and self.n_until == 0:
                    if not self.before:
                        client.sendall(b"$E01#a6")
                        continue
                    self.before()
                    self.answered.clear()
                    self.server.sendall(packet)
                    self.answered.wait(60)
                    continue
                if packet[1:3].lower() == b"z1":
                    self.breaks.append(packet[1:-3].decode())
                self.server.sendall(packet)

    def copy_back(self, client):
        with contextlib.suppress(OSError):
            while data := self.server.recv(4096):
                client.sendall(data)
                if b"$" in data:
                    self.answered.set()
            client.close()


def memprof_with(*arguments, **more):
    """As memprof(); once more if the server did not answer within its 3 s: an emulator on a busy computer."""
    for _ in range(5):
        p = memprof(*arguments, **more)
        if "no answer to" not in p.stderr:
            break
    return p


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
        return memprof_with("objects", *self.options(), *options, self.uri, seconds=60, **more)

    def snap(self, *options):
        p = memprof_with("snap", *self.options(), *options, self.uri, seconds=60)
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
