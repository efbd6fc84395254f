"""Serial ports under umockdev (mock-tty.c), with a real board's bytes behind them."""
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

import rig


class Cable:
    """The far side of one mock port. Bytes go between it and a board, until it is stalled."""

    def __init__(self, bench, board):
        self.path = os.path.join(bench.folder, "cable-%d" % bench.n_cables)
        bench.n_cables += 1
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(1)
        self.board = board
        self.heard = b""                # from memprof
        self.n_said = 0                 # to memprof
        self.stalled = False
        self.cut_at = None              # bytes to memprof, after which on_cut is called once
        self.on_cut = None
        self.thread = None

    def connect(self):
        self.socket, _ = self.listener.accept()
        self.listener.close()
        self.thread = threading.Thread(target=self._pump, daemon=True)
        self.thread.start()

    def say(self, data):
        if self.stalled:
            return
        last = self.cut_at is not None and self.n_said + len(data) >= self.cut_at
        if last:
            data = data[:self.cut_at - self.n_said]
            self.cut_at = None
        self.n_said += len(data)
        try:
            self.socket.sendall(data)
        except OSError:
            return
        if last:
            self.on_cut()

    def _pump(self):
        while True:
            try:
                data = self.socket.recv(4096)
            except OSError:
                return
            if not data:
                return
            self.heard += data
            if self.board and not self.stalled:
                self.board.press(data)

    def close(self):
        if self.thread:
            self.socket.shutdown(socket.SHUT_RDWR)
            self.thread.join()
            self.socket.close()
        else:
            self.listener.close()


class Bench:
    """The place where ports are plugged in. `environment` is what memprof needs to see them.

    `programs` is the folder with mock-tty and libmock-realpath.so."""
    PROGRAM = "mock-tty"

    def __init__(self, programs):
        self.holder = tempfile.TemporaryDirectory()
        self.folder = self.holder.name
        self.n_cables = 0
        self.cables = {}
        self.log_path = os.path.join(self.folder, "ioctls")
        mock = os.path.join(programs, self.PROGRAM)
        self.mock = subprocess.Popen(["umockdev-wrapper", mock, self.log_path],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        bed = self.mock.stdout.readline().strip()
        preload = [os.path.join(os.path.abspath(programs), "libmock-realpath.so"),
                   "libumockdev-preload.so.0"] + os.environ.get("LD_PRELOAD", "").split()
        self.environment = dict(os.environ, LD_PRELOAD=":".join(preload), UMOCKDEV_DIR=bed)
        # The preloaded library comes before the sanitizer's, and that is fine.
        asan = os.environ.get("ASAN_OPTIONS", "")
        self.environment["ASAN_OPTIONS"] = ":".join(filter(None, [asan, "verify_asan_link_order=0"]))
        self.bed = bed

    def ask(self, *words):
        self.mock.stdin.write(" ".join(words) + "\n")
        if not select.select([self.mock.stdout], [], [], 10)[0]:
            raise AssertionError("%s does not answer to %s" % (self.PROGRAM, words))
        answer = self.mock.stdout.readline().strip()
        if not answer.startswith("ok"):
            raise AssertionError("%s: %s: %s" % (self.PROGRAM, words, answer or "it died"))
        return answer[3:].split()

    def plug(self, name, board=None, port="1-1", ids=("2e8a", "0005"), interface="00", serial="e6614c31",
             product="Board in FS mode"):
        cable = Cable(self, board)
        waiter = threading.Thread(target=cable.connect, daemon=True)
        waiter.start()
        self.ask("plug", port, name, *ids, interface, serial, cable.path, product)
        waiter.join()
        self.cables[name] = cable
        if board:
            board.on_heard = cable.say
        return cable

    def unplug(self, name):
        self.ask("unplug", name)
        self.cables.pop(name).close()

    def lines(self, name):
        """{'dtr': bool, 'rts': bool, 'hupcl': bool} as they are now."""
        return dict(zip(("dtr", "rts", "hupcl"), (word == "1" for word in self.ask("lines", name))))

    def baud(self, name):
        return int(self.ask("lines", name)[3])

    def ioctls(self):
        """[('ttyACM0', 'TIOCMSET', 6)...] so far."""
        with open(self.log_path) as log:
            words = [line.split() for line in log]
        return [(w[0], w[1], int(w[2], 16) if len(w) > 2 else None) for w in words]

    def link(self, name, target):
        """A symbolic link below /dev, as udev makes them: serial/by-id/…"""
        path = os.path.join(self.bed, "dev", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(os.path.relpath(os.path.join(self.bed, "dev", target), os.path.dirname(path)), path)

    def close(self):
        for cable in self.cables.values():
            cable.close()
        self.mock.stdin.close()
        self.mock.wait(timeout=10)
        self.mock.stdout.close()
        self.holder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class OnBench(unittest.TestCase):
    """A bench to plug boards into; each test gets a new one. The third argument of the program is the folder with the mocks."""
    BENCH = None

    def setUp(self):
        self.bench = self.BENCH(sys.argv[3])
        self.addCleanup(self.bench.close)

    def board(self, name="qemu"):
        board = rig.FIRMWARE.board(name)
        self.addCleanup(board.close)
        return board

    def memprof(self, *arguments, **more):
        return rig.memprof(*arguments, env=self.bench.environment, **more)

    def start(self, *arguments):
        p = rig.start(*arguments, env=self.bench.environment)
        self.addCleanup(lambda: (p.poll() is None and p.kill(), p.wait(), p.stdout.close(),
                                 p.stderr.close()))
        return p

    def wait_until_away(self, p):
        """It looks once when the board goes: who is there then and looks the same is another."""
        rig.read_errors_until(p, "waiting for it to come back")

    def errors(self, p):
        return [line for line in p.stderr.splitlines() if "error" in line]
