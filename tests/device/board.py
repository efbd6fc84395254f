"""Real MicroPython on a pty, for tests: a person at the keyboard and memprof take turns at it."""
import contextlib
import fcntl
import glob
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import threading
import tty

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import default_signals  # noqa: E402, F401
from waits import at_any_moment, takes_signals, wait_for  # noqa: E402, F401

PROMPT = b">>> "
RELEASE = "1.25.0"
HERE = os.path.dirname(os.path.abspath(__file__))


class Board:
    """Runs a firmware; `path` is a pty that memprof can open, `type` is a person's keyboard.

    Bytes go through this process, so that both see the same board. `heard` is all it ever sent.
    The cable is of this class too: it can be cut after so many bytes, and plugged in again.
    """

    def __init__(self, command, prompt=True, wake=b""):
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
        self.heard = bytearray()
        self.n_passed_on = 0            # of these, the bytes that are at memprof's port, or dropped
        self.n_to_memprof = 0
        self.cut_at = {"to": None, "from": None}
        self.on_heard = None
        self.filter = None              # what becomes of bytes for memprof on their way
        self.lock = threading.Lock()
        self.cable = threading.RLock()  # held while the cable is pulled or plugged in, or read from
        self.n_plugs = 0
        self.ended = False
        self.plug()
        self.pump = threading.Thread(target=self._pump, daemon=True)
        self.pump.start()
        if wake:
            self.press(wake)
            self.wait(PROMPT)
        if prompt:
            self.wait(PROMPT + b"\r\n" + PROMPT if wake else PROMPT)

    def plug(self):
        """Makes the port that memprof opens: `path`."""
        door, self.keep = pty.openpty()  # kept open: no hang-up between two clients
        tty.setraw(self.keep)
        os.set_blocking(door, False)
        self.path = os.ttyname(self.keep)
        self.n_to_memprof = 0
        self.sent_by_memprof = bytearray()
        self.cut_at = {"to": None, "from": None}
        with self.cable:
            self.n_plugs += 1
            self.door = door

    def unplug(self):
        """The port goes away; the board stays as it is, as one with a supply of its own."""
        with self.cable:
            door, keep = self.door, self.keep
            self.door = None    # from here on it may be plugged in again
            os.close(door)
            os.close(keep)

    def cut_after(self, direction, n_bytes):
        """Pulls the cable once n_bytes went "to" memprof or came "from" it."""
        self.cut_at[direction] = n_bytes

    def was_cut(self):
        """Whether that has happened; it may be about to, once memprof has ended."""
        with contextlib.suppress(AssertionError):
            wait_for(lambda: self.door is None, "the cut", 10)
        return self.door is None

    def _allowed(self, direction, n_before, data):
        """How much of data goes through, and whether that was the last."""
        limit = self.cut_at[direction]
        if limit is None or n_before + len(data) < limit:
            return data, False
        return data[:limit - n_before], True

    def _to_memprof(self, data):
        door, wanted = self.door, self.filter
        if door is None:
            return
        if wanted:
            data = wanted(data)
        data, last = self._allowed("to", self.n_to_memprof, data)
        self.n_to_memprof += len(data)
        try:
            while data and self.door == door and not self.ended:     # full if nobody reads, until a test drops what comes
                if self.filter is not wanted and self.filter:
                    data, wanted = self.filter(data), self.filter
                if data and select.select([], [door], [], 0.1)[1]:
                    with contextlib.suppress(BlockingIOError):
                        data = data[os.write(door, data):]
        except (OSError, ValueError):   # unplugged meanwhile
            return
        if last:
            self._until_taken()
            self.unplug()

    def _until_taken(self):
        """A pty that is closed takes with it what was not read yet."""
        with contextlib.suppress(AssertionError):       # memprof may have ended
            wait_for(lambda: not memoryview(fcntl.ioctl(self.keep, termios.FIONREAD, bytes(4))).cast("i")[0], "a reader", 10)

    def _from_memprof(self, data):
        data, last = self._allowed("from", len(self.sent_by_memprof), data)
        with self.lock:
            self.sent_by_memprof += data
        while data:
            data = data[os.write(self.board, data):]
        if last:
            self.unplug()

    def _pump(self):
        try:
            while not self.ended:
                n_plugs, door = self.n_plugs, self.door
                try:
                    ready, _, _ = select.select([self.board] + ([door] if door is not None else []), [], [], 0.1)
                except OSError:         # unplugged meanwhile
                    continue
                if self.board in ready:
                    data = os.read(self.board, 4096)
                    if not data:
                        break
                    with self.lock:
                        self.heard += data
                    if self.on_heard:
                        self.on_heard(data)
                    self._to_memprof(data)
                    self.n_passed_on += len(data)
                with self.cable:        # another one may have the same number meanwhile, and nothing to read
                    if door in ready and (self.door, self.n_plugs) == (door, n_plugs):
                        with contextlib.suppress(BlockingIOError):      # pressed keys came between
                            self._from_memprof(os.read(door, 4096))
        except OSError:
            pass
        if not self.ended and self.door is not None:
            self.unplug()  # with the board
        self.ended = True

    def mark(self):
        with self.lock:
            return len(self.heard)

    def wait(self, pattern, since=0, seconds=60):
        """What was heard since a mark, once it holds the pattern."""
        def heard():
            with self.lock:
                return bytes(self.heard[since:])
        wait_for(lambda: pattern in heard(), lambda: "%r after %r" % (pattern, heard()[-300:]), seconds)
        return heard()

    def wait_prompt(self):
        """Until memprof has left raw or paste mode, if it was there: all that it wrote is answered then."""
        wait_for(lambda: self.heard.rfind(PROMPT) > max(self.heard.rfind(b"raw REPL; "), self.heard.rfind(b"paste mode; ")),
                 lambda: "a prompt at the end of %r" % bytes(self.heard[-300:]))

    def drain(self):
        """Discards unread input, as opening a real port does."""
        until = self.mark()

        def dropped():
            done = self.door is None or self.n_passed_on >= until or self.ended
            if self.door is not None:
                termios.tcflush(self.keep, termios.TCIFLUSH)
            return done
        wait_for(dropped, "what the board has printed")

    def type(self, text):
        """Types a line and answers what came back, up to the next prompt."""
        self.wait_prompt()
        at = self.mark()
        line = text.encode()
        self.press(line + b"\r")
        at += self.wait(line, at).index(line)       # what comes before its echo is late, of the line before
        heard = self.wait(PROMPT, at)
        self.drain()
        return heard.split(b"\r\n", 1)[1].rsplit(PROMPT, 1)[0].decode(errors="replace").strip()

    def press(self, keys):
        """Keys of a person, behind all that memprof has written so far."""
        with self.cable, contextlib.suppress(BlockingIOError):
            while self.door is not None:
                self._from_memprof(os.read(self.door, 4096))
        os.write(self.board, keys)

    def run_forever(self):
        """A program that runs until somebody presses Ctrl-C."""
        at = self.mark()
        self.press(b"exec(\"print('be' 'gun')\\nwhile True: pass\")\r")
        self.wait(b"begun", at)

    def sent(self):
        """What memprof has written so far."""
        self.press(b"")
        return bytes(self.sent_by_memprof)

    def interrupt(self):
        """Ctrl-C and Ctrl-B: whatever memprof has left there, this leaves the prompt."""
        at = self.mark()
        self.press(b"\x03\x02")
        at += self.wait(b"MicroPython v", at).index(b"MicroPython v")
        self.wait(PROMPT, at)

    def close(self):
        self.ended = True
        self.process.kill()
        self.process.wait()
        while self.pump.is_alive():     # it waits while it writes to a port that nobody reads
            if self.door is not None:
                termios.tcflush(self.keep, termios.TCIFLUSH)
            self.pump.join(.05)
        os.close(self.board)
        if self.door is not None:
            self.unplug()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class RawBoard(Board):
    """A board whose port only the test uses; each byte is kept unchanged."""

    def __init__(self, command, **more):
        super().__init__(command, **more)
        settings = termios.tcgetattr(self.board)
        settings[1] &= ~termios.OPOST   # QEMU turns it on: \n would become \r\n in frames too
        termios.tcsetattr(self.board, termios.TCSANOW, settings)
        self.unplug()

    def say(self, line, seconds=60):
        """The bytes that came back, with the echo and up to the prompt."""
        at = self.mark()
        self.press(line.encode() + b"\r")
        self.wait(PROMPT, at, seconds)
        return bytes(self.heard[at:])


