#!/usr/bin/python3
"""Boards under Node: a stock Raspberry Pi Pico (RP2040) behind its emulated USB serial port, and MicroPython
1.27 as WebAssembly.

usage: test-node.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import os
import re
import socket
import subprocess
import unittest

import rig
from rig import (FIRMWARE, MEMPROF, PROMPT, TICK, Script, await_sleep, gc_pool, memprof,
                 read_until, start, stop, ticks)

BOTH = ("rp2", "wasm")


class Heaps(unittest.TestCase):
    def test_snap_is_whole_and_as_the_board_says(self):
        for name, version, machine in (("rp2", "1.25.0", "Raspberry Pi Pico with RP2040"),
                                       ("wasm", "1.27.0", "JS with Emscripten")):
            with self.subTest(name):
                p = memprof("snap", "--json", FIRMWARE.exec_uri(name))
                self.assertEqual(p.returncode, 0, p.stderr)
                document = json.loads(p.stdout)
                self.assertEqual(document["board"]["version"], version)
                self.assertEqual(document["board"]["machine"], machine)
                dump = document["dumps"][0]
                self.assertTrue(dump["complete"])
                self.assertEqual(dump["differences"], [])
                pool = gc_pool(dump)
                self.assertEqual(pool["block_bytes"], 16)
                self.assertEqual(pool["used"] + pool["free"] + pool["overhead"] + pool["unknown"],
                                 pool["total"])
                self.assertEqual(pool["largest_free"],
                                 16 * pool["reported"]["max_free_blocks"])
                if name == "rp2":
                    self.assertGreater(pool["total"], 240000)

    def test_what_is_kept_shows(self):
        """An object of known size, more or less: the difference is what memprof counts."""
        for name in BOTH:
            with self.subTest(name), FIRMWARE.board(name) as board:
                def used():
                    p = memprof("snap", "--json", "--collect", board.path)
                    self.assertEqual(p.returncode, 0, p.stderr)
                    board.wait_prompt()
                    pool = gc_pool(json.loads(p.stdout)["dumps"][0])
                    return pool["used"], pool["kinds"].get("A", {}).get("objects", 0)
                board.type("keep = None")
                before, arrays_before = used()
                board.type("keep = [bytearray(1000) for i in range(20)]")
                after, arrays_after = used()
                self.assertTrue(20000 <= after - before <= 22000, (before, after))
                self.assertEqual(arrays_after - arrays_before, 20)

    def test_a_saved_conversation_reads_the_same(self):
        for name in BOTH:
            with self.subTest(name), Script("") as path:
                p = memprof("snap", "--json", "--save", path, "--force", FIRMWARE.exec_uri(name))
                self.assertEqual(p.returncode, 0, p.stderr)
                live = json.loads(p.stdout)
                saved = json.loads(memprof("report", "--json", path).stdout)
                self.assertEqual(gc_pool(saved["dumps"][0]), gc_pool(live["dumps"][0]))
                os.unlink(path + "~")

    def test_attach(self):
        for name in BOTH:
            with self.subTest(name):
                p = memprof("attach", "--count", "3", "--interval", "0.1", FIRMWARE.exec_uri(name))
                self.assertEqual(p.returncode, 0, p.stderr)
                self.assertEqual(len(ticks(p.stdout)), 3)

    def test_run(self):
        for name in BOTH:
            with self.subTest(name), Script("keep = bytearray(5000)\nprint('memprof: kept')\n") as s:
                p = memprof("run", "--json", s, FIRMWARE.exec_uri(name))
                self.assertEqual(p.returncode, 0, p.stderr)
                run = json.loads(p.stdout)["run"]
                self.assertEqual((run["outcome"], run["marks"]), ("ended", 1))
                self.assertTrue(5000 <= run["kept"] <= 7000, run)


class Prompts(unittest.TestCase):
    """Whatever state the prompt is in: nothing is executed, nothing is lost."""

    # 1.27 itself notes the __file__ of what runs in raw mode (pyexec.c, parse_compile_execute)
    NAMES = "sorted(n for n in globals() if n != '__file__')"

    def test_the_prompt_and_its_variables_are_as_before(self):
        for name in BOTH:
            with self.subTest(name), FIRMWARE.board(name) as board:
                board.type("precious = [1, 2, 3]")
                names = board.type(self.NAMES)
                p = memprof("snap", board.path)
                self.assertEqual(p.returncode, 0, p.stderr)
                self.assertEqual(board.type("precious"), "[1, 2, 3]")
                self.assertEqual(board.type(self.NAMES), names)
                self.assertNotIn(b"\x03", board.sent_by_memprof)

    def test_half_a_typed_line_is_left_alone(self):
        for name in BOTH:
            with self.subTest(name), FIRMWARE.board(name) as board:
                board.press(b"half_a_na")
                board.wait(b"half_a_na")
                board.drain()
                at = board.mark()
                p = memprof("snap", board.path)
                self.assertEqual(p.returncode, 3, p.stderr)
                self.assertIn("half a line", p.stderr)
                self.assertIn(board.sent(), (b"", b"\x01\x05"))
                self.assertNotIn(PROMPT, board.heard[at:])
                board.press(b"me\r")
                board.wait(b"NameError: name 'half_a_name'")

    def test_a_half_typed_line_is_finished_as_it_was_begun(self):
        """Also within a block, where the prompt has indented the line itself."""
        for name in BOTH + ("qemu", "unix"):
            with self.subTest(name), FIRMWARE.board(name) as board:
                def typed_in_between(before, after):
                    at = board.mark()
                    board.press(before)
                    board.wait(before.rsplit(b"\r")[-1], at)
                    board.drain()
                    p = memprof("snap", board.path)
                    self.assertEqual(p.returncode, 3, p.stderr)
                    self.assertIn("half a line", p.stderr)
                    self.assertEqual(board.sent()[-2:], b"\x01\x05")
                    at = board.mark()
                    board.press(after)
                    board.wait(b"\n" + PROMPT, at)
                    board.drain()
                typed_in_between(b"zz = 12", b"3\r")
                self.assertEqual(board.type("zz"), "123")
                typed_in_between(b"for i in range(3):\rzz += 1", b"0\r\r\r\r")
                self.assertEqual(board.type("zz"), "153")
                typed_in_between(b"for i in range(3):\r", b"zz += 1\r\r\r\r")    # four spaces, not typed
                self.assertEqual(board.type("zz"), "156")

    def test_a_timer_that_prints_at_the_prompt(self):
        for ms in (40, 200, 700):
            with self.subTest(ms), FIRMWARE.board("rp2") as board:
                board.type("x = 42")
                board.press(b"from machine import Timer; t = Timer(period=%d, callback=lambda t: print('tick'))\r" % ms)
                board.wait(b"tick\r\n")
                board.wait(b"tick\r\n", board.mark())
                board.drain()
                p = memprof("snap", board.path)
                if p.returncode == 2:   # a tick in the middle of a row
                    self.assertIn("is not whole", p.stderr)
                else:
                    self.assertEqual(p.returncode, 0, (p.stderr, board.heard[-400:]))
                self.assertNotIn("a program is running", p.stderr)
                self.assertNotIn(b"\x03", board.sent_by_memprof)
                self.assertNotIn(b"\r\x01", board.sent_by_memprof)
                at = board.mark()
                board.press(b"x\r")
                board.wait(b"\n42\r\n", at)
                board.wait(b"tick\r\ntick", at)

    def test_a_program_that_prints_is_no_prompt(self):
        with FIRMWARE.board("rp2") as board:
            board.press(b"import time\rfor i in range(90): time.sleep_ms(100); print('tock')\r\r\r")
            board.wait(b"tock\r\n")
            board.drain()
            p = memprof("snap", "--patience", "0", board.path)
            self.assertEqual(p.returncode, 3, p.stderr)
            self.assertIn("Waiting for dumps", p.stderr)
            at = board.mark()
            self.assertEqual(board.sent(), b"\x01\x02")
            board.wait(b"for more information.\r\n" + PROMPT, at)    # neither in raw mode, nor anything run
            board.drain()
            self.assertEqual(board.type("i"), "89")

    def test_raw_mode_already(self):
        for name in BOTH + ("qemu",):
            with self.subTest(name), FIRMWARE.board(name) as board:
                board.type("x = 5")
                at = board.mark()
                board.press(b"\x01")
                board.wait(b"\n>", at)
                board.drain()
                p = memprof("snap", board.path)
                self.assertEqual(p.returncode, 0, p.stderr)
                self.assertEqual(board.type("x"), "5")

    def test_raw_mode_with_code_that_nobody_has_run(self):
        """A tool died while it sent its program: that is not run by memprof's question."""
        for name in ("rp2", "qemu"):
            with self.subTest(name), FIRMWARE.board(name) as board:
                at = board.mark()
                board.press(b"\x01")
                board.wait(b"\n>", at)
                board.press(b"bad = 1\n")
                board.drain()
                p = memprof("snap", board.path)
                self.assertEqual(p.returncode, 0, p.stderr)
                self.assertIn("NameError", board.type("bad"))


