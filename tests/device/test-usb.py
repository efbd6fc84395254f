#!/usr/bin/python3
"""The usb: source: memprof opens devices that umockdev makes (mock-usb.c) through the real libusb, behind them
is MicroPython in QEMU. What is done to interfaces, drivers and the line is in the log of ioctls.

usage: test-usb.py MEMPROF FIRMWARE_FOLDER MOCK_FOLDER [TEST...]
"""
import json
import os
import signal

import rig
import usbmock
from mock import OnBench
from rig import TICK, await_turns, gc_pool, read_until, stop, ticks, wait_for
from usbmock import UsbBench

URI = "usb:2e8a:0005"
LINE_CODING, LINES = 0x20, 0x22
BOTH = 0xf      # interfaces, as bits: mock-usb has two pairs


class Boards(OnBench):
    BENCH = UsbBench

    def assert_given_back(self, plug="1-1"):
        wait_for(lambda: self.bench.drivers(plug) == (BOTH, 0), lambda: "its drivers: %s" % self.bench.calls(plug))

    def assert_snap(self, *arguments, total=140032):
        p = self.memprof("snap", "--json", *arguments)
        self.assertEqual(p.returncode, 0, p.stderr)
        dump = json.loads(p.stdout)["dumps"][0]
        self.assertTrue(dump["complete"])
        pool = gc_pool(dump)
        self.assertEqual(pool["total"], total)
        self.assertEqual(pool["used"], pool["reported"]["used"])
        return p


    def run_long(self, meanwhile=lambda: None):
        """Every byte of a long program arrives, and every byte of what it prints."""
        lines = ["# " + "y" * 70] * 300 + ["for i in range(1200):", "    print('%05d' % i, 'x' * 50)"]
        with rig.Script("\n".join(lines) + "\n") as script:
            p = self.start("run", script, URI)
            said = []
            for line in iter(p.stdout.readline, ""):
                said.append(line)
                if len(said) % 100 == 0:
                    meanwhile()
            p.wait()
        self.assertEqual(p.returncode, 0, p.stderr.read())
        self.assertEqual([line for line in said if "x" * 10 in line],
                         ["%05d %s\n" % (i, "x" * 50) for i in range(1200)])


class Works(Boards):
    def test_snap(self):
        """The line is set as a port's would be, and all is given back."""
        board = self.board()
        self.bench.plug(board=board)
        self.assert_snap(URI)
        self.assertEqual(self.bench.requests(), [(LINE_CODING, 115200), (LINES, 3), (LINES, 0)])
        calls = [" ".join(call) for call in self.bench.calls() if call[0] not in ("REQUEST", "OPEN", "CLOSE")]
        self.assertEqual(calls, ["DISCONNECT 0", "CLAIM 0", "CLAIM 1", "RELEASE 0", "RELEASE 1", "CONNECT 0",
                                 "CONNECT 1"])
        self.assert_given_back()
        self.assertEqual(board.type("6 * 7"), "42")

    def test_attach(self):
        board = self.board()
        self.bench.plug(board=board)
        p = self.start("attach", "--interval", "0.05", "--count", "20", URI)
        out, err = p.communicate(timeout=60)
        self.assertEqual(p.returncode, 0, err)
        self.assertEqual(len(ticks(out)), 20)
        self.assert_given_back()

    def test_run(self):
        """A program that is longer than all that is in flight, and prints more than that."""
        self.bench.plug(board=self.board())
        self.run_long()

    def test_no_driver_was_there(self):
        self.bench.plug(board=self.board(), driver="-")
        self.assert_snap(URI)
        self.assertEqual(self.bench.drivers(), (0, 0))
        self.assertNotIn(("CONNECT", "0"), self.bench.calls())

    def test_lines_as_asked(self):
        self.bench.plug(board=self.board())
        p = self.memprof("snap", "--baud", "921600", "--dtr", "on", "--rts", "off", URI)
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertEqual(self.bench.requests(), [(LINE_CODING, 115200), (LINES, 3), (LINE_CODING, 921600),
                                                 (LINES, 1), (LINES, 0)])

    def test_a_board_that_knows_no_line(self):
        self.bench.plug(board=self.board())
        self.bench.fault("1-1", "deaf")
        self.assert_snap(URI)
        p = self.memprof("snap", "--baud", "921600", URI)
        self.assertEqual(p.returncode, 2, p.stderr)
        self.assertIn("921600", p.stderr)
        self.assert_given_back()

    def test_only_data(self):
        """No communications interface: there is no line, and none is asked for."""
        config = usbmock.configuration(1, usbmock.interface(0, usbmock.DATA, n_endpoints=2),
                                       usbmock.endpoint(0x82), usbmock.endpoint(0x02))
        self.bench.plug(board=self.board(), config=config)
        self.assert_snap(URI)
        self.assertEqual(self.bench.requests(), [])
        p = self.memprof("snap", "--dtr", "on", URI)
        self.assertEqual(p.returncode, 2, p.stderr)

    def test_another_setting_has_the_endpoints(self):
        config = usbmock.configuration(
            2, usbmock.interface(0, usbmock.COMMUNICATIONS, 2), usbmock.interface(1, usbmock.DATA),
            usbmock.interface(1, usbmock.DATA, n_endpoints=2, setting=1), usbmock.endpoint(0x82),
            usbmock.endpoint(0x02))
        self.bench.plug(board=self.board(), config=config)
        self.assert_snap(URI)
        self.assertIn(("SETINTERFACE", "1"), self.bench.calls())

    def test_large_packets(self):
        config = usbmock.configuration(2, usbmock.acm(0, 0x82, 0x02, 0x81, n_bytes=512))
        self.bench.plug(board=self.board(), config=config)
        self.assert_snap(URI)


