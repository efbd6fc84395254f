#!/usr/bin/python3
"""snap, attach and run against real MicroPython: under QEMU (Cortex-M3) and the unix port (plain,
split heap, auto-growing heap).

usage: test-live.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import rig
from rig import (FIRMWARE, HOST, PROMPT, Board, Script, at_any_moment, takes_signals, gc_pool, memprof, read_errors_until,
                 start, stop, truths, wait_for)

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples")
BUILDS = ("qemu", "unix", "unix-split", "unix-auto")


def figures(text):
    """The lines of attach that are snapshots."""
    return re.findall(r"^ +\d+:\d\d\.\d{3} .*", text, re.M)


def free_port():
    with socket.socket() as s:
        s.bind((HOST, 0))
        return s.getsockname()[1]


class Snap(unittest.TestCase):
    def test_every_build_whole_and_as_the_board_says(self):
        for name in BUILDS:
            with self.subTest(name):
                p = memprof("snap", "--json", FIRMWARE.exec_uri(name))
                self.assertEqual(p.returncode, 0, p.stderr)
                document = json.loads(p.stdout)
                self.assertEqual(len(document["dumps"]), 1)
                dump = document["dumps"][0]
                self.assertTrue(dump["complete"])
                self.assertEqual(dump["differences"], [])
                pool = gc_pool(dump)
                self.assertEqual(pool["block_bytes"], 16 if name == "qemu" else 32)
                self.assertEqual(len(pool["areas"]), 4 if name == "unix-split" else 1)
                self.assertEqual(pool["used"], pool["reported"]["used"])
                self.assertEqual(pool["used"] + pool["free"] + pool["unknown"], pool["total"])
                self.assertEqual(document["board"]["version"], "1.25.0")
                self.assertIn("left about", p.stderr)
                own = re.search(r"about (\d+) B of the (\d+) B in use are memprof's; (\d+) B were used before", p.stderr)
                ours, used, before = map(int, own.groups())
                self.assertEqual((before + ours, used), (pool["used"], pool["used"]))
                self.assertLess(ours, 4000)

    def test_the_prompt_and_its_variables_are_as_before(self):
        for name in ("qemu", "unix"):
            with self.subTest(name), Board(FIRMWARE.command(name)) as board:
                board.type("precious = [1, 2, 3]")
                names = board.type("sorted(globals())")
                p = memprof("snap", "--json", board.path)
                self.assertEqual(p.returncode, 0, p.stderr)
                self.assertEqual(board.type("precious"), "[1, 2, 3]")
                self.assertEqual(board.type("sorted(globals())"), names)
                self.assertNotIn(b"\r\x01", board.sent_by_memprof)
                self.assertNotIn(b"\x03", board.sent_by_memprof)

    def test_a_module_that_gives_no_snapshot(self):
        for body, note in (("1/0", "raised ZeroDivisionError"), ("None", "sent no whole snapshot")):
            with self.subTest(body), Board(FIRMWARE.command("qemu")) as board:
                board.type("import sys; sys.modules['memprof'] = type('M', (), {'WIRE': (1, 0), 'snapshot': lambda: %s})"
                           % body)
                p = memprof("snap", board.path)
                self.assertEqual(p.returncode, 0, p.stderr)
                self.assertIn("its memprof module " + note, p.stderr)
                self.assertIn("the prompt is asked instead", p.stderr)

    def test_each_look_costs_what_the_note_states(self):
        for name in ("unix-agent", "unix-auto"):
            with self.subTest(name):
                p = start("attach", "--plain", "--interval", "0.3", "--text", FIRMWARE.exec_uri(name))
                lines = rig.read_until(p, rig.TICK, n=6)
                _, _, err = stop(p)
                noted = int(re.search(r"each snapshot leaves about (\d+) B", err)[1])
                change = int(re.search(r"([+-]\d+) ", rig.ticks(lines)[-1])[1])
                self.assertTrue(abs(noted - change) <= 200, (noted, change))

    def test_a_saved_run_has_the_failure_of_the_program_alone(self):
        for name in ("unix", "qemu"):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder, \
                    Script("keep = []\nwhile True:\n    keep.append(bytearray(2000))\n") as script:
                file = os.path.join(folder, "run.log")
                p = memprof("run", "-q", "--save", file, script, FIRMWARE.exec_uri(name, heap="64k"))
                self.assertEqual(p.returncode, 4, p.stderr)
                p = memprof("report", "--json", file)
                errors = json.loads(p.stdout)["errors"]
                self.assertEqual(len(errors), 1, errors)
                self.assertGreaterEqual(errors[0]["asked"], 2000)   # what is left has room for the message

    def test_too_full_to_be_asked(self):
        with Board(FIRMWARE.command("qemu")) as board:
            board.press(b"def f():\rglobal a\rwhile 1: a=[a]\r\r\r\r\ra=None\rf()\r")
            board.wait(PROMPT, board.wait(b"MemoryError").index(b"MemoryError"))
            board.drain()
            for command in (("snap",), ("attach", "--once")):
                p = memprof(*command, board.path)
                self.assertEqual(p.returncode, 3, p.stderr)
                self.assertIn("the question itself was answered with MemoryError", p.stderr)
                self.assertIn("memprof agent install", p.stderr)

    def test_one_memprof_at_a_time(self):
        """A pty is locked, as a serial port is."""
        with Board(FIRMWARE.command("unix")) as board:
            attach = start("attach", "--plain", "--interval", "0.1", board.path)
            rig.read_until(attach, rig.TICK)
            p = memprof("snap", board.path)
            self.assertEqual(p.returncode, 3, p.stdout)
            self.assertIn("memprof (process %d) has it open; close that first" % attach.pid, p.stderr)
            rig.read_until(attach, rig.TICK, n=3)
            code, _, err = stop(attach)
            self.assertEqual((code, err.count("error")), (0, 0), err)
            self.assertEqual(memprof("snap", board.path).returncode, 0)

    def test_half_a_typed_line_is_left_alone(self):
        for name in ("qemu", "unix"):
            with self.subTest(name), Board(FIRMWARE.command(name)) as board:
                board.press(b"half_a_na")
                board.wait(b"half_a_na")
                p = memprof("snap", board.path)
                self.assertEqual(p.returncode, 3, p.stderr)
                self.assertIn("half a line", p.stderr)
                self.assertIn(board.sent(), (b"", b"\x01\x05"))
                board.press(b"me\r")
                board.wait(b"NameError: name 'half_a_name'")

    def test_an_open_paste_mode_is_told(self):
        for name in ("qemu", "unix"):
            with self.subTest(name), Board(FIRMWARE.command(name)) as board:
                board.press(b"\x05x = 1\r")
                board.wait(b"=== ", board.wait(b"=== x = 1").index(b"=== x = 1") + 4)
                board.drain()
                p = memprof("snap", "--patience", "1s", board.path, code=3)
                self.assertIn("its prompt is in paste mode", p.stderr)
                self.assertNotIn("a program runs", p.stderr)
                self.assertEqual(board.sent(), b"\x01")
                self.assertEqual(memprof("snap", "--interrupt", board.path).returncode, 0)

    def test_input_of_a_program_is_not_answered(self):
        with Script("x = input('name? ')\nprint('got', repr(x))\n") as script:
            command = FIRMWARE.command("unix") + [script]
            with Board(command, prompt=False) as board:
                board.wait(b"name? ")
                p = memprof("snap", "--patience", "1", board.path)
                self.assertEqual(p.returncode, 3, p.stderr)
                self.assertIn("a program is running", p.stderr)
                self.assertIn("no dump came", p.stderr)
                self.assertNotIn(b"got", board.heard)
                board.press(b"hello\r")
                self.assertIn(b"hello'", board.wait(b"got '"))

    def test_a_program_that_prints_dumps_is_only_listened_to(self):
        with Script("import micropython, time\nwhile True:\n  micropython.mem_info(1)\n"
                    "  time.sleep_ms(300)\n") as script:
            p = memprof("snap", "--json", FIRMWARE.exec_uri("unix", script))
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertIn("was not disturbed", p.stderr)
            self.assertTrue(json.loads(p.stdout)["dumps"][0]["complete"])
            p = memprof("snap", "--listen-only", "--json", FIRMWARE.exec_uri("unix", script))
            self.assertEqual(p.returncode, 0, p.stderr)

    def test_listen_only_sends_not_a_byte(self):
        with Board(FIRMWARE.command("qemu")) as board:
            p = memprof("snap", "--listen-only", "--patience", "1", board.path)
            self.assertEqual(p.returncode, 3)
            self.assertEqual(board.sent_by_memprof, b"")

    def test_interrupt_stops_a_program(self):
        with Board(FIRMWARE.command("unix")) as board:
            board.type("x = 42")
            board.run_forever()
            p = memprof("snap", "--json", "--interrupt", board.path)
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertIn(b"KeyboardInterrupt", board.heard)
            self.assertEqual(board.type("x"), "42")

    def test_a_thread_that_prints_at_the_prompt(self):
        with Board(FIRMWARE.command("unix")) as board:
            board.type("import _thread,time")
            board.type('exec("def f():\\n while 1:\\n  print(1);time.sleep(.2)\\n")')
            board.type("_thread.start_new_thread(f,())")
            p = memprof("snap", "--json", "--no-survey", "--interrupt", board.path)
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertEqual(len(json.loads(p.stdout)["dumps"]), 1)

    def test_a_program_that_cannot_be_interrupted(self):
        with Board(FIRMWARE.command("qemu")) as board:  # its UART has no receive interrupt
            board.run_forever()
            p = memprof("snap", "--interrupt", "--patience", "0", board.path)
            self.assertEqual(p.returncode, 3)
            self.assertIn("no dump came", p.stderr)

    def test_reset_forgets(self):
        with Board(FIRMWARE.command("qemu")) as board:
            board.type("x = 42")
            p = memprof("snap", "--json", "--reset", board.path)
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertIn(b"soft reset", board.heard.replace(b"reboot", b"reset"))
            self.assertIn("NameError", board.type("x"))

    def test_a_build_that_ends_at_reset_is_not_reset(self):
        with Board(FIRMWARE.command("unix")) as board:
            p = memprof("snap", "--reset", board.path)
            self.assertEqual(p.returncode, 3)
            self.assertIn("ends when it is reset", p.stderr)
            self.assertEqual(board.type("1 + 1"), "2")

    def test_collect_frees_garbage_first(self):
        with Board(FIRMWARE.command("qemu")) as board:
            board.type("import gc; gc.disable(); [bytearray(100) for i in range(50)] and None")
            used = [gc_pool(json.loads(memprof("snap", "--json", *o, board.path).stdout)["dumps"][0])["used"]
                    for o in ((), ("--collect",))]
            self.assertGreater(used[0], used[1] + 5000)

    def test_sources_that_are_none(self):
        for source, words in (("exec:no-such-program", "not found"), ("exec:true", "ended"),
                              ("/nowhere", "No such file"), ("/tmp", "is a directory"),
                              ("/dev/ttyACM99", "no such port")):
            p = memprof("snap", source)
            self.assertEqual(p.returncode, 3, (source, p.stderr))
            self.assertIn(words, p.stderr)
            self.assertEqual(p.stdout, "")


class Survey(unittest.TestCase):
    """The board's own identification, against what is known of the builds."""

    def board(self, name, *options):
        p = memprof("snap", "--json", *options, FIRMWARE.exec_uri(name))
        self.assertEqual(p.returncode, 0, p.stderr)
        document = json.loads(p.stdout)
        try:
            import jsonschema
        except ImportError:
            return document["board"], p.stderr
        with open(os.path.join(EXAMPLES, "..", "docs", "schema", "memprof.report-1.schema.json")) as file:
            jsonschema.validate(document, json.load(file))
        return document["board"], p.stderr

    def test_qemu(self):
        board, err = self.board("qemu")
        modules = board.pop("modules")
        self.assertEqual(board, {
            "machine": "mps2-an385 with Cortex-M3", "firmware": "MicroPython", "version": "1.25.0",
            "platform": "qemu", "build": "MPS2_AN385", "unique_id": None, "freq_hz": None,
            "gc": {"enabled": True, "threshold": -1}, "pystack_used": None, "flash_bytes": None,
            "flash_user_start": None, "block_device": None, "filesystems": [], "partitions": None})
        self.assertEqual(modules, sorted(modules))
        self.assertTrue({"gc", "micropython", "sys", "mptruth"} <= set(modules), modules)
        self.assertRegex(err, r"left about [1-4]\d\d\d B of garbage")

    def test_a_heap_that_is_nearly_full_is_left_alone(self):
        """Answers would take what is left: what fits in one snapshot fits in the next."""
        with FIRMWARE.board("unix") as board:
            board.type("a = []")
            self.assertIn("MemoryError", board.type("[a.append(bytearray(9000)) for i in range(9999)]"))
            p = memprof("attach", "--plain", "--count", "3", "--interval", "1ms", board.path)
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertRegex(p.stderr, r"the survey is left out: its heap is nearly full, largest free \d+ B")
        self.assertNotIn("the survey left", p.stderr)

    def test_a_computer_is_not_asked_for_its_files(self):
        board, _ = self.board("unix")
        self.assertEqual((board["platform"], board["filesystems"]), ("linux", None))

    def test_no_survey_asks_for_the_heap_only(self):
        with Board(FIRMWARE.command("qemu")) as board:
            board.drain()
            p = memprof("snap", "--json", "--no-survey", board.path)
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertIn(b"mem_info", board.sent_by_memprof)
            for word in (b"sys", b"statvfs", b"help", b"threshold"):
                self.assertNotIn(word, board.sent_by_memprof)
            self.assertRegex(p.stderr, r"left about \d{1,3} B of garbage")

    def test_what_was_changed_there_is_seen(self):
        with Board(FIRMWARE.command("qemu")) as board:
            board.type("import gc; gc.disable(); gc.threshold(4992)")
            p = memprof("snap", "--json", board.path)
            self.assertEqual(json.loads(p.stdout)["board"]["gc"], {"enabled": False, "threshold": 4992})
            self.assertIn("gc OFF", memprof("snap", board.path).stdout)

    def test_a_module_of_the_user_is_not_run(self):
        """A file with the name of a port's module would run if it were imported."""
        with tempfile.TemporaryDirectory() as folder:
            for name in ("esp", "esp32", "rp2", "pyb", "machine", "vfs", "gc", "sys"):
                with open(os.path.join(folder, name + ".py"), "w") as file:
                    file.write("print('%s was run')\n" % name)
            p = memprof("snap", "--json", "--save", os.path.join(folder, "log"), FIRMWARE.exec_uri("unix"),
                        cwd=folder)
            self.assertEqual(p.returncode, 0, p.stderr)
            with open(os.path.join(folder, "log"), "rb") as file:
                self.assertNotIn(b"was run", file.read())


