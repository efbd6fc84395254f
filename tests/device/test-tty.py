#!/usr/bin/python3
"""Serial ports: memprof opens nodes that umockdev makes (mock-tty.c), behind them is MicroPython in QEMU. What
is done to the modem lines is in the log of ioctls.

usage: test-tty.py MEMPROF FIRMWARE_FOLDER MOCK_FOLDER [TEST...]
"""
import fcntl
import json
import os
import re
import termios
import threading
import urllib.request

import openmv
from mock import Bench, OnBench
import rig
from rig import TICK, await_turns, gc_pool, read_until, stop, ticks, wait_for

CP210X = ("10c4", "ea60")
LOADER = ("239a", "0015")
DTR, RTS = 2, 4


class Ports(OnBench):
    BENCH = Bench

    def states(self, name):
        """(DTR, RTS) after each thing that was done to the port, without repetitions."""
        ret = []
        for port, _, bits in self.bench.ioctls():
            if port == name and bits is not None:
                state = (bool(bits & DTR), bool(bits & RTS))
                if not ret or ret[-1] != state:
                    ret.append(state)
        return ret


class Lines(Ports):
    def test_a_board_with_usb_of_its_own(self):
        """Both lines on while we read, in one step; both off in one step after that."""
        board = self.board()
        self.bench.plug("ttyACM0", board)
        p = self.memprof("snap", "--json", "/dev/ttyACM0")
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertEqual(gc_pool(json.loads(p.stdout)["dumps"][0])["total"], 140032)
        self.assertEqual(self.states("ttyACM0"), [(True, True), (False, False)])
        self.assertEqual(self.bench.lines("ttyACM0")["hupcl"], False)
        calls = [call for _, call, _ in self.bench.ioctls()]
        self.assertIn("TIOCEXCL", calls)
        self.assertEqual(calls.count("TIOCEXCL"), calls.count("TIOCNXCL"))
        self.assertEqual(board.type("6 * 7"), "42")

    def test_a_converter_is_left_as_it_is(self):
        """An ESP board resets when one line moves without the other, and at the HUPCL of a close."""
        self.bench.plug("ttyUSB0", self.board(), ids=CP210X, product="CP2102 USB to UART")
        for _ in range(2):
            p = self.memprof("snap", "/dev/ttyUSB0")
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertEqual(self.states("ttyUSB0"), [(True, True)])
            self.assertEqual(self.bench.lines("ttyUSB0"), {"dtr": True, "rts": True, "hupcl": False})

    def test_a_converter_that_is_driven_like_a_board(self):
        """A CH9102 is an ACM port with the two transistors of an ESP board behind it: both lines move at once."""
        self.bench.plug("ttyACM0", self.board(), ids=("1a86", "55d4"), product="USB Single Serial")
        p = self.memprof("snap", "/dev/ttyACM0")
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertEqual([state for state in self.states("ttyACM0") if state[0] != state[1]], [])
        self.assertFalse(self.bench.lines("ttyACM0")["hupcl"])

    def test_lines_as_asked(self):
        """Boards without the two transistors want both off: in one call."""
        self.bench.plug("ttyUSB0", self.board(), ids=CP210X)
        p = self.memprof("snap", "--dtr", "off", "--rts", "off", "/dev/ttyUSB0")
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertEqual(self.states("ttyUSB0"), [(True, True), (False, False)])
        self.assertEqual(self.bench.lines("ttyUSB0"), {"dtr": False, "rts": False, "hupcl": False})

    def test_a_killed_memprof_does_not_hang_up(self):
        self.bench.plug("ttyUSB0", self.board(), ids=CP210X)
        p = self.start("attach", "--interval", "0.1", "/dev/ttyUSB0")
        read_until(p, TICK)
        p.kill()
        p.wait()
        self.assertEqual(self.bench.lines("ttyUSB0"), {"dtr": True, "rts": True, "hupcl": False})

    def test_1200_baud_starts_boot_loaders(self):
        self.bench.plug("ttyACM0", self.board())
        p = self.memprof("snap", "--baud", "1200", "/dev/ttyACM0")
        self.assertNotEqual(p.returncode, 0)
        self.assertIn("boot loader", p.stderr)
        p = self.memprof("snap", "--baud", "921600", "/dev/ttyACM0")
        self.assertEqual(p.returncode, 0, p.stderr)

    def test_bad_line_options(self):
        self.bench.plug("ttyACM0", self.board())
        for option, value in (("--dtr", "maybe"), ("--rts", ""), ("--baud", "fast"), ("--baud", "0")):
            with self.subTest(option=option, value=value):
                p = self.memprof("snap", option, value, "/dev/ttyACM0")
                self.assertEqual(p.returncode, 2, p.stderr)
                self.assertEqual(self.bench.ioctls(), [])


