#!/usr/bin/python3
"""memprof.py installed by mip, from a server that has this repository as GitHub has it: by MicroPython's own on the unix port,
and by mpremote's on a Pico.

usage: test-mip.py MEMPROF FIRMWARE_FOLDER [TEST...]
MEMPROF_MIP is the folder with mip and requests (scripts/micropython-mip); mpremote is in MicroPython's source, and needs
python3-serial.
"""
import contextlib
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import unittest

import rig  # noqa: E402
from rig import FIRMWARE, HOST, Board, memprof  # noqa: E402

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
MIP = os.path.abspath(os.environ["MEMPROF_MIP"])
RAW = "https://raw.githubusercontent.com"
PROJECT = "memprof/memprof"
REFS = ("HEAD", "v9.8.7")   # the default branch, and a tag
PARTS = ("memprof_setup", "memprof_more", "memprof")
FIGURES = ("block_bytes", "total", "used", "largest_free", "free_histogram", "areas")


class GitHub(http.server.BaseHTTPRequestHandler):
    """raw.githubusercontent.com: /OWNER/NAME/REF/PATH."""

    def do_GET(self):
        self.server.paths.append(self.path)
        owner, name, ref, path = self.path[1:].split("/", 3)
        file = os.path.realpath(os.path.join(ROOT, path))
        if owner + "/" + name != PROJECT or ref not in REFS or not file.startswith(ROOT + "/") or not os.path.isfile(file):
            self.send_error(404)
            return
        with open(file, "rb") as f:
            data = f.read()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def github():
    with http.server.ThreadingHTTPServer((HOST, 0), GitHub) as server:
        server.paths = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def board_with_mip(server):
    """A board with an empty /lib, and that folder. The port has no TLS: of an address, just the beginning is replaced, where
    mip hands it to requests."""
    with tempfile.TemporaryDirectory() as home, Board(["env", "HOME=" + home] + FIRMWARE.command("unix-1.26")) as board:
        board.type("import gc, micropython, sys")
        board.type("sys.path.append(%r)" % MIP)
        board.type("import mip, requests")
        board.type("get=requests.get")
        board.type("requests.get=lambda url:get(url.replace(%r,'http://%s:%d'))" % (RAW, HOST, server.server_port))
        yield board, os.path.join(home, ".micropython", "lib")


# mpremote with the same replacement, where its mip opens an address.
MPREMOTE = """
import sys, urllib.request
folder, address, server = sys.argv[1:4]
del sys.argv[1:4]
urlopen = urllib.request.urlopen
urllib.request.urlopen = lambda url: urlopen(url.replace(address, server))
sys.path.append(folder)
from mpremote.main import main
sys.exit(main())
"""


class Mip(unittest.TestCase):
    def install(self, board, package, more=""):
        """What mip prints, but for the names of files in the board's /lib."""
        return board.type("mip.install('github:%s/%s'%s)" % (PROJECT, package, more))

    def agent_is_there(self, board, lib, ref, server, folder, package, suffixes):
        """The files are those of this repository, were asked for in that order, and a snapshot of theirs is what is there."""
        theirs, ours = suffixes
        self.assertEqual(server.paths, ["/%s/%s/%s/%s" % (PROJECT, ref, folder, file) for file in (
            package, *(name + theirs for name in PARTS))])
        self.assertEqual(sorted(os.listdir(lib)), sorted(name + ours for name in PARTS))
        for name in PARTS:
            with open(os.path.join(lib, name + ours), "rb") as there, open(os.path.join(ROOT, folder, name + theirs), "rb") as here:
                self.assertEqual(there.read(), here.read())
        board.type("import memprof")
        board.type("both=lambda:(memprof.snapshot(),micropython.mem_info(1))and None")
        at = board.mark()
        board.type("both()")
        with tempfile.NamedTemporaryFile() as stream:
            stream.write(board.heard[at:])
            stream.flush()
            sent, printed = (self.dump(stream.name, n) for n in "12")
        self.assertTrue(sent["complete"] and sent["wire_bytes"])
        sent, printed = rig.gc_pool(sent), rig.gc_pool(printed)
        self.assertEqual([sent[name] for name in FIGURES], [printed[name] for name in FIGURES])

    def dump(self, stream, number):
        p = memprof("report", "--json", "--dump", number, stream)
        self.assertEqual((p.returncode, p.stderr), (0, ""))
        return json.loads(p.stdout)["dumps"][0]

    def test_the_source(self):
        with github() as server, board_with_mip(server) as (board, lib):
            self.assertRegex(self.install(board, "firmware-agent"), r"(?s)^Installing .*/package\.json to .*\bDone$")
            self.agent_is_there(board, lib, "HEAD", server, "firmware-agent", "package.json", (".py", ".py"))

    def test_compiled_files_of_a_release(self):
        with github() as server, board_with_mip(server) as (board, lib):
            self.assertRegex(self.install(board, "firmware-agent/mpy/package-x64.json", ", version='v9.8.7'"), r"\bDone$")
            self.agent_is_there(board, lib, "v9.8.7", server, "firmware-agent/mpy", "package-x64.json", ("-x64.mpy", ".mpy"))
            self.assertIn("'native': True", board.type("memprof.stats()"))

    def test_mpremote(self):
        with github() as server, FIRMWARE.board("rp2") as board:
            p = subprocess.run([sys.executable, "-c", MPREMOTE, os.path.join(FIRMWARE.source(), "tools", "mpremote"), RAW,
                                "http://%s:%d" % (HOST, server.server_port), "connect", board.path, "mip", "install",
                                "github:%s/firmware-agent/mpy/package-armv6m.json" % PROJECT],
                               capture_output=True, text=True, timeout=200)
            self.assertEqual((p.returncode, p.stderr), (0, ""))
            self.assertRegex(p.stdout, r"\nDone\n$")
            self.assertEqual(len(server.paths), 1 + len(PARTS))
            status = json.loads(memprof("agent", "status", "--json", board.path).stdout)
            file, = status["files"]
            size = os.path.getsize(os.path.join(ROOT, "firmware-agent", "mpy", "memprof-armv6m.mpy"))
            self.assertEqual(file, {"path": "/lib/memprof.mpy", "bytes": size, "version": status["current_version"]})


if __name__ == "__main__":
    rig.main(emulated=True)