class Layout(unittest.TestCase):
    """The live heap, in the table of the firmware that runs."""

    def layout(self, *options):
        p = memprof("layout", "--json", "--strict", *options)
        self.assertEqual(p.returncode, 0, p.stderr)
        document = json.loads(p.stdout)
        self.assertEqual(document["conflicts"], [])
        return document

    def chains(self, spans, *outer):
        """Every span, with those that it lies in."""
        for span in spans:
            yield [*outer, span]
            yield from self.chains(span["spans"], *outer, span)

    def test_the_heap_lies_in_the_room_that_the_linker_gave_it(self):
        images = [os.path.join(FIRMWARE.folder, "qemu" + end) for end in (".map", ".elf")]
        document = self.layout("--map", images[0], "--elf", images[1], "--live", FIRMWARE.exec_uri("qemu"))
        cpu = [s for s in document["spaces"] if s["name"] == "cpu"][0]
        found = [c for c in self.chains(cpu["spans"]) if c[-1]["name"] == "gc.0"]
        self.assertEqual(len(found), 1)
        heap = found[0][-1]
        self.assertEqual([s["name"] for s in found[0]], ["RAM", ".bss", "GC heap", "gc.0"])
        self.assertEqual(heap["used"] + heap["free"], heap["size"])
        self.assertGreater(heap["free"], heap["used"])
        self.assertTrue(heap["from"][0].startswith("exec:"))

    def test_areas_of_a_split_heap(self):
        document = self.layout("--live", FIRMWARE.exec_uri("unix-split"))
        areas = [s for c in self.chains(document["spaces"][0]["spans"]) for s in c[-1:]]
        self.assertEqual(sorted(s["name"] for s in areas), ["gc.%d" % i for i in range(4)])
        self.assertEqual(sum(s["size"] for s in areas), gc_pool(json.loads(
            memprof("snap", "--json", FIRMWARE.exec_uri("unix-split")).stdout)["dumps"][0])["total"])

    def test_the_prompt_is_as_before(self):
        with Board(FIRMWARE.command("unix")) as board:
            names = board.type("sorted(globals())")
            self.layout("--live", board.path)
            self.assertEqual(board.type("sorted(globals())"), names)
            self.assertNotIn(b"\x03", board.sent_by_memprof)

    def test_a_program_that_runs_is_left_alone(self):
        with Script("import time\nwhile True:\n    time.sleep_ms(50)\n") as script:
            with Board(FIRMWARE.command("unix") + [script], prompt=False) as board:
                p = memprof("layout", "--live", board.path)
                self.assertEqual((p.returncode, p.stdout), (3, ""))
                self.assertIn("--interrupt", p.stderr)
                self.assertNotIn(b"\x03", board.sent_by_memprof)