class Names(Ports):
    def test_a_symbolic_link(self):
        self.bench.plug("ttyACM3", self.board())
        self.bench.link("serial/by-id/usb-MicroPython_Board_in_FS_mode_e6614c31-if00", "ttyACM3")
        p = self.memprof("snap", "/dev/serial/by-id/usb-MicroPython_Board_in_FS_mode_e6614c31-if00")
        self.assertEqual(p.returncode, 0, p.stderr)

    def test_the_only_board(self):
        self.bench.plug("ttyACM0", self.board())
        for source in ([], ["auto"]):
            p = self.memprof("snap", *source)
            self.assertEqual(p.returncode, 0, p.stderr)

    def test_no_board(self):
        for command in ("snap", "attach"):
            p = self.memprof(command)
            self.assertEqual(p.returncode, 3, p.stderr)
            self.assertEqual(len(self.errors(p)), 1, p.stderr)

    def test_what_nobody_knows_is_not_taken(self):
        """A GPS mouse is a serial port, too."""
        cable = self.bench.plug("ttyACM0", None, ids=("1546", "01a8"), serial="-", product="GNSS receiver")
        p = self.memprof("snap", "--interrupt")
        self.assertEqual(p.returncode, 3, p.stderr)
        self.assertEqual(len(self.errors(p)), 1, p.stderr)
        self.assertEqual(cable.heard, b"")
        self.assertEqual(self.bench.ioctls(), [])

    def test_several_boards_are_listed(self):
        self.bench.plug("ttyACM0", self.board(), serial="e6614c31")
        self.bench.plug("ttyACM1", self.board(), port="1-2", serial="e6614c32")
        p = self.memprof("snap")
        self.assertIn(p.returncode, (2, 3))
        self.assertIn("ttyACM0", p.stderr)
        self.assertIn("ttyACM1", p.stderr)
        self.assertEqual(self.bench.ioctls(), [])  # choosing opens nothing
        p = self.memprof("snap", "/dev/ttyACM1")
        self.assertEqual(p.returncode, 0, p.stderr)

    def test_a_port_that_is_not_there(self):
        self.bench.plug("ttyACM0", self.board())
        p = self.memprof("snap", "/dev/ttyACM7")
        self.assertEqual(p.returncode, 3)
        self.assertEqual(len(self.errors(p)), 1, p.stderr)
        self.assertIn("/dev/ttyACM7", p.stderr)

    def test_a_port_that_somebody_holds(self):
        """pyserial, and so mpremote and Thonny, lock it."""
        self.bench.plug("ttyACM0", self.board())
        held = os.open(os.readlink(os.path.join(self.bench.bed, "dev", "ttyACM0")), os.O_RDWR | os.O_NOCTTY)
        fcntl.flock(held, fcntl.LOCK_EX)
        p = self.memprof("snap", "/dev/ttyACM0")
        self.assertEqual(p.returncode, 3, p.stderr)
        self.assertEqual(len(self.errors(p)), 1, p.stderr)
        self.assertIn("has it open", p.stderr)
        os.close(held)
        p = self.memprof("snap", "/dev/ttyACM0")
        self.assertEqual(p.returncode, 0, p.stderr)

    def test_a_port_that_somebody_holds_is_not_changed(self):
        """Its speed, and that it hangs up at the end, are the holder's."""
        cable = self.bench.plug("ttyUSB0", None, ids=CP210X)
        held = os.open(os.readlink(os.path.join(self.bench.bed, "dev", "ttyUSB0")), os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, held)
        fcntl.flock(held, fcntl.LOCK_EX)
        setting = termios.tcgetattr(held)
        setting[2] |= termios.HUPCL
        setting[4] = setting[5] = termios.B921600
        termios.tcsetattr(held, termios.TCSANOW, setting)
        before = termios.tcgetattr(held)
        p = self.memprof("snap", "/dev/ttyUSB0")
        self.assertEqual(p.returncode, 3, p.stderr)
        self.assertIn("has it open", p.stderr)
        self.assertEqual(termios.tcgetattr(held), before)
        self.assertEqual(cable.heard, b"")