class Firmware:
    """The builds under test, and how to start them."""

    def __init__(self, folder):
        self.folder = folder

    def file(self, name):
        path = os.path.join(self.folder, name)
        if not os.path.exists(path):
            raise AssertionError("no firmware %s; scripts/build-firmware makes it" % path)
        return path

    def source(self):
        """Of the release that all builds but a few are of; there are sources of others beside it."""
        for tree in glob.glob(os.path.join(self.folder, "..", "source-*")):
            with open(os.path.join(tree, "py", "mpconfig.h"), encoding="utf-8") as file:
                found = re.findall(r"#define MICROPY_VERSION_(?:MAJOR|MINOR|MICRO) (\d+)", file.read())
            if ".".join(found) == RELEASE:
                return os.path.abspath(tree)
        raise AssertionError("no source of MicroPython %s beside %s; scripts/build-firmware fetches it" % (RELEASE, self.folder))

    def command(self, name, heap="256k"):
        if name.startswith("rp2") or name == "wasm":
            assert os.environ.get("MEMPROF_NODE"), "MEMPROF_NODE is not set; scripts/install-node-packages says to what"
        if name.startswith("rp2"):
            return ["node", os.path.join(HERE, "run-rp2040.mjs"), self.file(name + ".bin")]
        if name == "microbit":
            return ["qemu-system-arm", "-machine", "microbit", "-display", "none", "-monitor", "none", "-chardev",
                    "stdio,id=c,signal=off", "-serial", "chardev:c", "-device", "loader,file=" + self.file("microbit.hex")]
        if name == "wasm":
            return ["node", os.path.join(HERE, "wasm-repl.mjs")]
        elf = self.file(name + ".elf")
        if name.startswith("qemu"):
            return self.qemu(elf, "stdio,id=c,signal=off")
        return [elf, "-X", "heapsize=" + heap]

    def qemu(self, elf, chardev):
        machine = ["sabrelite", "-m", "1G"] if os.path.basename(elf) == "qemu-high.elf" else ["mps2-an385"]
        return ["qemu-system-arm", "-machine", *machine, "-display", "none", "-monitor", "none",
                "-semihosting", "-chardev", chardev, "-serial", "chardev:c", "-kernel", elf]

    def on_socket(self, name, host, port):
        """A board that QEMU serves on a socket; it starts when a client connects."""
        command = self.qemu(self.file(name + ".elf"), "socket,id=c,host=%s,port=%d,server=on,wait=on" % (host, port))
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def exec_uri(self, name, *arguments, heap="256k"):
        return "exec:" + " ".join(self.command(name, heap) + list(arguments))

    def board(self, name):
        """The board at its prompt. A Pico keeps its banner until somebody says something."""
        board = Board(self.command(name), wake=b"\r" if name.startswith("rp2") else b"")
        board.drain()
        return board