class NoMemInfo(unittest.TestCase):
    """A build as CircuitPython is: figures, and no table."""

    def test_figures_only(self):
        p = memprof("snap", "--json", FIRMWARE.exec_uri("qemu-small"))
        self.assertEqual(p.returncode, 0, p.stderr)
        document = json.loads(p.stdout)
        self.assertEqual(document["dumps"], [])
        self.assertEqual(len(document["samples"]), 1)
        sample = document["samples"][0]
        self.assertGreater(sample["used"], 0)
        self.assertGreater(sample["free"], 100000)
        self.assertIsNone(sample["largest_free"])
        self.assertEqual(document["board"]["build"], "MPS2_AN385")

    def test_the_largest_block_is_found_by_trying(self):
        holes = "keep = [bytearray(1000) for i in range(60)]; keep = keep[::2]; import gc; gc.collect()"
        fill = "full = [bytearray(4000) for i in range(%d)]; gc.collect()"
        with Board(FIRMWARE.command("qemu-small")) as board:
            board.type(holes)
            for n_blocks in (0, 8, 17):
                board.type(fill % n_blocks)
                p = memprof("snap", "--json", "--no-survey", "--probe-largest", board.path)
                self.assertEqual(p.returncode, 0, p.stderr)
                sample = json.loads(p.stdout)["samples"][0]
                board.type("gc.collect()")
                truth = truths(board.type("import mptruth; mptruth.t()"))[0]
                most = max(a["max_free_run"] for a in truth["areas"]) * truth["bytes_per_block"]
                # What the question itself takes and the command's own garbage may shrink it a little.
                self.assertLessEqual(sample["largest_free"], most + 64)
                self.assertGreaterEqual(sample["largest_free"], most - 1024)
                self.assertLess(sample["largest_free"], sample["free"])

    def test_attach(self):
        p = memprof("attach", "--bytes", "--count", "3", "--interval", "0.1", FIRMWARE.exec_uri("qemu-small"))
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertEqual(len(figures(p.stdout)), 3)
        self.assertRegex(figures(p.stdout)[1], r"^ +0:0\d\.\d{3} +\d+ +\d+ +- +- +[+-]?\d+")


