#!/usr/bin/python3
"""memprof objects through GDB servers on real MicroPython: QEMU's, which halts as soon as it is connected to, and
rp2040js's, which does not. What is found is what the prompt finds; the board goes on afterwards, however memprof ended.

usage: test-gdb.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "tui")]
import rig  # noqa: E402
from gdb_target import BUILDS, Target, free_port, gdbserver  # noqa: E402
from rig import FIRMWARE, PROMPT, await_turns, killed, memprof, start, wait_for  # noqa: E402
from tmux import Tmux  # noqa: E402

APP = """\
import gc
class Dev:
    def __init__(self, n):
        self.name = 'dev%d' % n
        self.hist = [n, n + 1, (n, 'x')]
handlers = [Dev(i) for i in range(40)]
cache = {'ev%d' % i: [1, 2, {'t': (i, 'a' * 40)}] for i in range(5)}
def waste():
    for i in range(30):
        a = [i]; a.append(a)
waste()
"""
# Small objects that stay, between large ones that went.
HOLES = """\
import gc, uctypes
log = [None] * 100
junk = [None] * 100
n = 0
gc.collect()
while gc.mem_free() > 5000:
    junk[n] = bytearray(3000 + n * 20)
    log[n] = bytearray(80)
    n += 1
del junk
gc.collect()
"""
# It allocates all the time, in a function, and collects again and again.
BUSY = """\
import gc
keep = [bytearray(50) for i in range(40)]
def work():
    inner = [bytearray(700)]
    n = 0
    print('busy', n)
    while True:
        junk = [n, [n, str(n)], {n: n}]
        n += 1