class Devices(Ports):
    def listed(self, *options):
        p = self.memprof("devices", "--json", *options)
        self.assertEqual(p.returncode, 0, p.stderr)
        document = json.loads(p.stdout)
        self.assertEqual(document["schema"], "memprof.devices/1")
        return {d["source"]: d for d in document["devices"]}

    def test_what_is_plugged_in(self):
        self.bench.plug("ttyACM0", self.board(), serial="e6614c31")
        self.bench.plug("ttyUSB0", None, port="1-2", ids=CP210X, serial="-", product="CP2102 USB to UART")
        devices = self.listed()
        self.assertEqual(sorted(devices), ["/dev/ttyACM0", "/dev/ttyUSB0"])
        pico, bridge = devices["/dev/ttyACM0"], devices["/dev/ttyUSB0"]
        self.assertEqual((pico["vid"], pico["pid"], pico["serial"], pico["product"]),
                         ("2e8a", "0005", "e6614c31", "Board in FS mode"))
        self.assertEqual((bridge["vid"], bridge["pid"], bridge["serial"]), CP210X + (None,))
        self.assertEqual([pico["speaks"], bridge["speaks"]], [None, None])
        self.assertEqual(self.bench.ioctls(), [])  # listing opens nothing
        self.assertEqual(self.bench.cables["ttyACM0"].heard, b"")

    def test_probe(self):
        board = self.board()
        self.bench.plug("ttyACM0", board)
        self.assertEqual(self.listed("--probe")["/dev/ttyACM0"]["speaks"], "repl")
        self.assertEqual(board.type("6 * 7"), "42")

    def test_nothing_is_plugged_in(self):
        self.assertEqual(self.listed(), {})

    def test_probe_leaves_alone_what_has_no_prompt(self):
        """The second channel of CircuitPython is its program's, and a boot loader takes bytes for firmware."""
        data = self.bench.plug("ttyACM1", None, ids=("239a", "80f4"), interface="02", product="Feather")
        loader = self.bench.plug("ttyACM2", None, port="1-3", ids=LOADER, product="Feather boot loader")
        self.bench.plug("ttyACM0", None, ids=("239a", "80f4"), interface="00", product="Feather")
        self.listed("--probe")
        self.assertEqual((data.heard, loader.heard), (b"", b""))
        self.assertNotEqual(self.bench.cables["ttyACM0"].heard, b"")

    def test_text(self):
        self.bench.plug("ttyACM0", self.board(), product="Board \x1b[31min FS mode")
        p = self.memprof("devices")
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertIn("/dev/ttyACM0", p.stdout)
        self.assertIn("e6614c31", p.stdout)
        self.assertNotIn("\x1b", p.stdout)