class Sockets(unittest.TestCase):
    def setUp(self):
        self.port = free_port()
        self.uri = "tcp:%s:%d" % (HOST, self.port)
        self.qemu = None

    def tearDown(self):
        self.end()

    def begin(self):
        self.qemu = FIRMWARE.on_socket("qemu", HOST, self.port)
        listening = " %08X:%04X 00000000:0000 0A " % (int.from_bytes(socket.inet_aton(HOST), "little"), self.port)

        def listens():
            with open("/proc/net/tcp", encoding="ascii") as file:  # a connection would take the only place
                return listening in file.read()
        wait_for(listens, "QEMU to listen")

    def end(self):
        if self.qemu:
            self.qemu.kill()
            self.qemu.wait()
            self.qemu = None

    def test_snap_and_run(self):
        self.begin()
        p = memprof("snap", "--json", self.uri)
        self.assertEqual(p.returncode, 0, p.stderr)
        document = json.loads(p.stdout)
        self.assertTrue(document["dumps"][0]["complete"])
        self.assertEqual(document["input"]["name"], self.uri)
        with Script("print('over the net')\n") as script:
            p = memprof("run", "-q", script, self.uri)
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertIn("over the net\n", p.stdout)

    def test_nobody_listens(self):
        p = memprof("snap", self.uri)
        self.assertEqual(p.returncode, 3)
        self.assertIn("Connection refused", p.stderr)

    def test_gone(self):
        self.begin()
        p = start("attach", "--interval", "0.1", self.uri)
        for _ in range(5):
            p.stdout.readline()
        self.end()
        out, err = p.communicate(timeout=20)
        self.assertEqual(p.returncode, 3, err)
        self.assertIn("gone", err)

    def test_wait_for_it_and_for_its_return(self):
        p = start("attach", "--wait", "--interval", "0.1", self.uri)
        self.assertIn("Connection refused", p.stderr.readline())
        self.assertIn("waiting", p.stderr.readline())
        for _ in range(2):
            self.begin()
            for line in p.stdout:
                if line.split()[1].isdigit():
                    break
            self.end()
        code, out, err = stop(p)
        self.assertEqual(code, 0, err)
        self.assertIn("waiting for it to come back", err)
        self.assertIn("it is back", err)


