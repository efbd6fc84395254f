#!/usr/bin/python3
"""The udev rules and the unit that record a board whenever it is plugged in. There is no systemd to run them: the
unit's command is run as written, with its folders in a temporary one, against MicroPython on a pty; the rules are
read by a small udev of the test's own, and by udevadm where it can verify.

usage: test-record-unit.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import contextlib
import fnmatch
import os
import pathlib
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import unittest

import rig

ROOT = os.path.dirname(os.path.dirname(rig.HERE))
UNIT = os.path.join(ROOT, "examples/record/memprof-record@.service")
PICO = "MicroPython_Board_in_FS_mode_e6614c311b7e6f35"
PYBOARD_PATH = "/devices/pci0000:00/0000:00:14.0/usb1/1-1"
PYBOARD = """\
P: {0}
E: DEVTYPE=usb_device
E: SUBSYSTEM=usb
A: idVendor=f055\\n
A: idProduct=9801\\n
A: bcdDevice=0200\\n
A: manufacturer=MicroPython\\n
A: product=Pyboard Virtual Comm Port in FS Mode\\n
A: serial=3254335D3037\\n

P: {0}/1-1:1.1
E: DEVTYPE=usb_interface
E: SUBSYSTEM=usb
A: bInterfaceNumber=01\\n
A: bInterfaceClass=02\\n
A: bInterfaceSubClass=02\\n
A: bInterfaceProtocol=01\\n