class Unplugged(Ports):
    def test_in_attach(self):
        self.bench.plug("ttyACM0", self.board())
        p = self.start("attach", "--interval", "0.1", "/dev/ttyACM0")
        read_until(p, TICK, n=3)
        self.bench.unplug("ttyACM0")
        _, err = p.communicate(timeout=20)
        self.assertEqual(p.returncode, 3, err)
        self.assertEqual(len([line for line in err.splitlines() if "error" in line]), 1, err)

    def test_in_the_middle_of_a_dump(self):
        board = self.board()
        board.type("keep = [bytearray(48) for i in range(900)]; keep = keep[::2]")
        for n_bytes in (1, 60, 700, 3000):
            with self.subTest(n_bytes):
                cable = self.bench.plug("ttyACM0", board)
                cable.cut_at = n_bytes
                is_cut = threading.Event()
                cable.on_cut = lambda is_cut=is_cut: (self.bench.ask("unplug", "ttyACM0"), is_cut.set())
                p = self.memprof("snap", "/dev/ttyACM0")
                if not is_cut.wait(5):      # a busy computer's board was so late that memprof gave up before
                    self.bench.ask("unplug", "ttyACM0")
                self.assertEqual(p.returncode, 3, p.stderr)
                self.assertEqual(len(self.errors(p)), 1, p.stderr)
                self.bench.cables.pop("ttyACM0").close()
                board.press(b"\x03\x02")  # what is left of memprof's question

    def test_it_comes_back_under_another_name(self):
        """The same serial number: the same board, whatever the kernel calls it. Another is not taken."""
        board, other = self.board(), self.board()
        self.bench.plug("ttyACM0", board, serial="e6614c31")
        p = self.start("attach", "--wait", "--interval", "0.1", "/dev/ttyACM0")
        read_until(p, TICK, n=2)
        self.bench.unplug("ttyACM0")
        self.wait_until_away(p)
        self.bench.plug("ttyACM0", other, port="1-2", serial="e6614c32")
        await_turns(p)
        self.assertEqual(self.bench.cables["ttyACM0"].heard, b"")
        board.press(b"\x03\x02")
        self.bench.plug("ttyACM1", board, port="1-3", serial="e6614c31")
        read_until(p, "reset|back")
        read_until(p, TICK, n=3)
        self.assertEqual(self.bench.cables["ttyACM0"].heard, b"")
        self.assertEqual(self.states("ttyACM1"), [(True, True)])
        code, _, err = stop(p)
        self.assertEqual(code, 0, err)
        self.assertEqual(board.type("6 * 7"), "42")

    def test_a_twin_is_not_taken_for_it(self):
        """Converters from one factory have the same ids and serial number: the plug tells them apart."""
        board, twin = self.board(), self.board()
        self.bench.plug("ttyUSB0", board, port="1-1", ids=CP210X, serial="0001")
        cable = self.bench.plug("ttyUSB1", twin, port="1-2", ids=CP210X, serial="0001")
        p = self.start("attach", "--wait", "--interval", "0.1", "/dev/ttyUSB0")
        read_until(p, TICK, n=2)
        self.bench.unplug("ttyUSB0")
        self.wait_until_away(p)
        await_turns(p)
        self.assertEqual(cable.heard, b"")
        board.press(b"\x03\x02")
        self.bench.plug("ttyUSB2", board, port="1-1", ids=CP210X, serial="0001")
        read_until(p, TICK, n=2)
        self.assertEqual(cable.heard, b"")
        code, _, err = stop(p)
        self.assertEqual(code, 0, err)

    def test_waiting_for_a_board_that_is_not_there_yet(self):
        p = self.start("attach", "--wait", "--interval", "0.1", "--count", "2", "/dev/ttyACM0")
        await_turns(p)
        self.assertIsNone(p.poll())
        self.bench.plug("ttyACM0", self.board())
        out, err = p.communicate(timeout=20)
        self.assertEqual(p.returncode, 0, err)
        self.assertEqual(len(ticks(out)), 2)

    def test_ctrl_c_while_it_waits(self):
        p = self.start("attach", "--wait", "/dev/ttyACM0")
        await_turns(p)
        code, out, err = stop(p)
        self.assertEqual(code, 0, err)
        self.assertEqual(out, "")

    def test_a_second_channel_is_not_the_first(self):
        """CircuitPython has two ports with one serial number: by the interface they are told apart."""
        board = self.board()
        self.bench.plug("ttyACM0", board, interface="00", serial="same")
        p = self.start("attach", "--wait", "--interval", "0.1", "/dev/ttyACM0")
        read_until(p, TICK, n=2)
        self.bench.unplug("ttyACM0")
        self.bench.plug("ttyACM0", None, interface="02", serial="same")
        self.wait_until_away(p)
        await_turns(p)
        self.assertEqual(self.bench.cables["ttyACM0"].heard, b"")
        stop(p)


class Served(Ports):
    """Several boards at once, each in a process of its own."""

    def served(self, url, condition):
        def get():
            nonlocal text, found
            with urllib.request.urlopen(url + "metrics", timeout=20) as answer:
                text = answer.read().decode()
            found = {m[1]: int(m[2]) for m in re.finditer(r"^(memprof_\w+\{.*\}) (\d+)$", text, re.M)}
            return condition(found)
        text, found = "", {}
        wait_for(get, lambda: "other figures: " + text, every=.1)
        return found

    def test_all_that_are_plugged_in(self):
        boards = [self.board(), self.board()]
        for i, board in enumerate(boards):
            self.bench.plug("ttyACM%d" % i, board, port="1-%d" % (i + 1), serial="e6614c3%d" % i)
        p = self.start("serve", "--interval", "0.2", "--listen", "127.0.0.1:0")
        url = read_until(p, "^serving 2 boards").rpartition(" at ")[2].strip()
        free = ['memprof_pool_free_bytes{board="/dev/ttyACM%d",pool="gc"}' % i for i in range(2)]
        up = ['memprof_up{board="/dev/ttyACM%d"}' % i for i in range(2)]
        found = self.served(url, lambda found: all(name in found for name in free))
        self.assertEqual(found['memprof_pool_size_bytes{board="/dev/ttyACM0",pool="gc"}'], 140032)
        self.bench.unplug("ttyACM0")
        found = self.served(url, lambda found: found[up[0]] == 0)
        self.assertNotIn(free[0], found)
        self.assertIn(free[1], found)
        boards[0].press(b"\x03\x02")
        self.bench.plug("ttyACM0", boards[0], port="1-1", serial="e6614c30")
        self.served(url, lambda found: found[up[0]] == 1 and free[0] in found)
        code, _, err = stop(p)
        self.assertEqual(code, 0, err)
        for board in boards:
            self.assertEqual(board.type("6 * 7"), "42")     # both have their prompts back

    def test_none_is_plugged_in(self):
        p = self.memprof("serve", "--listen", "127.0.0.1:0")
        self.assertEqual((p.returncode, len(self.errors(p))), (3, 1), p.stderr)


