"""The wire of firmware-agent/PROTOCOL.md, read as slowly and plainly as can be: for tests, to hold senders to it.

Written from the document alone; nothing of memprof's own decoder or of an agent is in it.
"""
import base64
import re
import zlib

HELLO, POOL, POOL_GONE, STATS, BEGIN, AREA, ROWS, RAW, END, EVENT = range(1, 11)
KEY = 1


def uncobs(data):
    """The bytes behind Cheshire and Baker's stuffing; None if it is none."""
    out, at = bytearray(), 0
    while at < len(data):
        code = data[at]
        if code == 0 or at + code > len(data):
            return None
        out += data[at + 1:at + code]
        at += code
        if code < 255 and at < len(data):
            out.append(0)
    return bytes(out)


def body_of(data):
    """The body without its CRC, if these bytes are one."""
    if data is None or not 8 <= len(data) <= 125:
        return None
    return data[:-4] if zlib.crc32(data[:-4]) == int.from_bytes(data[-4:], "little") else None


def split(stream):
    """(bodies, everything else) of what a board sent, in either carrier."""
    bodies, rest = [], bytearray()
    at = 0
    while at < len(stream):
        end = stream.find(b"\0", at + 1) if stream[at] == 0 else -1
        if 0 < end <= at + 127:
            body = body_of(uncobs(stream[at + 1:end]))
            if body is not None:
                bodies.append(body)
                at = end + 1
                continue
        text = re.match(rb"mp\$([A-Za-z0-9+/]+=*)\$", stream[at:at + 200])
        if text:
            body = body_of(base64.b64decode(text[1]))
            if body is not None:
                bodies.append(body)
                at += text.end()
                continue
        rest.append(stream[at])
        at += 1
    return bodies, bytes(rest)


class Fields:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def u8(self):
        self.at += 1
        return self.data[self.at - 1]

    def u32(self):
        self.at += 4
        return int.from_bytes(self.data[self.at - 4:self.at], "little")

    def varint(self):
        value = shift = 0
        while True:
            byte = self.u8()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                assert shift <= 70 and value < 1 << 64
                return value

    def rest(self):
        data, self.at = self.data[self.at:], len(self.data)
        return data


def nibbles_of(data):
    for byte in data:
        yield byte & 15
        yield byte >> 4


class Area:
    def __init__(self, address, n_blocks):
        self.address, self.n_blocks = address, n_blocks
        self.codes = [None] * n_blocks

    def put(self, first, codes):
        assert first + len(codes) <= self.n_blocks, "rows beyond the area"
        self.codes[first:first + len(codes)] = codes

    def row_crc(self, row):
        codes = self.codes[row * 64:row * 64 + 64]
        codes += [0] * (64 - len(codes))
        return zlib.crc32(bytes(codes[i] | codes[i + 1] << 4 for i in range(0, 64, 2)))


