"""USB devices under umockdev (mock-usb.c), with a real board's bytes behind their endpoints."""
import struct
import termios
import threading

from mock import Bench, Cable

COMMUNICATIONS, DATA, VENDOR = 2, 10, 255
BULK, INTERRUPT = 2, 3


def descriptor(kind, *rest):
    body = b"".join(bytes([r]) if isinstance(r, int) else r for r in rest)
    return bytes([len(body) + 2, kind]) + body


def interface(number, cls, subclass=0, protocol=0, n_endpoints=0, setting=0):
    return descriptor(4, number, setting, n_endpoints, cls, subclass, protocol, 0)


def endpoint(address, kind=BULK, n_bytes=64):
    return descriptor(5, address, kind, struct.pack("<H", n_bytes), 0)


def association(first, n):
    return descriptor(11, first, n, COMMUNICATIONS, 2, 0, 0)


def union(control, data):
    return descriptor(0x24, 6, control, data)


def acm(first, in_, out, notify, n_bytes=64, associated=True):
    """A function as TinyUSB describes it: two interfaces, the first for the line."""
    return ((association(first, 2) if associated else b"") + interface(first, COMMUNICATIONS, 2, 0, 1) +
            descriptor(0x24, 0, 0x20, 1) + descriptor(0x24, 1, 0, first + 1) + descriptor(0x24, 2, 6) +
            union(first, first + 1) + endpoint(notify, INTERRUPT, 8) +
            interface(first + 1, DATA, n_endpoints=2) + endpoint(out, BULK, n_bytes) +
            endpoint(in_, BULK, n_bytes))


def configuration(n_interfaces, *parts):
    body = b"".join(parts)
    return descriptor(2, struct.pack("<H", 9 + len(body)), n_interfaces, 1, 0, 0x80, 125) + body


def device(config, vid="2e8a", pid="0005"):
    """The device descriptor and the configuration's, as sysfs has them."""
    ids = struct.pack("<HH", int(vid, 16), int(pid, 16))
    return descriptor(1, b"\0\2", 0xef, 2, 1, 64, ids, b"\0\1", 1, 2, 3, 1) + config


ONE = configuration(2, acm(0, 0x82, 0x02, 0x81))
TWO = configuration(4, acm(0, 0x82, 0x02, 0x81), acm(2, 0x84, 0x04, 0x83))
NONE = configuration(1, interface(0, VENDOR, n_endpoints=2), endpoint(0x81), endpoint(0x01))


def connect(cable, board):
    def say(data):
        cable.say(data)
        termios.tcflush(board.keep, termios.TCIFLUSH)  # its pty has no reader and must not fill up
    cable.board, board.on_heard = board, say


class UsbBench(Bench):
    """The place where USB boards are plugged in. A cable is known by plug and endpoint: ("1-1", 0x82)."""
    PROGRAM = "mock-usb"

    def __init__(self, programs):
        super().__init__(programs)
        self.n_devices = 1

    def plug(self, plug="1-1", board=None, ids=("2e8a", "0005"), serial="e6614c31", driver="cdc_acm", config=ONE,
             product="Board in FS mode", channels=((0x82, 0x02),)):
        """The cable of the first channel, which the board is on."""
        self.n_devices += 1
        self.ask("plug", plug, str(self.n_devices), *ids, serial, driver, device(config, *ids).hex(), product)
        cables = [self.channel(plug, *pair) for pair in channels]
        if board:
            connect(cables[0], board)
        return cables[0] if cables else None

    def channel(self, plug, in_, out):
        cable = Cable(self, None)
        waiter = threading.Thread(target=cable.connect, daemon=True)
        waiter.start()
        self.ask("channel", plug, "%x" % in_, "%x" % out, cable.path)
        waiter.join()
        self.cables[plug, in_] = cable
        return cable

    def fault(self, plug, name, number=0):
        self.ask("fault", plug, name, str(number))

    def forget(self, plug):
        """Its cables, once it has been unplugged by whomever."""
        for key in [k for k in self.cables if k[0] == plug]:
            self.cables.pop(key).close()

    def unplug(self, plug="1-1"):
        self.ask("unplug", plug)
        self.forget(plug)

    def drivers(self, plug="1-1"):
        """The interfaces that the kernel's driver has, and those that a program has, as bits."""
        return tuple(int(word) for word in self.ask("state", plug))

    def calls(self, plug="1-1"):
        """[("CLAIM", "0"), ...]: what was done to a device."""
        with open(self.log_path) as log:
            lines = [line.split() for line in log]
        return [tuple(line[1:]) for line in lines if line[0] == plug]

    def requests(self, plug="1-1"):
        """[(0x22, 3), (0x20, 115200), ...]: for the line, with its value."""
        ret = []
        for call in self.calls(plug):
            if call[0] == "REQUEST":
                baud = int.from_bytes(bytes.fromhex(call[5])[:4], "little") if len(call) > 5 else None
                ret.append((int(call[2], 16), baud if baud is not None else int(call[3], 16)))
        return ret
