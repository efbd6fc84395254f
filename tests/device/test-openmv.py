#!/usr/bin/python3
"""memprof against a camera that speaks OpenMV's protocol (openmv.py), in virtual time: the figures that it reports are the
figures that are shown, whatever happens to packets on the way.

usage: test-openmv.py MEMPROF [TEST...]
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "tui")]
import openmv  # noqa: E402
import virtual  # noqa: E402
from openmv import Camera, OnPty, OnSocket  # noqa: E402
from tmux import Tmux  # noqa: E402
from virtual import Process, clock  # noqa: E402

MEMPROF = os.path.abspath(sys.argv[1])
TICK = r"^ +\d+:\d\d\.\d{3} "


class Cameras(unittest.TestCase):
    def camera(self, wire=OnSocket, **more):
        camera = Camera(clock=clock if wire is OnSocket else openmv.RealTime, **more)
        self.wire = wire(camera)
        self.addCleanup(camera.close)
        self.addCleanup(self.wire.close)
        return camera

    def memprof(self, *arguments, code=0):
        return virtual.run([MEMPROF, *arguments, self.wire.path], code=code)

    def snap(self, *more, code=0):
        return self.memprof("snap", "--protocol", "openmv", *more, code=code)

    def attach(self, *more):
        return self.memprof("attach", "--protocol", "openmv", *more)

    def pools(self):
        document = json.loads(self.snap("--json").stdout)
        self.assertEqual(document["input"]["format"], "openmv")
        return document["dumps"][-1]["pools"]

    def right(self, camera, pools):
        """What is shown is what the camera told last."""
        names = ["uma.%d" % i for i in range(len(camera.pools))]
        self.assertEqual([p["name"] for p in pools],
                         ["gc", *names, *(name + " persist" for name in names), "frame buffer", "stream buffer"])
        self.assertEqual([p["reported"]["total"] for p in pools[-2:]], [camera.frame_kb * 1024, 1 << 20])
        for pool, (size, _) in zip(pools[1 + len(names):], camera.pools):
            self.assertEqual(pool["reported"]["used"], (size - 3200) // 4 // 2)
        self.assertEqual(pools[0]["reported"]["total"], camera.gc_total)
        self.assertEqual(pools[0]["reported"]["used"], camera.gc_used)
        for pool, (size, _) in zip(pools[1:], camera.pools):
            self.assertEqual(pool["kind"], "uma")
            self.assertEqual(pool["reported"]["total"], size - 3200)
            self.assertEqual(pool["reported"]["used"], (size - 3200) // 4)
            self.assertEqual(pool["reported"]["free"], size - 3200 - (size - 3200) // 4 - 64)

    def left_alone(self, camera):
        """Nothing was locked, run, stopped or written, and no answer is still waiting to be acknowledged."""
        self.assertLessEqual({opcode for opcode, _, _ in camera.heard},
                             {openmv.GET_CAPS, openmv.SET_CAPS, openmv.VERSION, openmv.INFO, openmv.LIST, openmv.POLL,
                              openmv.MEMORY, openmv.SIZE, openmv.READ})
        clock.until(lambda: camera.unacknowledged is None, 0.1)     # it is still on its way


class Snap(Cameras):
    def test_the_figures(self):
        camera = self.camera(board=openmv.N6)
        pools = self.pools()
        self.right(camera, pools)
        self.assertEqual([p["memory"] for p in pools],
                         [None, "psram", "sram", "tcm", "sram", "psram", "sram", "tcm", "sram", "psram", "psram"])
        self.assertEqual(pools[1]["reported"]["peak"], (openmv.N6[2][0][0] - 3200) // 2)
        self.assertEqual(camera.n_memory, 1)
        self.left_alone(camera)

    def test_as_text(self):
        self.camera()
        p = self.snap("--bytes")
        self.assertIn("OpenMV 5.0.1, OpenMV Cam H7 Plus; id 10", " ".join(p.stdout.split()))
        for words in ("has no block table", "uma.0", "uma.1", "4431872"):
            self.assertIn(words, p.stdout)
        self.assertTrue(all(len(line) <= 80 for line in p.stdout.splitlines()), p.stdout)
        self.assertIn("OpenMV 5.0.1", p.stderr)
        self.assertNotIn("mem_info", p.stdout)
        self.assertIn("--protocol repl", p.stdout)

    def test_a_board_that_nobody_has_heard_of(self):
        camera = self.camera(board=(0, (1024 * 1024,), ((65536, 0), (32768, openmv.DTCM))))
        pools = self.pools()
        self.right(camera, pools)
        self.assertEqual([p["memory"] for p in pools], [None, None, "tcm", None, "tcm", None, None])

    def test_a_frame_buffer_that_grows(self):
        camera = self.camera()
        sizes = iter((300, 900, 0, 0))
        memory = camera.memory
        camera.frame_kb = next(sizes)

        def and_grow():
            answer = memory()
            camera.frame_kb = next(sizes)
            return answer
        camera.memory = and_grow
        lines = self.attach("--count", "3", "--interval", "0.3", "--json").stdout.splitlines()
        frames = [[p["total"] for p in json.loads(line)["dumps"][0]["pools"] if p["name"] == "frame buffer"]
                  for line in lines]
        self.assertEqual(frames, [[300 * 1024], [900 * 1024], []])

    def test_what_the_script_printed(self):
        camera = self.camera()
        camera.print(b"Traceback (most recent call last):\r\n  File \"<stdin>\", line 3, in <module>\r\n"
                     b"MemoryError: memory allocation failed, allocating 5000000 bytes\r\n")
        lines = self.attach("--count", "2", "--interval", "0.3", "--json").stdout.splitlines()
        self.assertEqual(len([json.loads(line) for line in lines]), 2)
        self.assertIn("5000000", "".join(lines))
        self.left_alone(camera)

    def test_refused_together(self):
        self.camera()
        for option in ("--interrupt", "--reset", "--listen-only", "--collect", "--probe-largest"):
            self.assertIn(option, self.snap(option, code=2).stderr)
        self.snap("--dtr", "off", code=2)
        self.assertEqual(self.wire.raw, b"")

    def test_refused_where_a_prompt_is_needed(self):
        self.camera()
        with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
            script.write("print(1)\n")
            script.flush()
            self.assertIn("auto or repl", self.memprof("run", "--protocol", "openmv", script.name, code=2).stderr)
        virtual.run([MEMPROF, "hex", "--protocol", "openmv", self.wire.path, "0x20000000", "16"], code=2)
        self.assertEqual(self.wire.raw, b"")

    def test_not_by_itself(self):
        """Without being asked for, and without OpenMV's USB ids, not one packet of it is sent."""
        self.camera()
        self.memprof("snap", "--patience", "1", code=3)
        self.assertNotIn(b"\xaa\xd5", self.wire.raw)


