"""A camera that speaks OpenMV's protocol, version 2: written from its specification (openmv docs/protocol.md and
protocol/omv_protocol.c), not from memprof's side of it. It has no script and no sensor: its pools are figures that
move.

What goes wrong on the way is said by two functions that a test may replace: `spoil(i, packet)` gives the pieces that are
really sent for the i-th packet of the camera, `mishear(i, packet)` those that are heard of memprof's.
"""
import contextlib
import os
import pty
import select
import struct
import threading
import time
import tty

import virtual

ACK, NAK, RTX, ACK_REQ, FRAGMENT, EVENT = 1, 2, 4, 8, 0x10, 0x20
SYNC, GET_CAPS, SET_CAPS, STATS, VERSION = 0, 1, 2, 3, 4
RESET, BOOT, INFO, SYS_EVENT, MEMORY = 0x10, 0x11, 0x12, 0x13, 0x14
LIST, POLL, LOCK, UNLOCK, SHAPE, SIZE, READ, WRITE, IOCTL, CHANNEL_EVENT = range(0x20, 0x2A)
FAILED, INVALID, TIMEOUT, BUSY, CHECKSUM, SEQUENCE, OVERFLOW = range(1, 8)
CHANNELS = ((0, 0x40, b"usb"), (1, 0x06, b"stdin"), (2, 0x01, b"stdout"), (3, 0x09, b"stream"))
RETRIES, RETRY_SECONDS = 3, 0.5
RING = 1024
FAST, ITCM, DTCM, TRANSIENT = 1, 2, 4, 64
K, M = 1024, 1024 * 1024
# USB id, GC areas, UMA pools: (size, flags)
H7_PLUS = (0x37C5124A, (232 * K, 4 * M), ((27 * M, 0), (496 * K, FAST | DTCM)))
N6 = (0x37C51206, (1 * M, 24 * M), ((31 * M, 0), (590 * K, FAST | DTCM), (128 * K, DTCM),
                                    (1792 * K, FAST | DTCM | TRANSIENT)))
M4 = (0x37C51202, (44 * K,), ((160 * K, 0),))


def crc(data, width, polynomial):
    """Bit by bit, as the specification has it: all ones first, highest bit first."""
    top, mask = 1 << (width - 1), (1 << width) - 1
    value = mask
    for byte in data:
        value ^= byte << (width - 8)
        for _ in range(8):
            value = ((value << 1) ^ polynomial if value & top else value << 1) & mask
    return value


def packet(sequence, channel, flags, opcode, payload=b""):
    head = struct.pack("<HBBBBH", 0xD5AA, sequence, channel, flags, opcode, len(payload))
    head += struct.pack("<H", crc(head, 16, 0xF94F))
    return head + payload + (struct.pack("<I", crc(payload, 32, 0xFA567D89)) if payload else b"")


class RealTime:
    now, sleep = time.monotonic, time.sleep

    @staticmethod
    def thread(target):
        threading.Thread(target=target, daemon=True).start()