work()
"""
PROBE_MAX_BYTES = 4000      # what the prompt's way has on the heap itself


class Hex(unittest.TestCase):
    def hex(self, target, *arguments, code=0):
        p = memprof("hex", "--json", *target.options(), target.uri, *arguments)
        self.assertEqual(p.returncode, code, p.stderr)
        return json.loads(p.stdout) if p.stdout else p.stderr

    def test_memory_of_a_target(self):
        for name in BUILDS:
            with self.subTest(name), Target(name) as target:
                target.board.type("import uctypes; cache = {'a': [bytearray(b'found it' * 9)]}")
                address = int(target.board.type("uctypes.addressof(cache['a'][0])"))
                document = self.hex(target, hex(address), "72")
                row = document["ranges"][0]["rows"][0]
                self.assertTrue(row["text"].startswith("found it"), row)
                self.assertEqual(row["in"][0]["name"], "cache['a'][0]")
                document = self.hex(target, "cache['a'][0]")
                self.assertEqual(int(document["start"], 16), int(target.board.type("id(cache['a'][0])")))
                self.assertIn("not known to answer", self.hex(target, "0x40000000", code=2))
                self.assertIn("no symbol, section or object of the heap", self.hex(target, "cahce", code=2))
                self.assertIn("--words is for a board at its prompt", self.hex(target, "--words", "cache", code=2))
                self.assertTrue(target.runs())


class Attach(unittest.TestCase):
    """The heap of a target while its program runs: halted for each look."""

    PROGRAM = BUSY.replace("        n += 1\n", "        n += 1\n        if n % 500 == 0: print('turn')\n")

    def busy(self, target):
        target.board.press(b"exec(%a)\r" % self.PROGRAM)
        target.board.wait(b"\nbusy 0")

    def goes_on(self, target):
        target.board.wait(b"\nturn", target.board.mark())

    def test_as_lines(self):
        for name in BUILDS:
            with self.subTest(name), Target(name) as target:
                self.busy(target)
                p = memprof("attach", "--json", "--count", "3", "--interval", "0.2", *target.options(), target.uri)
                self.assertEqual(p.returncode, 0, p.stderr)
                documents = [json.loads(line)["dumps"][0] for line in p.stdout.splitlines()]
                self.assertEqual(len(documents), 3)
                for dump in documents:
                    pool, = dump["pools"]
                    self.assertGreater(pool["used"], 40 * 50)
                self.goes_on(target)

    def test_on_the_screen(self):
        with Target("qemu") as target, Tmux(150, 44) as t:
            self.busy(target)
            t.run([rig.MEMPROF, "attach", "--interval", "0.2", *target.options(), target.uri])
            t.wait(r"halted for \d+ ms, every 0.2 s")
            t.keys("o")
            t.wait(r" \d+ +\d+ +keep$")
            t.keys("t")
            t.type("1")
            t.keys("Enter")
            t.wait("a GDB server has no console")
            t.keys("Escape", "q")
            t.wait_for_shell()
            self.goes_on(target)

    def test_a_target_that_ends(self):
        with Target("qemu") as target:
            p = start("attach", "--plain", "--interval", "0.1", *target.options(), target.uri)
            rig.read_until(p, "0:00")
            target.board.process.kill()
            err = p.communicate(timeout=30)[1]
            self.assertEqual(p.returncode, 3, err)

    def test_what_it_has_not(self):
        p = memprof("attach", "--plain", "--interrupt", "gdb:localhost:1")
        self.assertEqual((p.returncode, p.stdout), (2, ""))
        self.assertIn("--interrupt is for a board at its prompt", p.stderr)


class Slow:
    """A line to a GDB server on which each answer takes a while."""

    def __init__(self, target, seconds):
        self.target, self.seconds, self.n_replies = target, seconds, 0
        self.server = socket.create_server((rig.HOST, 0))
        self.uri = "gdb:%s:%d" % self.server.getsockname()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            client, _ = self.server.accept()
            with client, socket.create_connection((self.target.host, self.target.port)) as stub:
                threading.Thread(target=self.pump, args=(client, stub, 0), daemon=True).start()
                self.pump(stub, client, self.seconds)

    def pump(self, source, to, seconds):
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                self.n_replies += seconds > 0
                time.sleep(seconds)     # so slow is the line
                to.sendall(data)
            to.shutdown(socket.SHUT_WR)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()


def read_memory(target, address, n_bytes):
    """By a client of its own, which only reads: packets of 2 KiB."""
    def packet(text):
        return b"$%s#%02x" % (text, sum(text) & 255)

    with socket.create_connection((target.host, target.port)) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = s.makefile("rb")

        def ask(text):
            s.sendall(packet(text))
            while True:
                while stream.read(1) != b"$":
                    pass
                reply = bytearray()
                while (c := stream.read(1)) != b"#":
                    reply += c
                stream.read(2)
                s.sendall(b"+")
                if not reply.startswith(b"T"):
                    return bytes(reply)
        ret = b"".join(bytes.fromhex(ask(b"m%x,%x" % (at, 2048)).decode())
                       for at in range(address, address + n_bytes, 2048))
        ask(b"D")
        return ret


class Gdb(unittest.TestCase):
    def on(self, name):
        if name == "rp2" and not os.environ.get("MEMPROF_NODE"):
            self.skipTest("MEMPROF_NODE is not set")
        return Target(name)

    def test_the_same_as_at_the_prompt(self):
        for name in BUILDS:
            with self.subTest(name), self.on(name) as target:
                target.board.type("exec(%r)" % APP)
                gdb = target.document()
                self.assertTrue(target.runs())
                p = memprof("objects", "--json", target.board.path)
                self.assertEqual(p.returncode, 0, p.stderr)
                prompt = json.loads(p.stdout)
                self.assertTrue(gdb["heap"]["exact"], gdb["heap"])
                for key in ("total", "unknown", "exact"):
                    self.assertEqual(gdb["heap"][key], prompt["heap"][key])
                for key in ("globals", "classes"):
                    self.assertEqual(gdb[key], prompt[key])
                more = prompt["heap"]["live"]["bytes"] - gdb["heap"]["live"]["bytes"]
                self.assertTrue(0 <= more <= PROBE_MAX_BYTES, (gdb["heap"], prompt["heap"]))
                self.assertGreaterEqual(gdb["heap"]["collectable"]["objects"], 60)

    def test_snap(self):
        """As at the prompt, and what is in the way has a name."""
        for name in BUILDS:
            with self.subTest(name), self.on(name) as target, tempfile.TemporaryDirectory() as folder:
                target.board.type("exec(%r)" % HOLES)
                document = json.loads(target.snap("--json"))
                pool = document["dumps"][0]["pools"][0]
                self.assertEqual((document["input"]["format"], document["dumps"][0]["complete"]), ("gdb", True))
                self.assertEqual(pool["used"] + pool["free"], pool["total"])
                for culprit in pool["culprits"]:
                    if not culprit["owner"].startswith("log[") or culprit["objects"] > 1:
                        continue
                    at = int(target.board.type("uctypes.addressof(%s)" % culprit["owner"]))
                    self.assertTrue(0 <= at - int(culprit["start"], 16) < culprit["bytes"], (at, culprit))
                first = pool["culprits"][0]
                self.assertRegex(first["owner"], r"^log\[\d+\]$")
                text = target.snap("--bytes")
                self.assertRegex(text, r"\nIn the way of %d B: %s( and \d+ more)?, %d B\.\n"
                                 % (first["largest_free_after"], re.escape(first["owner"]), first["bytes"]))
                target.snap("-o", os.path.join(folder, "snap.html"))
                with open(os.path.join(folder, "snap.html")) as f:
                    self.assertIn('"owner": "%s"' % first["owner"], f.read())
                # the prompt has more on its heap, but no arrays and lists
                p = memprof("snap", "--json", target.board.path)
                self.assertEqual(p.returncode, 0, p.stderr)
                prompt = json.loads(p.stdout)["dumps"][0]["pools"][0]
                for key in ("total", "block_bytes"):
                    self.assertEqual(pool[key], prompt[key])
                self.assertEqual([a["start"] for a in pool["areas"]], [a["start"] for a in prompt["areas"]])
                for letter in "AL":
                    self.assertEqual(pool["kinds"][letter], prompt["kinds"][letter], letter)
                self.assertTrue(0 <= prompt["used"] - pool["used"] <= PROBE_MAX_BYTES, (pool, prompt))
                self.assertEqual({c["owner"] for c in prompt["culprits"]}, {None})

    def test_a_board_that_has_just_started(self):
        """No name was interned yet."""
        for name in BUILDS:
            with self.subTest(name), self.on(name) as target:
                document = target.document()
                self.assertTrue(document["heap"]["used"] > 0 and not document["classes"], document)

    def test_what_is_live_stays(self):
        """In the middle of a program that then collects: what was called live is what is left."""
        program = APP + "n = 0\nprint('runs')\nwhile n < LAST: n += 1\ngc.collect()\nn = gc.mem_alloc()\nprint('left', n)\n"
        for name, n in (("qemu", 8000000), ("rp2", 200000)):
            with self.subTest(name), self.on(name) as target:
                at = target.board.mark()
                target.board.press(b"exec(%r)\r" % program.replace("LAST", str(n)))
                target.board.wait(b"\nruns", at, seconds=60)
                document = target.document()
                self.assertNotIn(b"\nleft ", bytes(target.board.heard[at:]))
                target.board.wait(PROMPT, at + target.board.wait(b"\nleft ", at).index(b"\nleft "))
                left = int(bytes(target.board.heard[at:]).split(b"\nleft ")[1].split()[0])
                self.assertEqual(document["heap"]["live"]["bytes"], left)

    def test_a_program_that_allocates_all_the_time(self):
        for name, n in (("qemu", 100), ("rp2", 15)):
            with self.subTest(name), self.on(name) as target:
                target.board.press(b"exec(%r)\r" % BUSY)
                target.board.wait(b"\nbusy 0")
                for _ in range(n):
                    document = target.document()
                    heap = document["heap"]
                    found = {g["path"]: g for g in document["globals"]}
                    self.assertEqual(found["keep"]["kind"], "list")
                    self.assertGreaterEqual(found["keep"]["retained"], 40 * 64)
                    self.assertEqual(heap["live"]["bytes"] + heap["collectable"]["bytes"], heap["used"])
                    self.assertGreater(heap["live"]["bytes"], 40 * 64 + 700)
                    self.assertTrue(heap["exact"])

    def interrupted(self, name, number, delay=0.05, n_replies=16, command="objects"):
        with self.on(name) as target, Slow(target, delay) as line:
            target.board.type("exec(%r)" % APP)
            p = start(command, *target.options(), line.uri)
            wait_for(lambda: line.n_replies >= n_replies, "replies to memprof")
            self.assertIsNone(p.poll())
            at = target.board.mark()
            target.board.press(b"print(6 * 7)\r")
            await_turns(p, 2)
            self.assertEqual(target.board.mark(), at, "the board is not halted")
            p.send_signal(number)
            out, err = p.communicate(timeout=60)
            target.board.wait(b"42", at)
            return p.returncode, out, err

    def test_the_board_goes_on_after_signals(self):
        for name in BUILDS:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
                with self.subTest(name, number=number):
                    code, out, err = self.interrupted(name, number)
                    self.assertEqual((code, out), (-number, ""))
                    self.assertEqual(err.count("error"), number != signal.SIGKILL, err)

    def test_the_board_goes_on_after_snap(self):
        for number in (signal.SIGINT, signal.SIGKILL):
            with self.subTest(number=number):
                code, out, err = self.interrupted("qemu", number, command="snap")
                self.assertEqual((code, out), (-number, ""))
                self.assertEqual(err.count("error"), number != signal.SIGKILL, err)

    def test_the_board_goes_on_after_an_early_end(self):
        """Before anything is known of the server."""
        self.assertEqual(self.interrupted("qemu", signal.SIGKILL, 0.7, 1)[0], -9)

    def test_memory_files_and_images(self):
        with self.on("qemu") as target, tempfile.TemporaryDirectory() as folder:
            target.board.type("exec(%r)" % APP)
            saved, ram = os.path.join(folder, "board.mem"), os.path.join(folder, "ram.bin")
            live = target.document("--memory", saved)
            with open(ram, "wb") as f:
                f.write(read_memory(target, 0, 4 << 20))
            again = memprof("objects", "--json", saved)
            image = memprof("objects", "--json", "--image", ram + "@0")
            self.assertEqual((again.returncode, image.returncode), (0, 0), again.stderr + image.stderr)
            again, image = json.loads(again.stdout), json.loads(image.stdout)
            # Where the stack ends, is in no image: old words below it are roots of what a global holds.
            self.assertFalse(image["heap"]["exact"])
            self.assertEqual({g["path"]: g["kind"] for g in image["globals"]},
                             {g["path"]: g["kind"] for g in live["globals"]})
            self.assertGreaterEqual(image["heap"]["live"]["bytes"], live["heap"]["live"]["bytes"])
            del live["input"], again["input"]
            self.assertEqual(live, again)
            self.assertTrue(target.runs())

    def test_ram_and_the_file_in_flash(self):
        with self.on("rp2") as target, tempfile.TemporaryDirectory() as folder:
            target.board.type("exec(%r)" % APP)
            live, ram = target.document(), os.path.join(folder, "ram.bin")
            with open(ram, "wb") as f:
                f.write(read_memory(target, 0x20000000, 264 << 10))
            images = ["--image", ram + "@0x20000000", "--image", FIRMWARE.file("rp2.bin") + "@0x10000000"]
            p = memprof("objects", "--json", *images)
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertEqual({g["path"]: g["kind"] for g in json.loads(p.stdout)["globals"]},
                             {g["path"]: g["kind"] for g in live["globals"]})
            p = memprof("objects", *images[:2])
            self.assertEqual(p.returncode, 2)
            self.assertIn("give RAM and flash", p.stderr)

    def test_servers_that_are_none(self):
        p = memprof("objects", "--board", "raspberrypi-pico", "gdb:%s:%d" % (rig.HOST, free_port(rig.HOST)))
        self.assertEqual(p.returncode, 3)
        self.assertIn("cannot connect", p.stderr)
        for reply, expected in ((b"", "no answer to qSupported"), (b"$%s" % (b"x" * 40000), "too long"),
                                (b"$W00#b7$W00#b7" * 200, "other packets"), (b"HTTP/1.1 400\r\n\r\n", "no answer"),
                                (None, "closed the connection")):
            with self.subTest(reply=reply and reply[:10]), socket.create_server((rig.HOST, 0)) as server:
                def serve():
                    client, _ = server.accept()
                    with client, contextlib.suppress(OSError):
                        if reply is not None:
                            client.sendall(reply + (b"#00" if reply.startswith(b"$x") else b""))
                            while client.recv(4096):        # no answer, until memprof has gone
                                pass

                threading.Thread(target=serve, daemon=True).start()
                p = memprof("objects", "--board", "raspberrypi-pico", "gdb:%s:%d" % server.getsockname())
                self.assertEqual(p.returncode, 3, p.stderr)
                self.assertIn(expected, p.stderr)


class Process(unittest.TestCase):
    """The unix port, which is placed when it is started, through gdbserver."""
    LOOP = """\