class Attach(Cameras):
    def watch(self, *more):
        p = Process([MEMPROF, "attach", "--protocol", "openmv", "--interval", "0.1", *more, self.wire.path])
        self.addCleanup(p.end)
        p.read_ahead = ""
        return p

    def until(self, p, pattern, n=1):
        """What is printed up to the n-th line that has it."""
        text = ""
        while n:
            while "\n" not in p.read_ahead:
                data = p.read(60)
                self.assertTrue(data, "%r did not come:\n%s" % (pattern, text))
                p.read_ahead += data.decode(errors="replace")
            line, p.read_ahead = p.read_ahead.split("\n", 1)
            text += line + "\n"
            n -= bool(re.search(pattern, line))
        return text

    def ended(self, p, code):
        _, err = p.communicate(timeout=20)
        self.assertEqual(p.returncode, code, err)
        return err

    def stopped(self, p):
        p.send_signal(signal.SIGINT)
        self.ended(p, 0)

    def test_three(self):
        camera = self.camera()
        p = self.attach("--count", "3", "--interval", "0.1", "--bytes")
        ticks = re.findall(TICK + r"(.*)", p.stdout, re.M)
        self.assertEqual(len(ticks), 3, p.stdout)
        for i, tick in enumerate(ticks):
            self.assertIn("%d" % (100000 + 16 * (i + 1)), tick)
        self.assertIn("uma.0", p.stdout)
        self.assertEqual(camera.n_memory, 3)
        self.left_alone(camera)

    def test_ctrl_c_ends_it_politely(self):
        camera = self.camera()
        p = self.watch()
        self.until(p, TICK, 3)
        self.stopped(p)
        self.left_alone(camera)

    def test_a_script_begins_and_ends(self):
        camera = self.camera()
        p = self.watch()
        self.until(p, TICK)
        camera.event(1, 1)
        self.until(p, "a script began")
        camera.event(1, 0, openmv.ACK_REQ)
        self.until(p, "the script ended")
        self.until(p, TICK)
        self.stopped(p)

    def test_on_the_screen(self):
        camera = self.camera(OnPty)
        with Tmux(132, 40) as t:
            t.run([MEMPROF, "attach", "--protocol", "openmv", "--interval", "0.1", self.wire.path])
            t.wait("uma.0")
            t.wait("asked every 0.1 s.*LIVE")
            t.keys("<")
            t.wait("asked every 0.2 s.*LIVE")
            camera.event(1, 1)
            t.wait(r"\d+:\d\d:\d\d .*a script began")
            t.keys("t", "x", "Enter")
            t.wait("OpenMV's own protocol has no prompt")
            self.wire.unplug()
            t.wait("ENDED")
            t.keys("Escape", "q")
            t.wait_for_exit(3)

    def test_a_soft_reboot(self):
        camera = self.camera()
        p = self.watch()
        self.until(p, TICK, 2)
        camera.reboot(1.5)
        text = self.until(p, "reset") + self.until(p, TICK, 2)
        self.assertNotIn("lost", text)
        self.assertEqual(camera.n_syncs, 2)
        self.stopped(p)

    def test_unplugged(self):
        self.camera()
        p = self.watch()
        self.until(p, TICK, 2)
        self.wire.unplug()
        self.assertIn("the board is gone", self.ended(p, 3))

    def test_falls_silent(self):
        camera = self.camera()
        p = self.watch()
        self.until(p, TICK, 2)
        camera.deaf = True
        self.assertIn("stopped answering", self.ended(p, 3))

    def test_saved(self):
        """What was kept is read again: the same figures."""
        camera = self.camera()
        camera.print(b"MemoryError: memory allocation failed, allocating 70000 bytes\r\n")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "day.log")
            self.attach("--count", "4", "--interval", "0.2", "--save", path)
            document = json.loads(subprocess.run([MEMPROF, "report", "--json", path], capture_output=True, check=True).stdout)
        self.assertEqual([d["pools"][0]["reported"]["used"] for d in document["dumps"]],
                         [100000 + 16 * (i + 1) for i in range(4)])
        self.right(camera, document["dumps"][-1]["pools"])
        self.assertEqual([e["asked"] for e in document["errors"]], [70000])


