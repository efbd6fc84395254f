"""A scripted prompt in virtual time, for tests that need an odd reply at the same byte every time."""
import traceback

from virtual import Listener, clock

BANNER = b"\r\nraw REPL; CTRL-B to exit\r\n>"
N_BLOCKS, N_USED = 512, 40
DUMP = (b"stack: 500 out of 10240\r\n"
        b"GC: total: %d, used: %d, free: %d\r\n"
        b" No. of 1-blocks: %d, 2-blocks: 0, max blk sz: 1, max free sz: %d\r\n"
        b"GC memory layout; from 20001000:\r\n" % (
            N_BLOCKS * 16, N_USED * 16, (N_BLOCKS - N_USED) * 16, N_USED, N_BLOCKS - N_USED))
for _i in range(0, N_BLOCKS, 64):
    DUMP += b"%05x: " % (_i * 16) + (b"h" * N_USED if _i == 0 else b"").ljust(64, b".") + b"\r\n"


class Gone(Exception):
    """The connection has ended."""


class FakeRepl:
    """A raw REPL with raw-paste mode behind a socket. Each test overrides the step that goes wrong."""

    window = 128

    def __init__(self):
        self.listener = Listener()
        self.uri = "tcp:127.0.0.1:%d" % self.listener.port
        self.sent = b""                 # by memprof
        self.programs = []
        self.n_connections = self.n_resets = self.n_dumps = 0
        self.fault = None               # of this class, not of memprof
        self.line = None
        clock.thread(self._accept)

    def _accept(self):
        while True:
            try:
                self.line = self.listener.accept()
            except OSError:
                return
            self.n_connections += 1
            self.keys = b""
            try:
                self.connected()
                self.prompt()
            except (Gone, OSError):
                pass
            except Exception:
                self.fault = traceback.format_exc()
            self.line.close()

    def close(self):
        self.listener.close()
        self.cut()

    def cut(self):
        """The cable is pulled."""
        if self.line:
            self.line.shutdown()

    def say(self, data):
        self.line.sendall(data)

    def key(self):
        if not self.keys:
            self.keys = self.line.recv(4096)
            self.sent += self.keys
            if not self.keys:
                raise Gone
        key, self.keys = self.keys[:1], self.keys[1:]
        return key

    def pressed(self, seconds=0.0):
        """What came in the meantime."""
        if not self.keys and clock.wait([self.line], seconds):
            self.key()
        self.keys = b""

    def silence(self):
        while True:
            self.key()

    def silence_until_ctrl_b(self):
        while self.key() != b"\x02":
            pass
        self.say(b"\r\n>>> ")

    def connected(self):
        pass

    def prompt(self):
        typed = b""
        while True:
            key = self.key()
            if key == b"\x01" and typed == b"\x05A":
                self.asked()
            elif key == b"\x01":
                self.raw()
            elif key == b"\x02":
                self.say(b"\r\nMicroPython v1.25.0; fake\r\nType \"help()\" for more information.\r\n>>> ")
            elif key == b"\x04":
                self.n_resets += 1
                self.reset()
            typed = typed + key if key in (b"\x05", b"A") else b""

    def raw(self):
        self.say(BANNER)

    def reset(self):
        self.say(b"OK\r\nMPY: soft reboot" + BANNER)

    def asked(self):
        """Raw-paste mode: takes a program, gives room again for every half a window."""
        self.say(b"R\x01" + (self.window // 2).to_bytes(2, "little") + b"\x01")
        code, key = b"", self.key()
        while key != b"\x04":
            if key == b"\x03":
                self.say(b"\r\n>")
                return
            code += key
            if len(code) % (self.window // 2) == 0:
                self.room()
            key = self.key()
        self.say(b"\x04")
        self.programs.append(code.decode())
        self.run(code.decode())

    def room(self):
        self.say(b"\x01")

    def run(self, code):
        if "mem_info" in code:
            self.n_dumps += 1
            self.dump()
        else:
            self.say(b"640\r\n" if code.startswith("print") else b"")
            self.end()

    def dump(self):
        self.say(DUMP)
        self.end()

    def end(self, error=b""):
        self.say(b"\x04" + error + b"\x04>")