class Numbers(unittest.TestCase):
    """memprof's count against the firmware's own, taken in the same statement."""

    PROGRAM = ("import micropython, mptruth, gc\n"
               "keep = [bytearray(i * 7 % 300) for i in range(120)]\n"
               "keep = keep[::2]\n"
               "gc.collect()\n"
               "def both():\n"
               "    micropython.mem_info(1)\n"
               "    mptruth.t()\n"
               "both()\n")

    def test_all_builds(self):
        for name in BUILDS:
            with self.subTest(name), Script(self.PROGRAM) as script:
                p = memprof("run", "--no-samples", "--json", script, FIRMWARE.exec_uri(name))
                self.assertEqual(p.returncode, 0, p.stderr)
                truth = truths(p.stderr)
                self.assertEqual(len(truth), 1)
                areas = truth[0]["areas"]
                total = {k: sum(a[k] for a in areas) for k in
                         ("free", "objects", "one_block", "two_block", "free_runs")}
                found = [gc_pool(d) for d in json.loads(p.stdout)["dumps"]]
                pool = next(g for g in found if g["used"] == truth[0]["used"] and g["areas"]
                            and g["objects"] == total["objects"])
                self.assertEqual(pool["free"], truth[0]["free"])
                self.assertEqual(pool["one_block_objects"], total["one_block"])
                self.assertEqual(pool["two_block_objects"], total["two_block"])
                self.assertEqual(pool["free_runs"], total["free_runs"])
                self.assertEqual(pool["largest_free"], max(a["max_free_run"] for a in areas) *
                                 truth[0]["bytes_per_block"])
                self.assertEqual([(int(a["start"], 16), a["blocks"]) for a in pool["areas"]],
                                 [(int(a["pool_start"], 16), a["blocks"]) for a in areas])
                heads = {k: sum(a["heads"][k] for a in areas) for k in areas[0]["heads"]}
                self.assertEqual({k: v["objects"] for k, v in pool["kinds"].items()},
                                 {k: v for k, v in heads.items() if v})