class Names(Boards):
    def test_the_only_board(self):
        self.bench.plug(board=self.board())
        self.bench.plug("1-2", ids=("1234", "5678"), config=usbmock.NONE, channels=())
        for uri in ("usb:", "usb:2e8a:0005", "usb:2E8A:5", "usb:2e8a:0005:e6614c31", "usb:@1-1", "usb:#1"):
            with self.subTest(uri):
                self.assert_snap(uri)

    def test_two_of_a_kind(self):
        one, other = self.board(), self.board()
        self.bench.plug("1-1", one, serial="e6614c31")
        self.bench.plug("1-2", other, serial="e6614c32")
        other.type("keep = bytearray(20000)")
        for uri in ("usb:", URI):
            p = self.memprof("snap", uri)
            self.assertEqual(p.returncode, 2, p.stderr)
            self.assertIn("usb:2e8a:0005:e6614c31 (Board in FS mode), usb:2e8a:0005:e6614c32", p.stderr)
            self.assertEqual(self.bench.calls("1-1") + self.bench.calls("1-2"), [])  # choosing opens nothing
        used = [gc_pool(json.loads(self.assert_snap(URI + ":" + serial).stdout)["dumps"][0])["used"]
                for serial in ("e6614c31", "e6614c32")]
        self.assertGreater(used[1], used[0] + 19000)

    def test_two_without_a_serial_number(self):
        """The USB port tells them apart, and the message offers it."""
        self.bench.plug("1-1", serial="-")
        self.bench.plug("1-2.4", self.board(), serial="-")
        p = self.memprof("snap", URI)
        self.assertEqual(p.returncode, 2, p.stderr)
        self.assertIn("usb:2e8a:0005@1-2.4", p.stderr)
        self.assert_snap("usb:2e8a:0005@1-2.4")
        self.assertEqual(self.bench.calls("1-1"), [])

    def test_a_serial_number_that_says_anything(self):
        self.bench.plug(board=self.board(), serial="F4:12:FA:00:11:22")
        self.bench.plug("1-2", serial="a$(id)\x1b[31m")
        p = self.memprof("snap", "usb:")
        self.assertIn("usb:2e8a:0005:F4:12:FA:00:11:22", p.stderr)
        self.assertIn("usb:2e8a:0005@1-2", p.stderr)
        self.assertNotIn("$(id)", p.stderr)
        self.assert_snap("usb:2e8a:0005:F4:12:FA:00:11:22")

    def test_the_second_channel(self):
        self.bench.plug(config=usbmock.TWO, channels=((0x82, 0x02), (0x84, 0x04)))
        usbmock.connect(self.bench.cables["1-1", 0x84], self.board())
        self.assert_snap(URI + "#2")
        self.assertEqual(self.bench.cables["1-1", 0x82].heard, b"")
        self.assertEqual([call for call in self.bench.calls() if call[0] in ("CLAIM", "CONNECT")],
                         [("CLAIM", "2"), ("CLAIM", "3"), ("CONNECT", "2"), ("CONNECT", "3")])
        self.assertEqual({call[4] for call in self.bench.calls() if call[0] == "REQUEST"}, {"0002"})
        self.assert_given_back()
        p = self.memprof("snap", URI + "#3")
        self.assertEqual(p.returncode, 3, p.stderr)
        self.assertIn("it has 2", p.stderr)

    def test_what_is_not_there(self):
        p = self.memprof("snap", URI)
        self.assertEqual(p.returncode, 3, p.stderr)
        self.assertEqual(len(self.errors(p)), 1, p.stderr)
        self.bench.plug()
        for uri in ("usb:2e8a:0006", "usb:2e8a:0005:e6614c3", "usb:2e8a:0005@1-2"):
            p = self.memprof("snap", uri)
            self.assertEqual(p.returncode, 3, p.stderr)
            self.assertEqual(len(self.errors(p)), 1, p.stderr)
            self.assertIn("found usb:2e8a:0005:e6614c31", p.stderr)

    def test_what_is_no_serial_device(self):
        self.bench.plug("1-2", ids=("10c4", "ea60"), config=usbmock.NONE, product="CP2102", channels=())
        for uri in ("usb:10c4:ea60", "usb:@1-2"):
            p = self.memprof("snap", uri)
            self.assertEqual(p.returncode, 3, p.stderr)
            self.assertIn("CDC-ACM", p.stderr)
            self.assertIn("CP2102", p.stderr)
        p = self.memprof("snap", "usb:")
        self.assertEqual(p.returncode, 3, p.stderr)
        self.assertEqual(self.bench.calls("1-2"), [])

    def test_names_that_are_none(self):
        for uri in ("usb:2e8a", "usb:2e8a:", "usb:xyz:0005", "usb:2e8a:0005z", "usb:12345:0005", "usb::0005",
                    "usb:2e8a:0005#0", "usb:2e8a:0005#99"):
            with self.subTest(uri):
                p = self.memprof("snap", uri)
                self.assertEqual(p.returncode, 2, p.stderr)
                self.assertEqual(len(self.errors(p)), 1, p.stderr)

    def test_a_boot_loader(self):
        """It takes bytes for firmware, or for commands: only who names it gets it."""
        self.bench.plug("1-2", ids=("239a", "0015"), product="Feather boot loader")
        p = self.memprof("snap", "usb:")
        self.assertEqual(p.returncode, 3, p.stderr)
        self.assertEqual(self.bench.calls("1-2"), [])
        self.bench.plug("1-1", self.board())
        self.assert_snap("usb:")
        self.assertEqual(self.bench.calls("1-2"), [])

    def test_broken_descriptors(self):
        for config in (usbmock.ONE[:30], usbmock.ONE[:9], b"", b"\0\2" + usbmock.ONE[2:], b"\xff" * 9):
            self.bench.plug(config=config, channels=())
            p = self.memprof("snap", URI)
            self.assertEqual(p.returncode, 3, p.stderr)
            self.assertEqual(len(self.errors(p)), 1, p.stderr)
            self.bench.unplug()