P: {0}/1-1:1.1/tty/ttyACM0
N: ttyACM0
E: DEVNAME=/dev/ttyACM0
E: MAJOR=166
E: MINOR=0
E: SUBSYSTEM=tty
A: dev=166:0\\n
""".format(PYBOARD_PATH)


def find_udevadm():
    return shutil.which("udevadm", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def unit():
    """{"Service": {"ExecStart": ["memprof record ..."]}}; a key may be given several times."""
    sections, section = {}, None
    for line in pathlib.Path(UNIT).read_text("utf-8").splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            key, equals, value = line.partition("=")
            assert equals and section is not None, line
            section.setdefault(key, []).append(value)
    return sections


class Rules:
    """As much of udev(7) as the rules use. Keys that it does not have are errors."""
    TOKEN = re.compile(r'([A-Z]+)(?:\{([A-Za-z_]+)\})?(==|!=|\+=|=)"([^"]*)"(?:, |$)')

    def __init__(self, text):
        self.rules = []
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            tokens = self.TOKEN.findall(line)
            assert "".join(m.group() for m in self.TOKEN.finditer(line)) == line, line
            self.rules.append(tokens)
        self.labels = {token[3]: i for i, tokens in enumerate(self.rules) for token in tokens if token[0] == "LABEL"}

    @staticmethod
    def matches(pattern, value):
        # An empty pattern matches an absent value only; alternatives are apart by |.
        return any(fnmatch.fnmatchcase(value, part) for part in pattern.split("|"))

    def run(self, vid, pid, serial=PICO, interface="00", action="add", subsystem="tty"):
        """(SYSTEMD_WANTS as a list, tags)"""
        env = {"ID_SERIAL": serial, "ID_USB_INTERFACE_NUM": interface}
        values = {"ACTION": action, "SUBSYSTEM": subsystem, "SUBSYSTEMS": "usb",
                  "idVendor": vid, "idProduct": pid}
        wants, tags, i = [], [], 0
        while i < len(self.rules):
            jump = None
            for key, name, operator, value in self.rules[i]:
                if operator in ("==", "!="):
                    actual = env.get(name, "") if key == "ENV" else values[name if key == "ATTRS" else key]
                    if self.matches(value, actual) != (operator == "=="):
                        break
                elif key == "GOTO":
                    jump = self.labels[value]
                elif key == "TAG":
                    tags.append(value)
                elif (key, name) == ("ENV", "SYSTEMD_WANTS"):
                    wants.append(re.sub(r"\$env\{(\w+)\}", lambda m: env[m[1]], value))
                elif key != "LABEL":
                    raise AssertionError("unknown key %s" % key)
            else:
                if jump is not None:
                    assert jump > i     # udev jumps forward only
                    i = jump
                    continue
            i += 1
        return wants, tags


class Rule(rig.InFolder):
    @classmethod
    def setUpClass(cls):
        p = rig.memprof("devices", "--udev-record")
        assert p.returncode == 0 and not p.stderr, p.stderr
        cls.text, cls.rules = p.stdout, Rules(p.stdout)

    def started(self, *ids, **device):
        wants, tags = self.rules.run(*ids, **device)
        self.assertEqual(tags, ["systemd"] * len(wants))
        self.assertLessEqual(len(wants), 1)
        return wants[0] if wants else None

    def test_a_board_is_recorded(self):
        self.assertEqual(self.started("2e8a", "0005"), "memprof-record@%s-if00.service" % PICO)

    def test_ids_in_ranges_and_ids_twice(self):
        """f055:9800 is in two entries."""
        for ids in (("f055", "9800"), ("f055", "980a"), ("303a", "4007"), ("239a", "8123"), ("37c5", "ffff"), ("0694", "0010")):
            self.assertTrue(self.started(*ids), ids)

    def test_the_first_port_only(self):
        """A pyboard with a disk has its first port on interface 1."""
        self.assertEqual(self.started("f055", "9801", interface="01", serial="MicroPython_Pyboard_3254"),
                         "memprof-record@MicroPython_Pyboard_3254-if01.service")
        for interface in ("02", "03", ""):
            self.assertIsNone(self.started("2e8a", "0005", interface=interface))

    def test_nothing_else_is_recorded(self):
        """Converters, debuggers, boot loaders, ids of anything, strangers; and 239a:80f2, an exception within a range."""
        for ids in (("10c4", "ea60"), ("0403", "6001"), ("0d28", "0204"), ("2e8a", "0003"), ("2e8a", "000a"), ("239a", "0015"),
                    ("239a", "80f2"), ("2341", "0043"), ("1209", "0001"), ("303a", "1001"), ("f055", "980b"), ("046d", "c31c")):
            self.assertIsNone(self.started(*ids), ids)

    def test_only_when_plugged_in(self):
        for device in ({"action": "remove"}, {"action": "change"}, {"subsystem": "block"}):
            self.assertIsNone(self.started("2e8a", "0005", **device), device)

    def test_names_that_need_no_escaping(self):
        """Others are left out: before release 258 systemd drops the backslashes of an escaped name."""
        for serial in ("a", "A-b_c.d:9", "Arduino__www.arduino.cc__0043_7503"):
            name = self.started("2e8a", "0005", serial=serial)
            self.assertEqual(name, "memprof-record@%s-if00.service" % serial)
        for serial in ("", "a#b", "a+b", "a=b", "a@b", "a\\x2fb", "Plat\u00edna", "a b"):
            self.assertIsNone(self.started("2e8a", "0005", serial=serial), serial)

    def test_lines_are_short_enough(self):
        self.assertLess(max(map(len, self.text.splitlines())), 8192)

    def test_udev_itself(self):
        """What udev makes of a pyboard under umockdev: the unit's name and that of the link are one. In a mount namespace,
        as udev reads rules from fixed folders."""
        udevadm = find_udevadm()
        if not udevadm or not shutil.which("umockdev-run"):
            self.skipTest("no udevadm, or no umockdev-run")
        if subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/run"], capture_output=True).returncode:
            self.skipTest("no mount namespaces")
        self.file("rules", self.text)
        self.file("device", PYBOARD)
        p = subprocess.run(["unshare", "-rm", "sh", "-ec", "mount -t tmpfs tmpfs /run; mkdir -p /run/udev/rules.d;"
                            " cp rules /run/udev/rules.d/70-memprof-record.rules;"
                            ' exec umockdev-run -d device -- "$1" test --action=add "/sys$2/1-1:1.1/tty/ttyACM0"',
                            "sh", udevadm, PYBOARD_PATH], capture_output=True, text=True, cwd=self.folder)
        self.assertEqual(p.returncode, 0, p.stdout + p.stderr)
        name = "MicroPython_Pyboard_Virtual_Comm_Port_in_FS_Mode_3254335D3037-if01"
        said = [line.strip() for line in p.stdout.splitlines()]
        self.assertIn("SYSTEMD_WANTS=memprof-record@%s.service" % name, said)
        self.assertRegex(p.stdout, r"(?m)^ *DEVLINKS=(.* )?/dev/serial/by-id/usb-%s( |$)" % re.escape(name))


class Unit(rig.InFolder):
    def test_what_it_says(self):
        sections = unit()
        self.assertEqual(set(sections), {"Unit", "Service"})  # not [Install]: the rules start it
        service = sections["Service"]
        for key, value in (("KillSignal", "SIGTERM"), ("SuccessExitStatus", "3"), ("Restart", "on-failure"),
                           ("RestartSec", "30"), ("DynamicUser", "yes"), ("User", "memprof"), ("StateDirectory", "memprof"),
                           ("SupplementaryGroups", "dialout"), ("DevicePolicy", "closed"), ("PrivateNetwork", "yes")):
            self.assertEqual(service.get(key), [value], key)
        self.assertEqual(service["DeviceAllow"], ["char-ttyACM rw", "char-ttyUSB rw"])
        self.assertGreaterEqual(int(service["TimeoutStopSec"][0]), 10)
        # These hide serial ports.
        self.assertFalse({"PrivateDevices", "RootDirectory", "PrivateUsers"} & set(service))
        for key, values in service.items():
            self.assertTrue(len(values) == 1 or key == "DeviceAllow", key)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "no systemd-analyze")
    def test_systemd_analyze(self):
        """With the memprof under test for the installed one, as it checks that the program exists."""
        text = pathlib.Path(UNIT).read_text("utf-8").replace("ExecStart=memprof ", "ExecStart=%s " % rig.MEMPROF)
        # It does not ask for the page that is installed with memprof.
        path = self.file(os.path.basename(UNIT), re.sub(r"(?m)^Documentation=.*\n", "", text))
        p = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True)
        said = [line for line in (p.stdout + p.stderr).splitlines() if "memprof" in line]
        self.assertEqual((p.returncode, said), (0, []), p.stdout + p.stderr)


class Command(rig.InFolder):
    def setUp(self):
        super().setUp()
        self.board = rig.FIRMWARE.board("unix")
        self.addCleanup(lambda: self.board.close())     # the board of then
        self.instance = PICO + "-if00"
        by_id = self.file("by-id")
        os.mkdir(by_id)
        os.symlink(self.board.path, os.path.join(by_id, "usb-" + self.instance))
        self.recording = self.file(self.instance + ".mprof")
        line, = unit()["Service"]["ExecStart"]
        program, *words = shlex.split(line)
        self.assertEqual(program, "memprof")
        self.assertEqual([line.count("/var/lib/memprof/"), line.count("/dev/serial/by-id/"), line.count("%")], [1, 1, 2])
        self.words = [word.replace("%i", self.instance).replace("/var/lib/memprof", self.folder)
                      .replace("/dev/serial/by-id", by_id) for word in words]

    def start(self):
        """As systemd does: no terminal, nothing to read, a user without a home."""
        environment = {key: value for key, value in os.environ.items() if key not in ("TERM", "XDG_CONFIG_HOME")}
        p = rig.start(*self.words, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True, env=dict(environment, HOME="/"))
        self.addCleanup(lambda: (p.poll() is None and p.kill(), p.wait(), p.stdout.close(), p.stderr.close()))
        n_before = self.n_samples()
        rig.wait_for(lambda: self.n_samples() > n_before or p.poll() is not None, "samples")
        self.assertIsNone(p.poll(), p.poll() is not None and p.stderr.read())
        return p

    def n_samples(self):
        """0 while there is no recording, or one without tables yet."""
        try:
            with contextlib.closing(self.open()) as db:
                return db.execute("SELECT total(samples) FROM sessions").fetchone()[0]
        except sqlite3.OperationalError:
            return 0

    def open(self):
        return sqlite3.connect("file:%s?mode=ro" % self.recording, uri=True)

    def stop(self, p):
        limit = int(unit()["Service"]["TimeoutStopSec"][0])
        p.send_signal(getattr(signal, unit()["Service"]["KillSignal"][0]))
        _, errors = p.communicate(timeout=limit)
        self.assertEqual(p.returncode, 0, errors)

    def read(self):
        rig.memprof("trend", self.recording, code=0)
        return rig.memprof("report", self.recording, code=0).stdout

    def sessions(self):
        with contextlib.closing(self.open()) as db:
            return db.execute("SELECT COUNT(*) FROM sessions").fetchone()[0]

    def test_three_seconds(self):
        """The prompt is given back, and the file is whole: nothing is left beside it."""
        self.stop(self.start())
        self.assertTrue(self.read())
        self.assertEqual(sorted(os.listdir(self.folder)), sorted(["by-id", self.instance + ".mprof"]))
        self.assertEqual(self.board.type("6 * 7"), "42")

    def test_unplugging_is_no_failure(self):
        """Exit 3, which the unit counts as success, so that there is no restart; the next start adds to the file. The board has
        its supply from the port, so it is reset too."""
        p = self.start()
        self.board.unplug()
        _, errors = p.communicate(timeout=20)
        self.assertEqual(unit()["Service"]["SuccessExitStatus"], [str(p.returncode)], errors)
        self.assertEqual(self.sessions(), 1)
        link = self.words[-1]
        self.board.close()
        self.board = rig.FIRMWARE.board("unix")
        os.unlink(link)
        os.symlink(self.board.path, link)
        self.stop(self.start())
        self.read()
        self.assertEqual(self.sessions(), 2)

    def test_a_second_recorder_is_a_failure(self):
        """Which the unit tries again later, as its code is another."""
        p = self.start()
        other = rig.memprof(*self.words, stdin=subprocess.DEVNULL)
        self.assertNotIn(str(other.returncode), unit()["Service"]["SuccessExitStatus"] + ["0"], other.stderr)
        self.stop(p)


if __name__ == "__main__":
    rig.main()