class Stalled(Ports):
    """The port is there, and nothing comes any more: memprof ends all the same."""

    def test_before_anything_was_said(self):
        cable = self.bench.plug("ttyACM0", self.board())
        cable.stalled = True
        p = self.memprof("snap", "--patience", "1", "/dev/ttyACM0")
        self.assertEqual(p.returncode, 3, p.stderr)
        self.assertEqual(len(self.errors(p)), 1, p.stderr)

    def test_in_the_middle_of_a_dump(self):
        board = self.board()
        board.type("keep = [bytearray(48) for i in range(900)]; keep = keep[::2]")
        cable = self.bench.plug("ttyACM0", board)
        cable.cut_at = 2000

        def stall():
            cable.stalled = True
        cable.on_cut = stall
        p = self.memprof("snap", "--patience", "1", "/dev/ttyACM0")
        self.assertEqual(p.returncode, 3, p.stderr)
        self.assertIn("stopped answering", p.stderr)


class Cameras(Ports):
    """What has OpenMV's USB ids is asked in its own protocol, at its own speed, and nothing else is."""

    def camera(self, **more):
        camera = openmv.Camera(**more)
        self.addCleanup(camera.close)
        return camera

    def plug_camera(self, camera):
        self.bench.plug("ttyACM0", camera, ids=("37c5", "124a"), product="OpenMV Virtual Comm Port")

    def test_by_its_ids(self):
        camera = self.camera()
        self.plug_camera(camera)
        bauds = []
        camera.spoil = lambda i, data: bauds.append(self.bench.baud("ttyACM0")) or [data]
        p = self.memprof("snap", "--json")      # the only board there is
        self.assertEqual(p.returncode, 0, p.stderr)
        document = json.loads(p.stdout)
        self.assertEqual(document["input"]["format"], "openmv")
        self.assertEqual(gc_pool(document["dumps"][0])["reported"]["used"], camera.gc_used)
        self.assertEqual(set(bauds), {921600})
        self.assertEqual(self.bench.baud("ttyACM0"), 115200)
        self.assertEqual(self.states("ttyACM0"), [(True, True), (False, False)])

    def test_a_prompt_if_asked_for(self):
        for options in (["--protocol", "repl"], ["--listen-only"], ["--baud", "115200"]):
            camera = self.camera()
            self.plug_camera(camera)
            p = self.memprof("snap", "--patience", "1", *options, "/dev/ttyACM0")
            self.assertEqual(p.returncode, 3, p.stderr)
            self.assertEqual(camera.n_syncs, 0)
            self.bench.unplug("ttyACM0")

    def test_its_prompt_if_it_does_not_speak_it(self):
        """Older firmware: the same ids, and a prompt. --save keeps that conversation."""
        board = self.board()
        self.bench.plug("ttyACM0", board, ids=("1209", "abd1"), product="OpenMV Virtual Comm Port")
        path = os.path.join(self.bench.folder, "day.log")
        p = self.memprof("snap", "--json", "--save", path, "/dev/ttyACM0")
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertIn("asking its prompt", p.stderr)
        self.assertEqual(gc_pool(json.loads(p.stdout)["dumps"][0])["total"], 140032)
        self.assertEqual(self.bench.baud("ttyACM0"), 115200)
        with open(path, "rb") as saved:
            self.assertNotIn(b"\xaa\xd5", saved.read())

    def test_not_to_others(self):
        camera = self.camera()
        self.bench.plug("ttyACM0", camera)
        p = self.memprof("snap", "--patience", "1", "/dev/ttyACM0")
        self.assertEqual(p.returncode, 3, p.stderr)
        self.assertEqual((camera.n_syncs, camera.n_heard), (0, 0))

    def test_unplugged_and_back(self):
        camera = self.camera()
        self.plug_camera(camera)
        p = self.start("attach", "--interval", "0.1", "/dev/ttyACM0")
        read_until(p, TICK, n=2)
        self.bench.unplug("ttyACM0")
        again = self.camera()
        self.bench.plug("ttyACM1", again, ids=("37c5", "124a"), product="OpenMV Virtual Comm Port")
        read_until(p, "it is back")
        read_until(p, TICK, n=2)
        self.assertEqual(self.bench.baud("ttyACM1"), 921600)
        self.assertEqual(stop(p)[0], 0)


if __name__ == "__main__":
    rig.main(n_arguments=4)