def truths(text):
    """The numbers that the firmware itself counted (mptruth.t()), in the order of the text."""
    return [json.loads(t) for t in re.findall(r"@T(\{.*?\})T@", text, re.S)]


def status(process, name, base=10):
    """A number that the kernel tells of a process."""
    with open("/proc/%d/status" % process.pid) as file:
        return int(re.search(r"^%s:\s*([0-9a-f]+)" % name, file.read(), re.M)[1], base)


def await_sleep(process):
    """Waits until a program waits for input, a pipe or a time."""
    def state():
        with open("/proc/%d/stat" % process.pid) as file:
            return file.read().rsplit(") ")[1][0]
    wait_for(lambda: state() == "S", "a program that sleeps")


def await_turns(process, n=5):
    """Waits until a program has slept n times more: it looked around, and had nothing to do."""
    begun = status(process, "voluntary_ctxt_switches")
    wait_for(lambda: status(process, "voluntary_ctxt_switches") >= begun + n, "a program that waits")


def stop(process, number=signal.SIGINT):
    process.send_signal(number)
    try:
        out, err = process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        where = subprocess.run(["gdb", "-batch", "-ex", "thread apply all bt", "-p", str(process.pid)], capture_output=True,
                               text=True, check=False).stdout
        process.kill()
        raise AssertionError("it does not end:\n" + where) from None
    return process.returncode, out, err