class Wrong(Cameras):
    """What can go wrong on the way: the snapshot that comes out is right all the same."""

    def hold(self, camera, seconds):
        begun = clock.now()
        self.right(camera, self.pools())
        self.assertLess(clock.now() - begun, seconds)
        self.left_alone(camera)

    @staticmethod
    def once(opcode, change):
        """Changes the first packet of that kind."""
        done = []

        def change_once(_, data):
            if data[5] != opcode or done or len(data) < 6:
                return [data]
            done.append(True)
            return change(data)
        return change_once

    @staticmethod
    def flip(data):
        return [data[:-3] + bytes([data[-3] ^ 8]) + data[-2:]]

    def test_a_lost_answer(self):
        camera = self.camera()
        camera.spoil = self.once(openmv.MEMORY, lambda data: [])
        self.hold(camera, 3)
        self.assertEqual(camera.n_repeated, 1)

    def test_a_damaged_answer(self):
        for opcode in (openmv.MEMORY, openmv.VERSION, openmv.LIST):
            camera = self.camera()
            camera.spoil = self.once(opcode, self.flip)
            self.hold(camera, 3)
            self.assertEqual((camera.n_repeated, camera.n_syncs), (1, 1))

    def test_a_lost_acknowledgement(self):
        """The camera repeats its answer, which is taken once."""
        camera = self.camera()
        lost = []

        def mishear(_, data):
            if data[5] == openmv.INFO and data[4] & openmv.ACK and not lost:
                lost.append(True)
                return []
            return [data]
        camera.mishear = mishear
        self.hold(camera, 3)
        self.assertEqual((camera.n_repeated, camera.n_memory), (1, 1))

    def test_a_lost_question(self):
        camera = self.camera()
        camera.mishear = self.once(openmv.MEMORY, lambda data: [])
        self.hold(camera, 4)
        self.assertEqual(camera.n_syncs, 2)

    def test_doubled(self):
        camera = self.camera()
        camera.spoil = lambda i, data: [data, data]
        self.hold(camera, 3)
        self.assertEqual(camera.n_syncs, 1)

    def test_garbage_between(self):
        camera = self.camera()
        camera.spoil = lambda i, data: [b"\xaa\xd5\x00noise\xaa", data, b"\xd5\xaa\xd5"]
        self.hold(camera, 3)
        self.assertEqual(camera.n_syncs, 1)

    def test_byte_by_byte(self):
        camera = self.camera()
        camera.spoil = lambda i, data: [bytes([b]) for b in data]
        self.hold(camera, 5)

    def test_a_camera_with_small_packets(self):
        camera = self.camera(board=openmv.N6, max_payload=50)
        self.hold(camera, 3)

    def test_busy(self):
        camera = self.camera()
        camera.refuse[openmv.MEMORY] = [openmv.BUSY] * 5
        self.hold(camera, 3)
        self.assertEqual(camera.n_syncs, 1)

    def test_other_refusals_begin_anew(self):
        camera = self.camera()
        camera.refuse[openmv.MEMORY] = [openmv.CHECKSUM, openmv.SEQUENCE]
        self.hold(camera, 3)
        self.assertEqual(camera.n_syncs, 3)

    def test_it_lags_behind_at_first(self):
        """The first two PROTO_SYNC are not heard."""
        camera = self.camera()
        camera.mishear = lambda i, data: [data] if i > 1 else []
        self.hold(camera, 5)

    def test_in_the_middle_of_something(self):
        """Somebody else's conversation broke off: an answer is being repeated, the sequence is anywhere."""
        camera = self.camera()
        camera.sequence = 77
        camera._answer(openmv.READ, 2, b"old text\r\n")
        self.hold(camera, 5)