class Attach(unittest.TestCase):
    def test_collected_is_what_memprof_collected(self):
        """--collect counts every look of our own as one after a collection; dumps of a program are not."""
        own = memprof("attach", "--collect", "--count", "8", "--interval", "0", "--trend", "--no-survey",
                      FIRMWARE.exec_uri("qemu"))
        self.assertEqual(own.returncode, 0, own.stderr)
        self.assertIn("over 8 collections", own.stdout)
        with Script("import micropython, time\nkeep = []\nwhile True:\n  keep.append(bytearray(100))\n"
                    "  micropython.mem_info(1)\n  time.sleep_ms(50)\n") as script:
            p = memprof("attach", "--collect", "--count", "8", "--trend", FIRMWARE.exec_uri("unix", script))
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertRegex(p.stdout, r"no\s+collection\s+yet|0 of 5 collections so far")

    def test_count_and_interval(self):
        for name in BUILDS:
            with self.subTest(name):
                p = memprof("attach", "--bytes", "--count", "3", "--interval", "0.1", FIRMWARE.exec_uri(name))
                self.assertEqual(p.returncode, 0, p.stderr)
                self.assertRegex(p.stdout, "^ +time +used +free +largest")
                self.assertIn("        -- MicroPython 1.25.0, ", p.stdout)
                lines = figures(p.stdout)
                self.assertEqual(len(lines), 3)
                self.assertRegex(lines[1], r"^ +0:0\d\.\d{3} +\d+ +\d+ +\d+ +\d\.\d % +[+-]\d+")

    def test_json_is_one_document_a_line(self):
        p = memprof("attach", "--json", "--count", "2", "--interval", "0", FIRMWARE.exec_uri("qemu"))
        documents = [json.loads(line) for line in p.stdout.splitlines()]
        self.assertEqual([d["dumps"][0]["dump"] for d in documents], [1, 2])

    def test_ctrl_c_ends_it_and_gives_the_prompt_back(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number), Board(FIRMWARE.command("qemu")) as board:
                board.type("x = 7")
                p = start("attach", "--interval", "0.1", board.path)
                for _ in range(4):
                    p.stdout.readline()
                code, _, err = stop(p, number)
                self.assertEqual(code, 0, err)
                self.assertEqual(board.type("x"), "7")

    def test_a_soft_reset_is_a_line_and_no_end(self):
        with Board(FIRMWARE.command("qemu")) as board:
            board.type("big = bytearray(50000)")
            p = start("attach", "--bytes", "--interval", "2", board.path)
            lines = [p.stdout.readline() for _ in range(4)]
            read_errors_until(p, "the survey left")    # then it waits for two seconds
            at = board.mark()
            board.press(b"\x04")  # somebody else's Ctrl-D, in the raw mode that memprof has it in
            board.wait(b"soft reboot", at)
            lines += [p.stdout.readline() for _ in range(4)]
            code, out, err = stop(p)
            self.assertEqual(code, 0, err)
            text = "".join(lines) + out
            self.assertEqual(text.count("-- the board was reset"), 1, text)
            before, after = text.split("-- the board was reset")
            used = [int(figures(part)[0].split()[1]) for part in (before, after)]
            self.assertGreater(used[0], used[1] + 50000, text)
            # It may have been stopped while it told the board a question: Ctrl-C takes that back.
            self.assertNotIn(b"\x03", bytes(board.sent_by_memprof).removesuffix(b"\x03\x02"))
            self.assertIn("NameError", board.type("big"))

    def test_a_reset_into_a_program_is_followed(self):
        """main.py prints dumps after the reset: from then on memprof listens."""
        with Board(FIRMWARE.command("qemu")) as board:
            p = start("attach", "--interval", "3", board.path)
            for _ in range(4):
                p.stdout.readline()
            read_errors_until(p, "the survey left")
            at = board.mark()
            board.press(b"\x04")
            board.wait(b"CTRL-B to exit", at)
            # QEMU has no main.py: what a program would print is put there by a program in raw mode.
            board.press(b"import micropython\nfor i in range(40):micropython.mem_info(1);print('x'*2000)\n\x04")
            for line in p.stdout:
                if "reset" in line:
                    break
            for _ in range(2):
                self.assertRegex(p.stdout.readline(), r"^ +0:")
            code, _, err = stop(p)
            self.assertEqual(code, 0, err)

    def test_a_board_that_goes_away(self):
        board = Board(FIRMWARE.command("qemu"))
        p = start("attach", "--interval", "0.1", FIRMWARE.exec_uri("qemu"))
        p.stdout.readline()
        p.stdout.readline()
        children = subprocess.run(["pgrep", "-P", str(p.pid)], capture_output=True, text=True).stdout
        os.kill(int(children.split()[0]), signal.SIGKILL)
        out, err = p.communicate(timeout=20)
        self.assertEqual(p.returncode, 3, err)
        self.assertIn("ended", err)
        board.close()

    def test_a_closed_pipe_ends_it_silently(self):
        with Board(FIRMWARE.command("qemu")) as board:
            board.type("x = 8")
            p = start("attach", "-q", "--interval", "0.05", board.path)
            p.stdout.readline()
            p.stdout.close()
            self.assertEqual(p.wait(timeout=20), 0)
            self.assertEqual(p.stderr.read(), "")
            p.stderr.close()
            self.assertEqual(board.type("x"), "8")

    def test_save_keeps_all_and_report_reads_it(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "day.log")
            uri = FIRMWARE.exec_uri("qemu")
            begin = time.monotonic()
            p = memprof("attach", "--bytes", "--count", "4", "--interval", "0.2", "--save", path, uri)
            self.assertGreaterEqual(time.monotonic() - begin, 0.6)      # no look comes before its time
            self.assertEqual(p.returncode, 0, p.stderr)
            document = json.loads(memprof("report", "--json", path).stdout)
            self.assertEqual(document["input"]["format"], "stream")
            self.assertEqual(len(document["dumps"]), 4)
            self.assertTrue(all(d["complete"] and d["time"] for d in document["dumps"]))
            at = [d["at_ms"] for d in document["dumps"]]
            self.assertEqual(at, sorted(set(at)))
            used = [int(line.split()[1]) for line in figures(p.stdout)]
            self.assertEqual(used, [gc_pool(d)["used"] for d in document["dumps"]])
            with open(path, "rb") as file:
                before = file.read()
            p = memprof("snap", "--save", path, uri)
            self.assertEqual(p.returncode, 2)
            self.assertIn("--force", p.stderr)
            with open(path, "rb") as file:
                self.assertEqual(file.read(), before)
            p = memprof("snap", "--save", path, "--force", uri)
            self.assertEqual(p.returncode, 0, p.stderr)

    def test_a_saved_stream_survives_a_kill(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "day.log")
            p = start("attach", "--interval", "0.05", "--save", path, FIRMWARE.exec_uri("qemu"))
            for _ in range(8):  # a head and two lines of the survey
                p.stdout.readline()
            stop(p, signal.SIGKILL)
            document = json.loads(memprof("report", "--json", path).stdout)
            self.assertGreaterEqual(sum(d["complete"] for d in document["dumps"]), 5)