class InUse(Boards):
    def test_by_another_program(self):
        self.bench.plug()
        self.bench.fault("1-1", "claimed")
        p = self.memprof("snap", URI)
        self.assertEqual(p.returncode, 3, p.stderr)
        self.assertIn("has it open", p.stderr)
        self.assertEqual(self.bench.drivers(), (BOTH, 0))

    def test_not_allowed(self):
        if os.getuid() != 0:
            self.skipTest("needs to be root, to be somebody else")
        self.bench.plug()
        os.chmod(self.bench.bed, 0o777)   # libusb makes a socket there
        os.chmod(os.path.join(self.bench.bed, "ioctl/dev/bus/usb/001/002"), 0o777)
        os.chmod(os.path.join(self.bench.bed, "dev/bus/usb/001/002"), 0o600)
        p = self.memprof("snap", URI, user="nobody", cwd="/")
        self.assertEqual(p.returncode, 3, p.stderr)
        self.assertIn("--udev", p.stderr)
        self.assertIn("/dev/bus/usb/001/002", p.stderr)


class Ends(Boards):
    """However memprof ends, the kernel's driver has the board again."""

    def attached(self, board=None):
        self.bench.plug(board=board or self.board())
        p = self.start("attach", "--interval", "0.1", URI)
        read_until(p, TICK, n=2)
        self.assertEqual(self.bench.drivers()[0] & 3, 0)
        return p

    def test_by_ctrl_c(self):
        board = self.board()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                p = self.attached(board)
                code, _, err = stop(p, number)
                self.assertEqual(code, 0, err)
                self.assert_given_back()
                self.assertEqual(self.bench.requests()[-1], (LINES, 0))
                self.bench.unplug()

    def test_by_kill(self):
        p = self.attached()
        p.kill()
        p.wait()
        self.assert_given_back()
        self.assertEqual(self.bench.requests()[-1], (LINES, 0))

    def test_by_a_crash(self):
        p = self.attached()
        stop(p, signal.SIGSEGV)
        self.assert_given_back()

    def test_when_it_cannot_be_opened(self):
        """The first interface was taken already when the second is not to be had."""
        config = usbmock.configuration(
            2, usbmock.interface(0, usbmock.COMMUNICATIONS, 2), usbmock.union(0, 1),
            usbmock.interface(1, usbmock.DATA, n_endpoints=2, setting=3), usbmock.endpoint(0x82),
            usbmock.endpoint(0x02))
        self.bench.plug(config=config)
        self.bench.fault("1-1", "no-setting")
        p = self.memprof("snap", URI)
        self.assertEqual(p.returncode, 3, p.stderr)
        self.assertEqual(len(self.errors(p)), 1, p.stderr)
        self.assert_given_back()