class NotThere(Cameras):
    def test_firmware_that_is_too_old(self):
        for protocol, firmware in (((1, 0, 0), (4, 9, 0)), ((1, 0, 1), (4, 9, 9))):
            camera = self.camera(protocol=protocol, firmware=firmware)
            p = self.snap(code=3)
            self.assertIn("%d.%d.%d" % protocol, p.stderr)
            self.assertIn("1.0.2", p.stderr)
            self.assertEqual(p.stdout, "")
            self.assertNotIn(openmv.MEMORY, [opcode for opcode, _, _ in camera.heard])

    def test_firmware_that_does_not_know_its_version(self):
        camera = self.camera()
        camera.refuse[openmv.VERSION] = [openmv.INVALID]
        self.assertIn("5.0.0", self.snap(code=3).stderr)

    def test_nobody(self):
        camera = self.camera()
        camera.deaf = True
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "why.log")
            p = self.snap("--json", "--save", path, code=3)
            self.assertEqual(path.read_bytes().count(openmv.packet(0, 0, 0, openmv.SYNC)), 3)
        self.assertIn("nothing there speaks OpenMV's protocol", p.stderr)
        self.assertEqual(p.stdout, "")
        self.assertEqual(self.wire.raw, openmv.packet(0, 0, 0, openmv.SYNC) * 3)

    def test_something_that_chatters(self):
        class Chatter:
            def __init__(self):
                self.on_heard = lambda data: None

            def press(self, data):
                self.on_heard(b"temperature: 21.5\r\n\xaa\xd5\xff\xff\xaa\xd5" * 40)
        self.wire = OnSocket(Chatter())
        self.addCleanup(self.wire.close)
        self.assertIn("nothing there speaks OpenMV's protocol", self.snap(code=3).stderr)

    def test_nonsense_in_the_right_form(self):
        camera = self.camera()
        camera.memory = lambda: b"\xff" * 60
        self.assertEqual(self.snap(code=3).stdout, "")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[2:]])