class Dev:
    def __init__(self, n):
        self.name = 'dev%d' % n
handlers = [Dev(i) for i in range(40)]
def work():
    inner = [bytearray(700)]
    n = 0
    while True:
        handlers[n % 40] = Dev(n)
        n += 1
        if n % 20000 == 0: print('turn', n)
work()
"""

    def command(self, name, folder):
        script = os.path.join(folder, "loop.py")
        with open(script, "w", encoding="ascii") as file:
            file.write(self.LOOP)
        return [*FIRMWARE.command(name), script]

    def turns(self, process, n):
        """It goes on: so many more lines."""
        for _ in range(n):
            self.assertRegex(process.stdout.readline(), rb"turn \d+")

    def test_a_program_that_runs(self):
        for name in ("unix", "unix-split"):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder, \
                    killed(subprocess.Popen(self.command(name, folder), stdout=subprocess.PIPE, start_new_session=True)) as process:
                self.turns(process, 1)
                for _ in range(3):
                    with gdbserver("--attach", "PORT", str(process.pid)) as uri:
                        p = memprof("objects", "--json", "--elf", FIRMWARE.file(name + ".elf"), uri)
                        self.assertEqual(p.returncode, 0, p.stderr)
                        document = json.loads(p.stdout)
                        self.assertTrue(document["heap"]["exact"], document["heap"])
                        devs, = (c for c in document["classes"] if c["name"] == "Dev")
                        # Halted anywhere, its stack and registers may have some that were replaced.
                        self.assertTrue(40 <= devs["objects"] <= 44, devs)
                        self.turns(process, 5)

    def test_names_of_a_program_that_lies_elsewhere(self):
        elf = FIRMWARE.file("unix.elf")
        with tempfile.TemporaryDirectory() as folder, \
                killed(subprocess.Popen(self.command("unix", folder), stdout=subprocess.PIPE, start_new_session=True)) as process:
            self.turns(process, 1)
            with gdbserver("--attach", "PORT", str(process.pid)) as uri:
                p = memprof("hex", "--elf", elf, uri, "main")
                self.assertEqual((p.returncode, p.stdout), (2, ""), p.stderr)
                self.assertIn("position-independent", p.stderr)
            with gdbserver("--attach", "PORT", str(process.pid)) as uri:
                p = memprof("hex", "--elf", elf, uri, "handlers")
                self.assertEqual(p.returncode, 0, p.stderr)
                self.assertIn("handlers", p.stdout)
                self.turns(process, 5)

    def test_what_it_cannot_do(self):
        with tempfile.TemporaryDirectory() as folder:
            command = self.command("unix", folder)
            for elf, words in (("unix.elf", "no MicroPython in what the program writes to"),
                               ("unix-split.elf", "is not the program there"), ("qemu.elf", "")):
                with self.subTest(elf), gdbserver("PORT", *command) as uri:    # halted before its first instruction
                    p = memprof("objects", "--elf", FIRMWARE.file(elf), uri)
                    self.assertEqual((p.returncode, p.stdout), (2, ""), p.stderr)
                    self.assertIn(words, p.stderr)

    def test_a_board_has_no_such_program(self):
        with Target("qemu") as target:
            p = memprof("objects", "--elf", FIRMWARE.file("unix.elf"), target.uri)
            self.assertEqual((p.returncode, p.stdout), (2, ""), p.stderr)
            self.assertIn("the GDB server does not tell where", p.stderr)
            self.assertTrue(target.runs())


if __name__ == "__main__":
    rig.main()