class Snapshot:
    """A block table at one moment."""

    def __init__(self, fields):
        self.flags, self.at_ms, self.block_bytes, self.n_areas, self.stack, self.stack_limit = (
            fields.u8(), fields.varint(), fields.varint(), fields.varint(), fields.varint(), fields.varint())
        self.areas = []
        self.n_row_bytes = 0

    def finish(self, fields):
        self.digest, self.pause_us, self.n_abandoned, self.n_skipped, self.n_collections = (
            fields.u32(), fields.varint(), fields.varint(), fields.varint(), fields.varint())

    def digest_of_rows(self):
        data = bytearray()
        for area in self.areas:
            data += area.address.to_bytes(8, "little") + area.n_blocks.to_bytes(4, "little")
            for row in range((area.n_blocks + 63) // 64):
                data += area.row_crc(row).to_bytes(4, "little")
        return zlib.crc32(data)

    def letters(self):
        """As mem_info(1) draws it, where heads have no kind: one text for each area."""
        return ["".join(".=hm"[code] for code in area.codes) for area in self.areas]

    def used(self):
        return sum(code != 0 for area in self.areas for code in area.codes) * self.block_bytes


class Receiver:
    """Takes a whole stream. Fails at whatever a sender may not do; the channel is taken for a good one."""

    def __init__(self, stream):
        self.bodies, self.console = split(stream)
        self.hellos, self.snapshots, self.stats, self.marks = [], [], [], []
        self.open = None
        session = None
        for body in self.bodies:
            kind, this_session, sequence = body[0], body[1], int.from_bytes(body[2:4], "little")
            if this_session != session:
                session, expected, self.last = this_session, 0, None
            assert sequence == expected, "frame %d came for %d" % (sequence, expected)
            expected = (sequence + 1) & 0xffff
            self.take(kind, Fields(body[4:]))

    def take(self, kind, fields):
        if kind == HELLO:
            hello = {"wire": (fields.u8(), fields.u8()), "agent": tuple(fields.u8() for _ in range(3)),
                     "pointer_bytes": fields.u8(), "block_bytes": fields.varint(), "abilities": fields.varint(),
                     "period_ms": fields.varint()}
            while fields.at < len(fields.data):
                tag, n = fields.u8(), fields.u8()
                hello[tag] = bytes(fields.u8() for _ in range(n)).decode()
            self.hellos.append(hello)
        elif kind == STATS:
            pool, at_ms, mask = fields.u8(), fields.varint(), fields.varint()
            values = {1 << i: fields.varint() for i in range(64) if mask >> i & 1}
            self.stats.append((pool, at_ms, values))
        elif kind == EVENT:
            what, at_ms = fields.u8(), fields.varint()
            assert what == 6
            self.marks.append((at_ms, fields.rest().decode()))
        elif kind in (BEGIN, AREA, ROWS, RAW, END):
            self.take_part(kind, fields)
        else:
            raise AssertionError("type %d" % kind)

    def take_part(self, kind, fields):
        pool, number, index = fields.u8(), fields.u8(), fields.varint()
        assert pool == 0
        if kind == BEGIN:
            assert index == 0
            self.open, self.number, self.index, self.place = Snapshot(fields), number, 0, (0, 0)
            return
        self.index += 1
        assert (number, index) == (self.number, self.index), "part %d of %d" % (index, number)
        snapshot = self.open
        if kind == AREA:
            i, memory, address, n_blocks = fields.varint(), fields.u8(), fields.varint(), fields.varint()
            assert i == len(snapshot.areas) and memory == 0
            area = Area(address, n_blocks)
            if not snapshot.flags & KEY:
                before = self.last.areas[i]
                assert self.last_number == (number - 1) & 255
                assert (before.address, before.n_blocks) == (address, n_blocks)
                area.codes = list(before.codes)
            snapshot.areas.append(area)
        elif kind == END:
            assert len(snapshot.areas) == snapshot.n_areas
            snapshot.finish(fields)
            assert all(code is not None for area in snapshot.areas for code in area.codes), "rows are missing"
            assert snapshot.digest_of_rows() == snapshot.digest, "the digest is another"
            self.snapshots.append(snapshot)
            self.last, self.last_number, self.open = snapshot, number, None
        else:
            i, first, data = fields.varint(), fields.varint(), fields.rest()
            assert (i, first) >= self.place, "rows out of order"
            codes = self.raw(data) if kind == RAW else self.tokens(data)
            assert first % 4 == 0
            snapshot.areas[i].put(first, codes)
            snapshot.n_row_bytes += len(data)
            self.place = (i, first + len(codes))

    @staticmethod
    def raw(data):
        return [(0, 2, 1, 3)[byte >> shift & 3] for byte in data for shift in (0, 2, 4, 6)]

    @staticmethod
    def tokens(data):
        codes, nibbles = [], nibbles_of(data)
        for nibble in nibbles:
            if nibble in (0, 1):
                length = shift = 0
                while True:
                    part = next(nibbles)
                    length |= (part & 7) << shift
                    shift += 3
                    if part < 8:
                        break
                codes += [nibble] * (length + 1)
            elif nibble <= 12:
                codes.append(nibble)
            elif nibble == 13:
                codes.append(1)
            else:
                assert nibble == 15 and next(nibbles, None) is None, "token %d" % nibble
        return codes
