#!/usr/bin/python3
"""hex against real MicroPython: it prints the board's bytes, and leaves the board unchanged.

usage: test-hex.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import os
import re
import tempfile
import unittest

import rig
from rig import FIRMWARE, Board, memprof

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "schema",
                      "memprof.hex-1.schema.json")
BUILDS = ("qemu", "unix", "unix-split", "unix-auto")


def content(document):
    """{address: byte} of a document."""
    found = {}
    for span in document["ranges"]:
        for row in span["rows"]:
            for i, byte in enumerate(bytes.fromhex(row["hex"])):
                found[int(row["address"], 16) + i] = byte
    return found


class Hex(unittest.TestCase):
    def hex(self, board, *arguments, code=0):
        p = memprof("hex", "--json", getattr(board, "path", board), *map(str, arguments), code=code)
        if code:
            self.assertEqual(p.stdout, "")
            return p.stderr
        document = json.loads(p.stdout)
        try:
            import jsonschema
        except ImportError:
            return document
        with open(SCHEMA) as file:
            jsonschema.validate(document, json.load(file))
        return document

    def read_back(self, board, expression, wanted):
        """A bytes object on the board, at the address that the board prints."""
        board.type("import uctypes; kept = " + expression)
        self.assertEqual(board.type("len(kept)"), str(len(wanted)))
        address = int(board.type("uctypes.addressof(kept)"))
        document = self.hex(board, address, len(wanted))
        found = content(document)
        self.assertEqual(sorted(found), list(range(address, address + len(wanted))))
        self.assertEqual(bytes(found[a] for a in sorted(found)), wanted)
        self.assertEqual(document["holes"], [])
        return document

    def test_an_object_of_the_board(self):
        for name in BUILDS:
            with self.subTest(name), Board(FIRMWARE.command(name)) as board:
                document = self.read_back(board, "bytes(range(256))*5", bytes(range(256)) * 5)
                holder, owner = document["ranges"][0]["rows"][0]["in"][:2]
                self.assertEqual((owner["kind"], owner["offset"]), ("block", 0))
                self.assertRegex(owner["name"], r"^gc\.\d+\+0x[0-9a-f]+$")
                self.assertEqual((holder["kind"], holder["name"], holder["offset"]), ("object", "kept", 0))

    def test_an_object_by_its_name(self):
        for name in BUILDS:
            with self.subTest(name), Board(FIRMWARE.command(name)) as board:
                board.type("cache = {'a': [1, 2, bytearray(b'found it' * 9)]}")
                address = int(board.type("id(cache['a'][2])"))
                document = self.hex(board, "cache['a'][2]")
                self.assertEqual(int(document["start"], 16), address)
                self.assertEqual(document["ranges"][0]["rows"][0]["in"][0]["name"], "cache['a'][2]")
                self.assertIn("no symbol, section or object of the heap is called 'cahce'",
                              self.hex(board, "cahce", code=2))
                self.assertIn("no symbol or section named 'cache'",
                              self.hex(board, "--no-memory", "cache", code=2))
                document = self.hex(board, "--no-memory", address, 16)
                self.assertEqual(document["ranges"][0]["rows"][0]["in"][0]["kind"], "block")

    def test_what_looks_like_the_protocol(self):
        """Prompts, the marks of the raw REPL, a reset, a traceback, both quotes, and a dump."""
        text = (b"\r\n>>> \r\nraw REPL; CTRL-B to exit\r\n>\x04\x04OK\x01\x02\x03'\"\\'\\x41\r\nMPY: soft reboot\r\n"
                b"MicroPython v1.25.0 on 2026-11-20; x with y\r\nTraceback (most recent call last):\r\n"
                b"GC: total: 64, used: 0, free: 64\r\nGC memory layout; from 0:\r\n0000: hhhh\r\n')]\r\n\x1e\x1f")
        written = "bytes.fromhex('%s')" % text.hex()
        for name in ("qemu", "unix"):
            with self.subTest(name), Board(FIRMWARE.command(name)) as board:
                document = self.read_back(board, written, text)
                self.assertEqual(document["ranges"][0]["rows"][0]["in"][0]["kind"], "object")

    def test_the_firmware_as_its_elf_has_it(self):
        elf = FIRMWARE.file("qemu.elf")
        with Board(FIRMWARE.command("qemu")) as board:
            live = content(self.hex(board, "0", "24K"))
            file = content(self.hex(elf, "0", "24K"))
            self.assertEqual(len(live), 24576)
            self.assertEqual(live, file)
            p = memprof("hex", "--elf", elf, board.path, "gc_alloc", "32")
            q = memprof("hex", elf, "gc_alloc", "32")
            self.assertIn("gc_alloc", q.stdout)
            self.assertEqual(p.stdout, q.stdout)

    def test_the_board_is_as_before(self):
        for name in ("qemu", "unix"):
            with self.subTest(name), Board(FIRMWARE.command(name)) as board:
                board.type("precious = [1, 2, 3]")
                names = board.type("sorted(globals())")
                self.hex(board, "gc.0", "2K")
                self.assertEqual(board.type("precious"), "[1, 2, 3]")
                self.assertEqual(board.type("sorted(globals())"), names)
                self.assertNotIn(b"\x03", board.sent_by_memprof)
                self.assertNotIn(b"\r\x01", board.sent_by_memprof)

    def test_what_is_not_known_to_answer_is_not_read(self):
        with Board(FIRMWARE.command("qemu")) as board:
            err = self.hex(board, "0xe0000000", "64", code=2)
            self.assertIn("SSRAM1 0x0..0x3fffff", err)
            self.assertIn("--unsafe", err)
            self.assertNotIn(b"0xe0000", board.sent_by_memprof)
            document = self.hex(board, "0x3ffff8", "0x18")
            self.assertEqual([r["bytes"] for r in document["ranges"]], [8])
            self.assertEqual([(h["start"], h["bytes"]) for h in document["holes"]], [("0x400000", 16)])
            self.assertEqual(board.type("1 + 1"), "2")
        with Board(FIRMWARE.command("unix")) as board:
            self.hex(board, "0x1000", "16", code=2)
            self.assertEqual(board.type("1 + 1"), "2")

    def test_unsafe_reads_it_all_the_same(self):
        with Board(FIRMWARE.command("qemu")) as board:   # 16 MiB of PSRAM, which no table here has
            document = self.hex(board, "0x21000000", "32", "--unsafe")
            self.assertEqual(list(content(document).values()), [0] * 32)
            # A register that is there on every Cortex-M3: CPUID, by words.
            found = content(self.hex(board, "0xe000ed00", "4", "--unsafe", "--words"))
            cpuid = int.from_bytes(bytes(found[a] for a in sorted(found)), "little")
            self.assertEqual(cpuid & 0xff00fff0, 0x4100c230)
            self.assertEqual(board.type("1 + 1"), "2")

    def test_the_address_that_ends_it_is_named(self):
        with Board(FIRMWARE.command("unix")) as board:
            err = self.hex(board, "0x1008", "16", "--unsafe", code=3)
            self.assertIn("while 0x1008 was read", err)
            self.assertIn("most likely that address stopped the board", err)

    def test_an_elf_of_another_build(self):
        with Board(FIRMWARE.command("qemu")) as board:
            p = memprof("hex", "--elf", FIRMWARE.file("qemu.elf"), board.path, "0", "1K")
            self.assertEqual(p.stderr.count("another build"), 0)
            # The same with other code, as a build of other constants has.
            with tempfile.NamedTemporaryFile(suffix=".elf") as other:
                with open(FIRMWARE.file("qemu.elf"), "rb") as file:
                    other.write(bytes(file.read()).replace(b"\x70\xb5", b"\x70\xb4"))
                other.flush()
                p = memprof("hex", "--elf", other.name, board.path, "gc_alloc", "64K")
                self.assertIn("it is of another build", p.stderr)
                p = memprof("hex", "--elf", other.name, FIRMWARE.file("qemu.elf"), "gc_alloc", code=2)
                self.assertIn("have other bytes", p.stderr)

    def test_names_of_a_program_that_lies_elsewhere(self):
        elf = FIRMWARE.file("unix.elf")
        with open(elf, "rb") as file:
            if int.from_bytes(file.read(18)[16:18], "little") != 3:
                self.skipTest("the unix port is no position-independent program here")
        with Board(FIRMWARE.command("unix")) as board:
            p = memprof("hex", "--elf", elf, board.path, "mp_state_ctx", code=2)
            self.assertIn("position-independent", p.stderr)

    def test_every_way_to_ask_gives_the_same(self):
        with Board(FIRMWARE.command("qemu")) as board:
            by_uctypes = content(self.hex(board, "0x101", "300"))
            self.assertIn(b"uctypes", board.sent_by_memprof)
            by_words = content(self.hex(board, "0x101", "300", "--words"))
            board.type("import sys; sys.modules['uctypes'] = sys.modules['memorymap'] = None")
            by_bytes = content(self.hex(board, "0x101", "300"))
            self.assertIn(b"mem8", board.sent_by_memprof)
            self.assertIn(b"mem32", board.sent_by_memprof)
            self.assertEqual(len(by_uctypes), 300)
            self.assertEqual(by_uctypes, by_words)
            self.assertEqual(by_uctypes, by_bytes)
            board.type("sys.modules['machine'] = None")
            self.assertIn("nothing that reads", self.hex(board, "0x101", "300", code=3))
            self.assertEqual(board.type("1 + 1"), "2")

    def test_a_program_that_runs_is_left_alone(self):
        with Board(FIRMWARE.command("unix")) as board:
            board.run_forever()
            self.assertIn("a program is running", self.hex(board, "gc.0", code=3))
            self.assertEqual(content(self.hex(board, "gc.0", "16", "--interrupt")).__len__(), 16)

    def test_text_is_narrow_and_clean(self):
        with Board(FIRMWARE.command("qemu")) as board:
            board.type("kept = b'\\x1b[31m\\x9b\\xff' * 40")
            p = memprof("hex", "--elf", FIRMWARE.file("qemu.elf"), board.path, "gc.0", "8K", code=0)
            for line in p.stdout.splitlines():
                self.assertLessEqual(len(line), 80, line)
                self.assertRegex(line, r"^[ -~]*$")
            self.assertRegex(p.stdout, r"gc\.0\+0x[0-9a-f]+ (list|dict|str|other|free)")
            self.assertRegex(p.stderr, r"left about [1-9]\d* B of garbage")

    def test_too_much_and_names_that_are_none(self):
        uri = FIRMWARE.exec_uri("qemu")
        self.assertIn("at most", self.hex(uri, "0", "2M", code=2))
        self.assertIn("no_such", self.hex(uri, "no_such", code=2))
        self.assertIn("not found", self.hex("exec:no-such-program", "0", code=3))

    def test_a_board_that_goes_away(self):
        with Board(FIRMWARE.command("qemu")) as board:
            board.cut_after("to", 20000)
            err = self.hex(board, "0", "64K", code=3)
            self.assertTrue(re.search("gone|went away|ended|stopped answering", err), err)


if __name__ == "__main__":
    rig.main()
