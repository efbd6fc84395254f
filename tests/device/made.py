"""Boards with modules on them: in a folder of this machine, or in a file system in the board's RAM."""
import contextlib
import os
import tempfile

import rig
from rig import FIRMWARE, Script, memprof

# A file system in the board's RAM.
FILES = '''
class _Files:
    def __init__(self, files):
        self.files = files
    def mount(self, readonly, mkfs):
        pass
    def umount(self):
        pass
    def chdir(self, path):
        pass
    def stat(self, path):
        path = path.strip('/')
        if path in self.files:
            return (0x8000, 0, 0, 0, 0, 0, len(self.files[path]), 0, 0, 0)
        if any(name.startswith(path + '/') for name in self.files):
            return (0x4000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        raise OSError(2)
    def open(self, path, mode):
        return _open(self.files[path.strip('/')])
import os, sys, gc
from io import BytesIO as _open
os.mount(_Files(%r), '/made')
sys.path.insert(0, '/made')
'''
ON_THIS_MACHINE = ("unix", "unix-split", "unix-auto", "unix-agent", "unix-frozen")


class Made:
    """A board with modules on it. `path` is what memprof opens."""

    def __init__(self, name, files, heap="256k"):
        self.name = name
        self.files = {path: text if isinstance(text, bytes) else text.encode() for path, text in files.items()}
        self.heap = heap
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        if self.name in ON_THIS_MACHINE:
            folder = self.stack.enter_context(tempfile.TemporaryDirectory())
            for path, text in self.files.items():
                path = os.path.join(folder, path)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file:
                    file.write(text)
            self.board = self.stack.enter_context(rig.Board(FIRMWARE.command(self.name, self.heap)))
            self.board.drain()
            self.board.type("import sys, gc; sys.path.insert(0, %r)" % folder)
        else:
            self.board = self.stack.enter_context(FIRMWARE.board(self.name))
            setup = self.stack.enter_context(Script(FILES % self.files))
            p = memprof("run", "-q", "--no-samples", setup, self.board.path)
            assert p.returncode == 0, p.stdout + p.stderr
            self.board.type("del __memprof" if "__memprof" in self.board.type("globals()") else "0")
        return self

    def __exit__(self, *_):
        return self.stack.__exit__(*_)

    def type(self, text):
        return self.board.type(text)