class Faults(Boards):
    def test_short_packets(self):
        board = self.board()
        for n_bytes in (1, 7, 63):
            with self.subTest(n_bytes):
                self.bench.plug(board=board)
                self.bench.fault("1-1", "packets", n_bytes)
                self.assert_snap(URI)
                self.bench.unplug()

    def test_an_endpoint_that_halts(self):
        """The halt is cleared, with nothing in flight, and not a byte is lost."""
        board = self.board()    # one for all of them: each takes a whole core
        for fault, endpoint in (("stall-in", "82"), ("stall-out", "02"), ("error-in", "82")):
            for n_bytes in (1, 20, 64, 700):
                if fault == "stall-out" and n_bytes == 700:
                    continue        # nobody says so much
                with self.subTest(fault, n_bytes=n_bytes):
                    self.bench.plug(board=board)
                    self.bench.fault("1-1", fault, n_bytes)
                    self.assert_snap(URI)
                    self.assertIn(("CLEAR_HALT", endpoint), self.bench.calls())
                    self.assertNotIn("BROKEN:", {call[0] for call in self.bench.calls()})
                    self.assert_given_back()
                    self.bench.unplug()

    def test_faults_again_and_again(self):
        """In the middle of 70 kB: all of it arrives, in its order."""
        self.bench.plug(board=self.board())
        self.bench.fault("1-1", "stall-out", 3000)
        kinds = ["stall-in", "error-in"] * 50

        def strike():
            self.bench.fault("1-1", kinds.pop(), 137)
        self.run_long(strike)
        cleared = [call[1] for call in self.bench.calls() if call[0] == "CLEAR_HALT"]
        self.assertEqual(set(cleared), {"02", "82"})
        self.assertGreaterEqual(len(cleared), 5)
        self.assertNotIn("BROKEN:", {call[0] for call in self.bench.calls()})
        self.assert_given_back()

    def test_an_endpoint_that_stays_halted(self):
        self.bench.plug(board=self.board())
        self.bench.fault("1-1", "always-stall-in", 100)
        p = self.memprof("snap", URI)
        self.assertEqual(p.returncode, 3, p.stderr)
        self.assertEqual(len(self.errors(p)), 1, p.stderr)
        self.assert_given_back()

    def test_a_board_that_takes_nothing(self):
        self.bench.plug(board=self.board())
        self.bench.fault("1-1", "nak-out", 0)
        p = self.memprof("snap", "--patience", "1", URI)
        self.assertEqual(p.returncode, 3, p.stderr)
        self.assertEqual(len(self.errors(p)), 1, p.stderr)
        self.assert_given_back()