class Programs(unittest.TestCase):
    """A program that runs is not disturbed. (WebAssembly reads no key while it runs one.)"""

    def busy(self, board, program, *options):
        at = board.mark()
        board.press(b"exec(%a)\r" % ("print('be' 'gun')\n" + program))
        board.wait(b"begun", at)
        p = memprof("snap", "--patience", "1", *options, board.path)
        return p, board.heard[at:]

    def test_running_and_silent(self):
        with FIRMWARE.board("rp2") as board:
            p, _ = self.busy(board, "while True: pass")
            self.assertEqual(p.returncode, 3, p.stderr)
            self.assertIn("a program is running", p.stderr)
            self.assertNotIn(b"\x03", board.sent_by_memprof)
            at = board.mark()
            board.press(b"\x03")
            board.wait(b"KeyboardInterrupt", at)
            self.assertEqual(board.type("6 * 7"), "42")  # and not in raw mode

    def test_running_and_printing(self):
        with FIRMWARE.board("rp2") as board:
            board.type("import time")
            p, heard = self.busy(board, "while True: print('tick'); time.sleep_ms(50)")
            self.assertEqual(p.returncode, 3, p.stderr)
            self.assertIn("a program is running", p.stderr)
            self.assertNotIn(b"KeyboardInterrupt", heard)
            at = board.mark()
            board.wait(b"tick\r\ntick", at)  # it goes on
            board.press(b"\x03")
            board.wait(b"KeyboardInterrupt", at)
            self.assertEqual(board.type("6 * 7"), "42")

    def test_a_program_that_prints_dumps(self):
        with FIRMWARE.board("rp2") as board:
            board.type("import time, micropython")
            p, _ = self.busy(board, "while True: micropython.mem_info(1); time.sleep_ms(300)", "--json")
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertTrue(json.loads(p.stdout)["dumps"][-1]["complete"])

    def test_interrupt(self):
        for program in ("while True: pass", "while True: print('tick')"):
            with self.subTest(program), FIRMWARE.board("rp2") as board:
                board.type("x = 42")
                p, heard = self.busy(board, program, "--interrupt")
                self.assertEqual(p.returncode, 0, p.stderr)
                self.assertIn(b"KeyboardInterrupt", heard)
                self.assertEqual(board.type("x"), "42")

    def test_input_is_not_answered(self):
        with FIRMWARE.board("rp2") as board:
            board.press(b"x = input('name? ')\r")
            board.wait(b"name? ", board.mark())
            p = memprof("snap", "--patience", "1", board.path)
            self.assertEqual(p.returncode, 3, p.stderr)
            self.assertIn("a program is running", p.stderr)
            board.press(b"Ada\r")
            self.assertEqual(board.type("x"), "'Ada'")

    def test_listen_only_sends_nothing(self):
        for name in BOTH:
            with self.subTest(name), FIRMWARE.board(name) as board:
                p = memprof("snap", "--listen-only", "--patience", "1", board.path)
                self.assertEqual(p.returncode, 3)
                self.assertEqual(board.sent_by_memprof, b"")