class Camera:
    """press() is its input, on_heard() gets its output, as for the other boards here. clock: virtual.clock, or real time."""

    def __init__(self, board=H7_PLUS, protocol=(1, 0, 2), firmware=(5, 0, 1), max_payload=4082, clock=RealTime):
        self.clock = clock
        self.usb_id, areas, self.pools = board
        self.gc_total, self.gc_used = sum(areas), 100000
        self.frame_kb = 2 * K           # a script changes it
        self.protocol, self.firmware = protocol, firmware
        self.caps = struct.pack("<IH10x", 0x0F, max_payload)
        self.default_payload = self.max_payload = max_payload
        self.lock = threading.RLock()
        self.on_heard = lambda data: None
        self.spoil = self.mishear = lambda i, data: [data]
        self.deaf = False
        self.refuse = {}                # opcode: statuses, one for each time it is asked
        self.text = b""
        self.script = False
        self.heard = []                 # (opcode, channel, payload) of each question
        self.n_sent = self.n_heard = self.n_memory = self.n_repeated = self.n_syncs = 0
        self.buffer = b""
        self.sequence = 0
        self.unacknowledged = None      # (sequence, opcode, bytes)
        self.queue = []                 # what is sent once that is
        self.tries, self.again = 0, 0.0
        self.is_over = False
        clock.thread(self._run)

    def close(self):
        self.is_over = True

    # ---- sending ----

    def _send(self, data):
        for piece in self.spoil(self.n_sent, data):
            self.on_heard(piece)
        self.n_sent += 1

    def _next(self):
        """Fragments go out one by one, each after the acknowledgement of the one before."""
        if self.unacknowledged or not self.queue:
            return
        make = self.queue.pop(0)
        data = make()
        if data:
            self.unacknowledged = (data[2], data[5], data)
            self.tries, self.again = 0, self.clock.now() + RETRY_SECONDS
            self._send(data)
        else:
            self._next()

    def _answer(self, opcode, channel, payload, more=0):
        """`more`: flags of the last fragment."""
        pieces = [payload[i:i + self.max_payload] for i in range(0, len(payload), self.max_payload)] or [b""]
        for i, piece in enumerate(pieces):
            flags = ACK_REQ | (FRAGMENT if i < len(pieces) - 1 else more)
            self.queue.append(lambda piece=piece, flags=flags: self._numbered(channel, flags, opcode, piece))
        self._next()

    def _numbered(self, channel, flags, opcode, payload):
        data = packet(self.sequence, channel, flags, opcode, payload)
        self.sequence = (self.sequence + 1) & 255
        return data

    def _status(self, opcode, channel, status=0):
        payload = struct.pack("<H", status) if status else b""
        self._send(self._numbered(channel, NAK if status else ACK, opcode, payload))

    def event(self, channel, event, flags=0):
        with self.lock:
            opcode = CHANNEL_EVENT if channel else SYS_EVENT
            self._send(packet(self.sequence, channel, EVENT | flags, opcode, struct.pack("<H", event)))

    def _run(self):
        while not self.is_over:
            self.clock.sleep(0.02)
            with self.lock:
                if not self.unacknowledged or self.clock.now() < self.again:
                    continue
                sequence, opcode, data = self.unacknowledged
                if self.tries == RETRIES:
                    self._reset()
                    continue
                self.tries += 1
                self.n_repeated += 1
                self.again = self.clock.now() + RETRY_SECONDS * 2 ** self.tries
                payload = data[10:-4] if len(data) > 10 else b""
                self._send(packet(sequence, data[3], data[4] | RTX, opcode, payload))

    # ---- hearing ----

    def _reset(self):
        self.sequence, self.unacknowledged, self.queue = 0, None, []
        self.max_payload = self.default_payload

    def press(self, data):
        with self.lock:
            self.buffer += data
            while True:
                one = self._take()
                if one is None:
                    return
                for piece in self.mishear(self.n_heard, one):
                    if not self.deaf and self._whole(piece):
                        self._hear(piece)
                self.n_heard += 1

    def _take(self):
        """The next packet in the buffer; what is none is dropped byte by byte."""
        while len(self.buffer) >= 10:
            n = struct.unpack_from("<H", self.buffer, 6)[0]
            if self.buffer[:2] != b"\xaa\xd5" or n > 4082 or \
                    crc(self.buffer[:8], 16, 0xF94F) != struct.unpack_from("<H", self.buffer, 8)[0]:
                self.buffer = self.buffer[1:]
                continue
            n_all = 10 + n + (4 if n else 0)
            if len(self.buffer) < n_all:
                return None
            one, self.buffer = self.buffer[:n_all], self.buffer[n_all:]
            return one
        return None

    @staticmethod
    def _whole(data):
        n = struct.unpack_from("<H", data, 6)[0] if len(data) >= 10 else -1
        return n >= 0 and len(data) == 10 + n + (4 if n else 0) and data == packet(*data[2:6], data[10:10 + n])

    def _hear(self, data):
        sequence, channel, flags, opcode = data[2:6]
        payload = data[10:-4] if len(data) > 10 else b""
        if opcode == SYNC and not payload and not flags & ACK:
            self._reset()
            self.n_syncs += 1
            self._status(SYNC, 0)
            self.sequence = 0
        elif flags & (ACK | NAK):
            if self.unacknowledged and self.unacknowledged[:2] == (sequence, opcode):
                self.unacknowledged = None
                self._next()
        elif self.unacknowledged:
            return                      # it looks for nothing but the acknowledgement
        elif sequence != self.sequence:
            self._status(opcode, channel, SEQUENCE)
        elif channel and opcode < LIST:
            self._status(opcode, channel, INVALID)
        else:
            self.heard.append((opcode, channel, payload))
            self._obey(opcode, channel, payload)

    # ---- what it can ----

    def _obey(self, opcode, channel, payload):
        refusals = self.refuse.get(opcode)
        if refusals:
            self._status(opcode, channel, refusals.pop(0))
        elif opcode == GET_CAPS:
            self._answer(opcode, channel, self.caps)
        elif opcode == SET_CAPS:
            n = struct.unpack_from("<IH", payload)[1] if len(payload) == 16 else 0
            self._status(opcode, channel, 0 if 50 <= n <= self.default_payload else INVALID)
            self.max_payload = n or self.max_payload
        elif opcode == VERSION:
            self._answer(opcode, channel, bytes((*self.protocol, 1, 0, 0, *self.firmware)) + bytes(7))
        elif opcode == INFO:
            self._answer(opcode, channel, struct.pack("<I3II16x2I5I8x", 0x411FC271, 0x30303030, 0x20202020, 0x10101010,
                                                      self.usb_id, 0, 0, 0, 0, 0, self.frame_kb, 1 * K))
        elif opcode == MEMORY and self.protocol >= (1, 0, 2):
            self._answer(opcode, channel, self.memory())
        elif opcode == LIST:
            self._answer(opcode, channel, b"".join(struct.pack("<BB14s", *c) for c in CHANNELS))
        elif opcode == POLL:
            self._answer(opcode, channel, struct.pack("<I", self.script << 1 | bool(self.text) << 2))
        elif opcode == SIZE and channel == 2:
            self._answer(opcode, channel, struct.pack("<I", len(self.text)))
        elif opcode == READ and channel == 2 and len(payload) == 8:
            self._read(struct.unpack("<II", payload)[1])
        else:
            self._status(opcode, channel, INVALID)

    def _read(self, n):
        """512 bytes at a time; what was not there after all is a failure at the end."""
        while n > 0 and self.text:
            size = min(n, 512, len(self.text))
            piece, self.text = self.text[:size], self.text[size:]
            n -= size
            self._answer(READ, 2, piece, FRAGMENT if n else 0)
        if n:
            self.queue.append(lambda: self._status(READ, 2, FAILED))
            self._next()

    def memory(self):
        self.n_memory += 1
        self.gc_used += 16
        entries = [(0, 0, self.gc_total, self.gc_used, self.gc_total - self.gc_used, 0, 0)]
        for size, flags in self.pools:
            total = size - 3200         # TLSF's own
            used = total // 4
            entries.append((1, flags, total, used, total - used - 64, used // 2, total // 2))
        return struct.pack("<B3x", len(entries)) + b"".join(struct.pack("<BxH5I", *e) for e in entries)

    def print(self, text):
        with self.lock:
            self.text = text[-RING:] if len(self.text) + len(text) > RING else self.text + text

    def reboot(self, seconds):
        """A soft reboot: it reports that, and answers again after a while."""
        self.event(0, 2)
        with self.lock:
            self.deaf = True
            self._reset()
            self.gc_used = 50000
        self.clock.sleep(seconds)
        with self.lock:
            self.deaf = False


class OnSocket:
    """A camera, or whatever has press() and on_heard, in virtual time."""

    def __init__(self, board):
        self.listener = virtual.Listener()
        self.path = "tcp:127.0.0.1:%d" % self.listener.port
        self.raw = b""                  # all that memprof sent
        self.board, self.line = board, None
        board.on_heard = self._say
        virtual.clock.thread(self._serve)

    def _say(self, data):
        if self.line:
            with contextlib.suppress(OSError):
                self.line.sendall(data)

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                self.line = self.listener.accept()
                while data := self.line.recv(4096):
                    self.raw += data
                    self.board.press(data)

    def unplug(self):
        self.listener.close()
        if self.line:
            self.line.close()

    close = unplug


class OnPty:
    """The same at the far side of a pty."""

    def __init__(self, board):
        self.board = board
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)
        self.raw = b""                  # all that memprof sent
        board.on_heard = self._say
        self.thread = threading.Thread(target=self._pump, daemon=True)
        self.thread.start()

    def _say(self, data):
        with contextlib.suppress(OSError):
            os.write(self.master, data)

    def _pump(self):
        with contextlib.suppress(OSError, ValueError):      # it is unplugged
            while (master := self.master) >= 0:
                if select.select([master], [], [], 0.05)[0]:
                    data = os.read(master, 4096)
                    self.raw += data
                    self.board.press(data)

    def unplug(self):
        """Both sides: a program that has it open gets a hang-up."""
        master, self.master = self.master, -1
        self.thread.join()
        os.close(master)
        os.close(self.slave)

    def close(self):
        if self.master >= 0:
            self.unplug()