class Run(unittest.TestCase):
    def run_json(self, text, name, *options, code=0):
        with Script(text) as script:
            p = memprof("run", "--json", *options, script, FIRMWARE.exec_uri(name))
        self.assertEqual(p.returncode, code, p.stderr)
        return json.loads(p.stdout), p.stderr

    def test_grow_shows_its_heap_change_live(self):
        for name in ("qemu", "unix", "unix-split", "unix-auto"):
            with self.subTest(name):
                p = memprof("run", os.path.join(EXAMPLES, "grow.py"), FIRMWARE.exec_uri(name))
                self.assertEqual(p.returncode, 0, p.stderr)
                self.assertIn("memprof: 200 readings\nkept 200 readings\n", p.stdout)
                self.assertIn("grow.py ended", p.stdout)
                self.assertRegex(p.stdout, r"grow\.py ended: peak .*,\s+keeps\s")
                live = [line for line in p.stderr.splitlines() if ":0" in line and "." in line]
                self.assertGreater(len(live), 1, p.stderr)

    def test_peak_and_what_stays(self):
        program = ("keep = bytearray(3000)\n"
                   "for i in range(3):\n"
                   "    work = bytearray(20000)\n"
                   "    print('memprof: work')\n"
                   "    work = None\n")
        for name in ("qemu", "unix"):
            with self.subTest(name):
                document, _ = self.run_json(program, name)
                run = document["run"]
                self.assertEqual(run["outcome"], "ended")
                self.assertEqual(run["marks"], 3)
                self.assertGreaterEqual(run["peak_used"], run["before"]["used"] + 23000)
                self.assertTrue(3000 <= run["kept"] <= 4600, run)
                labels = [d["label"] for d in document["dumps"]]
                self.assertEqual(labels[0], "before")
                self.assertEqual(labels[-2:], ["after", "after gc.collect()"])
                self.assertEqual(labels.count("work"), 3)

    def test_a_fragmented_heap_is_told_from_a_full_one(self):
        p = memprof("run", "-q", "--bytes", os.path.join(EXAMPLES, "die.py"), FIRMWARE.exec_uri("qemu"))
        self.assertEqual(p.returncode, 4, p.stderr)
        self.assertIn('File "<stdin>", line 13', p.stdout)
        self.assertIn("40960 B requested,", p.stdout)
        self.assertRegex(p.stdout, r": \d+ B between ")
        document, _ = self.run_json("x = 1\ny = bytearray(300000)\n", "qemu", code=4)
        self.assertEqual(document["run"]["outcome"], "raised")
        self.assertEqual([e["verdict"] for e in document["errors"]], ["out-of-memory"])
        self.assertEqual(document["errors"][0]["asked"], 300000)

    def test_a_heap_so_full_that_the_board_cannot_be_asked(self):
        program = "log = []\nwhile True:\n    log.append('line %d' % len(log))\n"
        with Script(program) as script:
            p = memprof("run", "-q", script, FIRMWARE.exec_uri("unix", heap="56k"))
        self.assertEqual(p.returncode, 4, p.stderr)
        self.assertRegex(p.stdout, r"B requested,\s+out\s+of\s+memory")
        self.assertIn("had no memory left", p.stdout)
        self.assertEqual(p.stdout.count(" B requested"), 1, p.stdout)

    def test_odd_but_valid_programs(self):
        odd = ("print = globals = None\n",
               "for f in lambda: 1, lambda: 2: f()\n",
               "import sys\nsys.stdout.write('a\\x1eb\\x1fc')\nx = 1\n",
               "import sys\nsys.stdout.write('>>> ')\nx = 1\n",
               "def f():\n    def g():\n        global y\n        y = 2\n    for i in (1,):\n        g()\nf()\n",
               "if __name__ == '__main__':\n    x = 1\n")
        for name in ("qemu", "unix"):
            for program in odd:
                if "sys." in program and name == "qemu":
                    continue  # this build has no sys.stdout
                with self.subTest(program, build=name), Script(program) as script:
                    p = memprof("run", "-q", script, FIRMWARE.exec_uri(name))
                    self.assertEqual(p.returncode, 0, p.stderr + p.stdout)
                    self.assertIn(" ended", p.stdout)
                    if "x1e" in program:
                        self.assertIn("a\\x1eb\\x1fc", p.stdout)

    def test_output_with_control_characters_is_not_the_end(self):
        program = "print('x\\x04y')\nraise ValueError('late')\n"
        for name in ("qemu", "unix"):
            with self.subTest(name), Board(FIRMWARE.command(name)) as board, Script(program) as script:
                p = memprof("run", "-q", script, board.path)
                self.assertEqual(p.returncode, 4, p.stderr)
                self.assertEqual(board.type("1 + 1"), "2")

    def test_exceptions_and_their_lines(self):
        for name in ("qemu", "unix"):
            with self.subTest(name):
                document, err = self.run_json("x = 1\n\ndef f():\n    for i in (1, 0):\n        1 / i\n\nf()\n",
                                              name, code=4)
                self.assertIn("ZeroDivisionError", document["run"]["exception"])
                self.assertIn("line 7, in <module>", err)
                self.assertIn("line 5, in f", err)
                self.run_json("x = = 1\n", name, code=4)
                self.run_json("print('no newline', end='')\nraise ValueError('x')\n", name, code=4)

    def test_sys_exit_ends_a_process(self):
        self.assertEqual(self.run_json("import sys\nsys.exit()\n", "unix")[0]["run"]["outcome"], "ended")
        self.run_json("import sys\nsys.exit(3)\n", "unix", code=4)

    def test_sys_exit_resets_a_board(self):
        document, _ = self.run_json("import sys\nsys.exit()\n", "qemu")
        self.assertEqual(document["run"]["outcome"], "restarted")

    def test_output_passes_through_unharmed_and_harmless(self):
        program = ("print('a\\x1b[31mred', 'umlaut \\u00fc', end='|')\nprint('>>> ', end='')\nprint('x')\n"
                   "print('Traceback (most recent call last):')\nprint('  File \"x\", line 1')\n"
                   "print('OSError: only printed')\nprint('on we go')\n")
        for name in ("qemu", "unix"):
            with self.subTest(name), Script(program) as script:
                p = memprof("run", "-q", script, FIRMWARE.exec_uri(name))
                self.assertEqual(p.returncode, 0, p.stderr)
                self.assertIn("a\\x1b[31mred umlaut \u00fc|>>> x\nTraceback (most recent call last):\n"
                              '  File "x", line 1\nOSError: only printed\non we go\n', p.stdout)
                self.assertNotIn("\x1b", p.stdout + p.stderr)

    def test_the_board_keeps_what_the_program_made_and_no_more(self):
        for name in ("qemu", "unix"):
            with self.subTest(name), Board(FIRMWARE.command(name)) as board, \
                    Script("made = 5\ndef again():\n    for i in range(3):\n        made\n    return made\n") as s:
                names = board.type("sorted(globals())")
                p = memprof("run", "-q", s, board.path)
                self.assertEqual(p.returncode, 0, p.stderr)
                self.assertEqual(board.type("again()"), "5")
                board.type("del made, again, __memprof")
                self.assertEqual(board.type("sorted(globals())"), names)

    ENDLESS = "n = 1\nprint('begun')\nwhile True:\n    n += 1\n"

    def test_ctrl_c_stops_the_program_and_reports(self):
        with Board(FIRMWARE.command("unix")) as board, Script(self.ENDLESS) as script:
            p = start("run", "-q", script, board.path)
            self.assertEqual(p.stdout.readline(), "begun\n")
            code, out, err = stop(p)
            self.assertEqual(code, 0, err)
            self.assertIn("was stopped", out)
            self.assertEqual(board.type("n > 0"), "True")

    def test_ctrl_c_where_the_program_cannot_be_stopped(self):
        with Script(self.ENDLESS) as script:
            p = start("run", script, FIRMWARE.exec_uri("qemu"))
            self.assertEqual(p.stdout.readline(), "begun\n")
            code, _, err = stop(p)
            self.assertEqual(code, 0, err)
            self.assertIn("does not stop at Ctrl-C", err)

    def test_ctrl_c_at_any_moment(self):
        """The prompt comes back, nothing of the program is left at it, and the report is written."""
        for name in ("qemu", "unix"):
            with Board(FIRMWARE.command(name)) as board, Script("for i in range(3):\n    keep = i\n") as s:
                board.type("keep = 77")
                for step in range(12):
                    p = start("run", "-q", s, board.path)
                    takes_signals(p)
                    at_any_moment(0.06 * step)
                    code, out, err = stop(p)
                    self.assertEqual(code, 0, (step, out, err))
                    self.assertNotIn("stopped answering", err)
                    self.assertIn(board.type("keep"), ("77", "2", "0", "1"), (name, step))

    def test_timeout(self):
        document, err = self.run_json("while True:\n    pass\n", "unix", "--timeout", "1", code=4)
        self.assertEqual(document["run"]["outcome"], "stopped")
        self.assertIn("--timeout", err)

    def test_a_board_that_is_busy(self):
        with Board(FIRMWARE.command("unix")) as board, Script("print(1)\n") as script:
            board.run_forever()
            p = memprof("run", script, board.path)
            self.assertEqual(p.returncode, 3, p.stderr)
            p = memprof("run", "-q", "--interrupt", script, board.path)
            self.assertEqual(p.returncode, 0, p.stderr)

    def test_scripts_that_are_none(self):
        for script, words in (("/nowhere.py", "No such file"), ("/bin/true", "control characters")):
            p = memprof("run", script, FIRMWARE.exec_uri("qemu"))
            self.assertEqual(p.returncode, 2)
            self.assertIn(words, p.stderr)


if __name__ == "__main__":
    rig.main()
