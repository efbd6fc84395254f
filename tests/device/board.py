"""Real MicroPython on a pty, for tests: a person at the keyboard and memprof take turns at it."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import subprocess
import termios
import threading
import time
import tty

PROMPT = b">>> "


class Board:
    """Runs a firmware; `path` is a pty that memprof can open, `type` is a person's keyboard.

    Bytes go through this process, so that both see the same board. `heard` is all it ever sent.
    """

    def __init__(self, command, prompt=True):
        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        # Ctrl-C stays a signal, as in a terminal: the unix port is interrupted by nothing else.
        settings = termios.tcgetattr(theirs)
        settings[3] |= termios.ISIG
        termios.tcsetattr(theirs, termios.TCSANOW, settings)
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(theirs)
        self.board = ours
        self.door, self.keep = pty.openpty()  # kept open: no hang-up between two clients
        tty.setraw(self.keep)
        self.path = os.ttyname(self.keep)
        self.heard = b""
        self.sent_by_memprof = b""
        self.lock = threading.Lock()
        self.ended = False
        self.pump = threading.Thread(target=self._pump, daemon=True)
        self.pump.start()
        if prompt:
            self.wait(PROMPT)

    def _pump(self):
        try:
            while not self.ended:
                ready, _, _ = select.select([self.board, self.door], [], [], 0.1)
                if self.board in ready:
                    data = os.read(self.board, 4096)
                    if not data:
                        break
                    with self.lock:
                        self.heard += data
                    os.write(self.door, data)
                if self.door in ready:
                    data = os.read(self.door, 4096)
                    with self.lock:
                        self.sent_by_memprof += data
                    while data:
                        data = data[os.write(self.board, data):]
        except OSError:
            pass
        self.ended = True

    def mark(self):
        with self.lock:
            return len(self.heard)

    def wait(self, pattern, since=0, seconds=20):
        """What was heard since a mark, once it holds the pattern."""
        end = time.monotonic() + seconds
        while True:
            with self.lock:
                heard = self.heard[since:]
            if pattern in heard:
                return heard
            if time.monotonic() > end:
                raise AssertionError("waited for %r, heard %r" % (pattern, heard[-300:]))
            time.sleep(0.01)

    def drain(self):
        """Takes away what nobody has read, as opening a real port does."""
        time.sleep(0.1)
        termios.tcflush(self.keep, termios.TCIFLUSH)

    def type(self, text):
        """Types a line and answers what came back, up to the next prompt."""
        at = self.mark()
        os.write(self.board, text.encode() + b"\r")
        heard = self.wait(PROMPT, at)
        self.drain()
        return heard.split(b"\r\n", 1)[1].rsplit(PROMPT, 1)[0].decode(errors="replace").strip()

    def press(self, keys):
        os.write(self.board, keys)

    def close(self):
        self.ended = True
        self.process.kill()
        self.process.wait()
        self.pump.join()
        for fd in (self.board, self.door, self.keep):
            os.close(fd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Firmware:
    """The builds under test, and how to start them."""

    def __init__(self, folder):
        self.folder = folder

    def command(self, name, heap="256k"):
        elf = os.path.join(self.folder, name + ".elf")
        if not os.path.exists(elf):
            raise AssertionError("no firmware %s; scripts/build-firmware makes it" % elf)
        if name.startswith("qemu"):
            return self.qemu(elf, "stdio,id=c,signal=off")
        return [elf, "-X", "heapsize=" + heap]

    def qemu(self, elf, chardev):
        return ["qemu-system-arm", "-machine", "mps2-an385", "-display", "none", "-monitor", "none",
                "-semihosting", "-chardev", chardev, "-serial", "chardev:c", "-kernel", elf]

    def on_socket(self, name, port):
        """A board that QEMU serves on 127.0.0.1; it begins when somebody connects."""
        elf = os.path.join(self.folder, name + ".elf")
        command = self.qemu(elf, "socket,id=c,host=127.0.0.1,port=%d,server=on,wait=on" % port)
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def exec_uri(self, name, *arguments, heap="256k"):
        return "exec:" + " ".join(self.command(name, heap) + list(arguments))


def truths(text):
    """The numbers that the firmware itself counted (mptruth.t()), in the order of the text."""
    return [json.loads(t) for t in re.findall(r"@T(\{.*?\})T@", text, re.S)]


def stop(process, number=signal.SIGINT):
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err