class Unplugged(Boards):
    def test_in_attach(self):
        self.bench.plug(board=self.board())
        p = self.start("attach", "--interval", "0.1", URI)
        read_until(p, TICK, n=3)
        self.bench.unplug()
        _, err = p.communicate(timeout=20)
        self.assertEqual(p.returncode, 3, err)
        self.assertEqual(len([line for line in err.splitlines() if "error" in line]), 1, err)

    def test_in_the_middle_of_a_dump(self):
        board = self.board()
        board.type("keep = [bytearray(48) for i in range(900)]; keep = keep[::2]")
        for n_bytes in (1, 60, 700, 3000):
            with self.subTest(n_bytes):
                self.bench.plug(board=board)
                self.bench.fault("1-1", "cut", n_bytes)
                p = self.memprof("snap", URI)
                self.assertEqual(p.returncode, 3, p.stderr)
                self.assertEqual(len(self.errors(p)), 1, p.stderr)
                self.bench.forget("1-1")
                board.press(b"\x03\x02")  # what is left of memprof's question

    def test_it_comes_back_in_another_plug(self):
        """The same serial number: the same board. Another is not taken, and a line that was set is set again."""
        board = self.board()
        self.bench.plug("1-1", board, serial="e6614c31")
        p = self.start("attach", "--wait", "--interval", "0.1", "--baud", "9600", URI)
        read_until(p, TICK, n=2)
        self.bench.unplug("1-1")
        self.wait_until_away(p)
        self.bench.plug("1-1", self.board(), serial="e6614c32")
        await_turns(p)
        self.assertEqual(self.bench.cables["1-1", 0x82].heard, b"")
        board.press(b"\x03\x02")
        self.bench.plug("1-3", board, serial="e6614c31")
        read_until(p, "reset|back")
        read_until(p, TICK, n=3)
        self.assertEqual(self.bench.cables["1-1", 0x82].heard, b"")
        self.assertEqual(self.bench.requests("1-3"), [(LINE_CODING, 115200), (LINES, 3), (LINE_CODING, 9600)])
        code, _, err = stop(p)
        self.assertEqual(code, 0, err)
        self.assert_given_back("1-3")
        self.assertEqual(board.type("6 * 7"), "42")

    def test_a_reset_of_the_board(self):
        """It goes away and is back, as with its reset button: no --wait is needed."""
        board = self.board()
        self.bench.plug(board=board)
        p = self.start("attach", "--interval", "0.1", URI)
        read_until(p, TICK, n=2)
        self.bench.unplug()
        board.press(b"\x03\x02")
        self.bench.plug(board=board)
        read_until(p, TICK, n=2)
        code, _, err = stop(p)
        self.assertEqual(code, 0, err)
        self.assert_given_back()

    def test_a_twin_is_not_taken_for_it(self):
        """Without a serial number, or with one shared by all, the USB port decides: another board was plugged in all the time."""
        board, twin = self.board(), self.board()
        for serial in ("-", "000000000001"):
            with self.subTest(serial):
                self.bench.plug("1-1", board, serial=serial)
                self.bench.plug("1-2", twin, serial=serial)
                p = self.start("attach", "--wait", "--interval", "0.1", "usb:2e8a:0005@1-1")
                read_until(p, TICK, n=2)
                self.bench.unplug("1-1")
                self.wait_until_away(p)
                await_turns(p)
                self.assertEqual(self.bench.cables["1-2", 0x82].heard, b"")
                board.press(b"\x03\x02")
                self.bench.plug("1-1", board, serial=serial)
                read_until(p, TICK, n=2)
                self.assertEqual(self.bench.cables["1-2", 0x82].heard, b"")
                code, _, err = stop(p)
                self.assertEqual(code, 0, err)
                self.bench.unplug("1-1")
                self.bench.unplug("1-2")

    def test_waiting_for_a_board_that_is_not_there_yet(self):
        p = self.start("attach", "--wait", "--interval", "0.1", "--count", "2", URI)
        await_turns(p)
        self.assertIsNone(p.poll())
        self.bench.plug(board=self.board())
        out, err = p.communicate(timeout=20)
        self.assertEqual(p.returncode, 0, err)
        self.assertEqual(len(ticks(out)), 2)


if __name__ == "__main__":
    rig.main(n_arguments=4)