class Resets(unittest.TestCase):
    def test_a_hard_reset_takes_the_port_away(self):
        """machine.reset() in the middle of whatever memprof does: a timer of the board calls it."""
        for ms in (300, 500, 700):
            with self.subTest(ms), FIRMWARE.board("rp2") as board:
                board.type("import machine; fill = [bytearray(48) for i in range(2400)]; fill = fill[::2]")
                board.press(b"t = machine.Timer(period=%d, mode=0, callback=lambda _: machine.reset())\r" % ms)
                p = memprof("attach", "--interval", "0", board.path)
                self.assertEqual(p.returncode, 3, p.stderr)
                errors = [line for line in p.stderr.splitlines() if "error" in line]
                self.assertEqual(len(errors), 1, p.stderr)
                self.assertIn("gone", errors[0])

    def test_a_soft_reset_is_told(self):
        """Ctrl-D at the raw prompt between two looks, as another program on the same port would send. (Where block tables
        are read directly the probe waits between them, and a stray key ends that: test-fast-node.py.)"""
        with FIRMWARE.board("rp2") as board:
            p = start("attach", "--text", "--interval", "3", board.path)
            read_until(p, TICK, n=2)
            await_sleep(p)
            at = board.mark()
            board.press(b"\x04")
            board.wait(b"soft reboot", at)
            read_until(p, "reset")
            read_until(p, TICK, n=2)
            code, _, err = stop(p)
            self.assertEqual(code, 0, err)
            self.assertEqual(board.type("6 * 7"), "42")


