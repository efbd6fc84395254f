"""A made-up WebREPL: the scripted prompt of repl.py behind WebSocket frames and a password. Each test overrides the step
that goes wrong."""
import base64
import hashlib
import os
import re

from repl import FakeRepl, Gone

PASSWORD = "t0p-secre"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


def environment(password=PASSWORD, file=None):
    """What memprof finds of a password; the user's own file never counts."""
    names = ("MEMPROF_WEBREPL_PASSWORD", "MEMPROF_WEBREPL_PASSWORD_FILE")
    env = {name: value for name, value in os.environ.items() if name not in names}
    env["XDG_CONFIG_HOME"] = "/nonexistent"
    env.update({name: value for name, value in zip(names, (password, file)) if value is not None})
    return env


def frame(opcode, payload, final=True):
    n = len(payload)
    return bytes([opcode | (0x80 if final else 0)]) + (bytes([n]) if n < 126 else b"\x7e" + n.to_bytes(2, "big")) + payload


class Line:
    """A socket whose data are the payload of frames; the client's must be short, whole and masked."""

    def __init__(self, sock):
        self.sock, self.controls = sock, []

    def __getattr__(self, name):
        return getattr(self.sock, name)

    def exactly(self, n):
        data = b""
        while len(data) < n:
            more = self.sock.recv(n - len(data))
            if not more:
                raise Gone
            data += more
        return data

    def recv(self, _):
        while True:
            first, second = self.exactly(2)
            mask = self.exactly(4)
            if not second & 0x80 or second & 0x7f > 125 or first not in (0x80 | TEXT, 0x80 | CLOSE, 0x80 | PONG):
                raise AssertionError("a client's frame begins with %02x %02x" % (first, second))
            payload = bytes(x ^ mask[i % 4] for i, x in enumerate(self.exactly(second & 0x7f)))
            if first == 0x80 | TEXT and payload:
                return payload
            self.controls.append((first & 15, payload))
            if first == 0x80 | CLOSE:
                raise Gone

    def sendall(self, data):
        for at in range(0, len(data), 300):
            self.sock.sendall(frame(TEXT, data[at:at + 300]))


class FakeWebRepl(FakeRepl):
    def __init__(self):
        self.request = b""
        super().__init__()
        self.uri = self.uri.replace("tcp:", "ws:")

    def connected(self):
        self.request = b""
        while not self.request.endswith(b"\r\n\r\n"):
            data = self.line.recv(1)
            if not data:
                raise Gone
            self.request += data
        self.upgrade()
        self.line = Line(self.line)
        self.log_in()

    def accept(self):
        key = re.search(rb"\r\nSec-WebSocket-Key: (\S+)\r\n", self.request)[1]
        return base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())

    def upgrade(self):
        self.line.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          b"Sec-WebSocket-Accept: " + self.accept() + b"\r\n\r\n")

    def log_in(self):
        self.line.sendall(b"Password: ")
        typed = b""
        while not typed.endswith(b"\r"):
            typed += self.line.recv(100)
        if typed != PASSWORD.encode() + b"\r":
            self.line.sendall(b"\r\nAccess denied\r\n")
            raise Gone
        self.line.sendall(b"\r\nWebREPL connected\r\n>>> ")

    def send_raw(self, data):
        self.line.sock.sendall(data)