class Tcp(unittest.TestCase):
    """The Pico on a socket, as ser2net gives one."""

    def setUp(self):
        self.board = subprocess.Popen(FIRMWARE.command("rp2") + ["--tcp", "0"], stdin=subprocess.DEVNULL,
                                      stderr=subprocess.PIPE, text=True)
        line = self.board.stderr.readline()
        self.port = int(re.search(r"127\.0\.0\.1:(\d+)", line).group(1))
        self.uri = "tcp:127.0.0.1:%d" % self.port

    def tearDown(self):
        self.board.kill()
        self.board.wait()
        self.board.stderr.close()

    def test_snap(self):
        for _ in range(2):
            p = memprof("snap", "--json", self.uri)
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertTrue(json.loads(p.stdout)["dumps"][0]["complete"])

    def test_a_board_that_is_unplugged(self):
        p = start("attach", "--interval", "0.1", self.uri)
        read_until(p, TICK, n=2)
        self.board.kill()
        _, err = p.communicate(timeout=20)
        self.assertEqual(p.returncode, 3, err)
        self.assertIn("gone", err)

    def test_nobody_there(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            p = memprof("snap", "tcp:127.0.0.1:%d" % s.getsockname()[1])
        self.assertEqual(p.returncode, 3, p.stderr)
        self.assertIn("refused", p.stderr)

    def test_wait_for_a_board_that_resets(self):
        """machine.reset() of a Pico: the connection ends, and it is there again a moment later."""
        with socket.create_connection(("127.0.0.1", self.port)) as s:
            s.settimeout(20)
            s.sendall(b"\rimport machine\r"
                      b"t = machine.Timer(period=4000, mode=0, callback=lambda _: machine.reset())\r")
            heard = b""
            while heard.count(PROMPT) < 4:
                heard += s.recv(4096)
        p = start("attach", "--wait", "--interval", "0.3", self.uri)
        before = read_until(p, "it is back")
        self.assertGreaterEqual(len(ticks(before)), 2, before)
        read_until(p, TICK, n=3)
        code, _, err = stop(p)
        self.assertEqual(code, 0, err)


if __name__ == "__main__":
    assert os.access(MEMPROF, os.X_OK)
    rig.main(emulated=True)
