"""The receiving side of firmware-agent/PROTOCOL.md, written from that text alone: what the tests hold the
agent, and memprof, against. All that is wrong raises WireError; it is for streams that lose nothing, or
whose losses the test expects (Receiver.lost)."""
import base64
import binascii
import re
import struct
from collections import namedtuple

HELLO, POOL, POOL_GONE, STATS, BEGIN, AREA, ROWS, RAW, END, EVENT, QSTR, MEMORY, ALLOCATIONS = range(1, 14)
TASK, STOPS, HELD, SITE, SITE_GONE, SITES, NAME = range(14, 21)
EVENTS = {1: "gc began", 2: "gc ended", 3: "failed", 4: "soft reset", 5: "threshold", 6: "mark", 7: "recovered",
          8: "area added", 9: "area removed", 10: "events lost", 11: "large", 12: "last words"}
ABILITIES = {"kinds": 1, "finalisers": 2, "deltas": 4, "reports gc": 8, "reports failed": 16, "takes requests": 32, "rolls": 64,
             "reads": 128, "qstr": 256, "pools": 512, "holds": 1024, "sites": 2048}
STATISTICS = ("total", "used", "free", "largest_free", "largest_fit", "peak", "least_free", "allocations", "failures",
              "used_blocks", "free_blocks", "damaged")
WINDOW = ("allocations", "allocated", "frees", "freed", "failures", "large", "least_used", "most_used", "least_free")
KEY, ROLLING, KINDS, FINALISERS = 1, 2, 4, 8
FREE, TAIL, HEAD, MARKED = 0, 1, 2, 3
LETTERS = ".=hmTLDSAFBMf"       # of the codes; f: a head with a finaliser
ROW = 64
ASK_HELLO, ASK_SNAPSHOT, ASK_ROWS, SET_PERIOD, READ, ASK_QSTR, ASK_STATS, HOLD, SET_SITES, ASK_NAME = range(0x41, 0x4b)

Frame = namedtuple("Frame", "type session sequence payload")
Text = namedtuple("Text", "bytes")


class WireError(AssertionError):
    pass


def crc32(data):
    return binascii.crc32(data) & 0xffffffff


def cobs_decode(data):
    """The bytes, or None if that is not COBS."""
    out, at = bytearray(), 0
    while at < len(data):
        code = data[at]
        if code == 0 or at + code > len(data):
            return None
        out += data[at + 1:at + code]
        at += code
        if code != 0xff and at < len(data):
            out.append(0)
    return bytes(out)


def cobs_encode(data):
    out = bytearray()
    for group in data.split(b"\0"):
        while len(group) >= 254:
            out += b"\xff" + group[:254]
            group = group[254:]
        out += bytes([len(group) + 1]) + group
    return bytes(out)


def varint(value):
    out = bytearray()
    while value > 0x7f:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def body_of(type, session, sequence, payload):
    head = struct.pack("<BBH", type, session, sequence) + payload
    return head + struct.pack("<I", crc32(head))


def encode(type, session, sequence, payload=b""):
    frame = b"\0" + cobs_encode(body_of(type, session, sequence, payload)) + b"\0"
    if len(frame) > 128:
        raise WireError("a frame of %d bytes" % len(frame))
    return frame


def request(type, session, sequence, payload=b""):
    """As encode, and masked if a console would act on a byte of it."""
    frame = encode(type, session, sequence, payload)
    acts_on = {1, 2, 3, 4, 5, 10, 13, 17, 19, 26, 28}
    if not set(frame) & acts_on:
        return frame
    mask = next(m for m in range(0x80, 0x100) if not {byte ^ m for byte in frame[1:-1]} & (acts_on | {0}))
    return bytes([0, mask]) + bytes(byte ^ mask for byte in frame[1:-1]) + b"\0"


def requests_of(data):
    """The requests that all of these bytes are; masks are undone."""
    if data[:1] + data[-1:] != b"\0\0":
        raise WireError("no request: %r" % data[:40])
    for piece in filter(None, data.split(b"\0")):
        if piece[0] & 0x80:
            piece = bytes(byte ^ piece[0] for byte in piece[1:])
        frame = frame_of_body(cobs_decode(piece) or b"")
        if not frame:
            raise WireError("no request: %r" % piece)
        yield frame


def frame_of_body(body):
    """The frame, or None if the CRC is not right."""
    if not 8 <= len(body) <= 125 or body[0] == 0 or crc32(body[:-4]) != struct.unpack("<I", body[-4:])[0]:
        return None
    return Frame(*struct.unpack("<BBH", body[:4]), body[4:-4])


class Splitter:
    """Bytes into Frames and Text, in the order in which they came. Frames in the text carrier are Text."""

    def __init__(self):
        self.held = b""

    def feed(self, data, last=False):
        data, at, text, out = self.held + data, 0, bytearray(), []
        while True:
            begin = data.find(b"\0", at)
            if begin < 0:
                text += data[at:]
                self.held = b""
                break
            text += data[at:begin]
            end = data.find(b"\0", begin + 1)
            if end < 0 and not last and len(data) - begin <= 127:
                self.held = data[begin:]
                break
            code = data[begin + 1:end]
            if code and code[0] & 0x80:     # masked
                code = bytes(byte ^ code[0] for byte in code[1:])
            body = cobs_decode(code) if 0 < end - begin <= 127 else None
            frame = frame_of_body(body) if body else None
            if not frame:
                text.append(0)
                at = begin + 1
                continue
            if text:
                out.append(Text(bytes(text)))
                text.clear()
            out.append(frame)
            at = end + 1
        if text:
            out.append(Text(bytes(text)))
        return out


def split(data):
    """(frames, all else) of what a board sent, in either carrier."""
    frames, rest = [], bytearray()

    def take(match):
        frame = frame_of_body(base64.b64decode(match[1]))
        frames.extend([frame] if frame else [])
        return b"" if frame else match[0]

    for item in Splitter().feed(data, last=True):
        if isinstance(item, Frame):
            frames.append(item)
        else:
            rest += re.sub(rb"mp\$([A-Za-z0-9+/]+=*)\$", take, item.bytes)
    return frames, bytes(rest)


class Fields:
    def __init__(self, payload):
        self.payload, self.at = payload, 0

    def bytes(self, n_bytes):
        if self.at + n_bytes > len(self.payload):
            raise WireError("a payload ends too early: %r" % self.payload)
        self.at += n_bytes
        return self.payload[self.at - n_bytes:self.at]

    def u8(self):
        return self.bytes(1)[0]

    def u32(self):
        return struct.unpack("<I", self.bytes(4))[0]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.u8()
            value |= (byte & 0x7f) << shift
            shift += 7
            if not byte & 0x80:
                break
        if shift > 70 or value >> 64:
            raise WireError("a varint that is too long")
        return value

    def varints(self, *names):
        return {name: self.varint() for name in names}

    def rest(self):
        return self.bytes(len(self.payload) - self.at)


def nibbles(data):
    for byte in data:
        yield byte & 15
        yield byte >> 4


def length_of(stream):
    value = shift = 0
    for nibble in stream:
        value |= (nibble & 7) << shift
        shift += 3
        if not nibble & 8:
            return value + 1
    raise WireError("a length ends too early")


def blocks_of(tokens):
    """Codes of the blocks from `first` on; None for one that was not sent."""
    out, stream = [], nibbles(tokens)
    for nibble in stream:
        if nibble in (FREE, TAIL):
            out += [nibble] * length_of(stream)
        elif 2 <= nibble <= 12:
            out.append(nibble)
        elif nibble == 13:
            out.append(TAIL)
        elif nibble == 14:
            out += [None] * (ROW * length_of(stream))
        elif next(stream, None) is not None:
            raise WireError("padding in the middle")
    return out


def raw_codes(table):
    return [(FREE, HEAD, TAIL, MARKED)[byte >> shift & 3] for byte in table for shift in (0, 2, 4, 6)]


def row_crc(codes):
    codes = list(codes) + [0] * (ROW - len(codes))
    return crc32(bytes(codes[i] | codes[i + 1] << 4 for i in range(0, ROW, 2)))


class Area:
    def __init__(self, memory, address, n_blocks):
        self.memory, self.address, self.codes = memory, address, [None] * n_blocks

    def letters(self):
        return "".join(LETTERS[code] for code in self.codes)


class Snapshot:
    """One that is whole and whose digest is right, or one under way."""

    def __init__(self, pool, number, fields, before):
        self.pool, self.number, self.next_index = pool, number, 0
        self.flags = fields.u8()
        for name in ("at_ms", "block_bytes", "n_areas", "stack_used", "stack_limit"):
            setattr(self, name, fields.varint())
        self.key = bool(self.flags & KEY)
        self.areas = []
        self.before = None if self.key else before
        self.n_bytes = self.n_frames = 0
        self.row_at = (0, 0)
        self.stops = None       # (count, longest_us, took_ms), from STOPS
        if not self.key and (before is None or before.number != (number - 1) % 256):
            raise WireError("a delta against a snapshot that is not there")

    def area(self, fields):
        if fields.varint() != len(self.areas):
            raise WireError("areas out of order")
        self.areas.append(Area(fields.u8(), fields.varint(), fields.varint()))
        if self.before:
            old = self.before.areas[len(self.areas) - 1]
            if (old.address, len(old.codes)) == (self.areas[-1].address, len(self.areas[-1].codes)):
                self.areas[-1].codes = list(old.codes)

    def rows(self, fields, raw):
        i_area, first = fields.varint(), fields.varint()
        area = self.areas[i_area]
        if raw:
            codes = raw_codes(fields.rest())[:len(area.codes) - first]
        else:
            codes = blocks_of(fields.rest())
        if (i_area, first) < self.row_at:
            raise WireError("rows out of order")
        if None in codes and self.key:
            raise WireError("rows left out of a key snapshot")
        if first + len(codes) > len(area.codes):
            # A run of rows that are left out may end beyond a last row that is not whole.
            codes, more = codes[:len(area.codes) - first], codes[len(area.codes) - first:]
            if any(code is not None for code in more) or len(more) >= ROW:
                raise WireError("more blocks than the area has")
        for i, code in enumerate(codes, first):
            if code is not None:
                area.codes[i] = code
        self.row_at = (i_area, first + len(codes))

    def end(self, fields):
        digest = fields.u32()
        for name in ("pause_us", "n_abandoned", "n_skipped", "n_collections"):
            setattr(self, name, fields.varint())
        self.wait_us = fields.varint() if fields.at < len(fields.payload) else None     # since 1.1
        if len(self.areas) != self.n_areas or any(None in area.codes for area in self.areas):
            raise WireError("a snapshot is not whole")
        data = b""
        for area in self.areas:
            data += struct.pack("<QI", area.address, len(area.codes))
            data += b"".join(struct.pack("<I", row_crc(area.codes[i:i + ROW])) for i in range(0, len(area.codes), ROW))
        return crc32(data) == digest


class Receiver:
    """What a board sends. `text` is the console's; the lists are in the order of arrival."""

    def __init__(self):
        self.splitter = Splitter()
        self.text = bytearray()
        self.tasks, self.next_tasks = [], []   # of the last round, and of the one under way
        self.hellos, self.pools, self.stats, self.events, self.snapshots, self.other = [], {}, {}, [], [], []
        self.windows = []
        self.sites, self.sites_lost = [], 0     # all samples of allocations
        self.open, self.last = {}, {}
        self.session = self.sequence = None
        self.lost = self.n_frames = self.n_frame_bytes = self.abandoned = 0
        self.session_changes = 0
        self.unshown = 0        # deltas whose digest is not right: a row changed, and its hash of 16 bits did not

    def feed(self, data, last=False):
        for item in self.splitter.feed(data, last):
            if isinstance(item, Text):
                self.text += item.bytes
            else:
                self.frame(item)

    def frame(self, frame):
        if frame.session != self.session:
            self.session, self.sequence = frame.session, frame.sequence
            self.session_changes += 1
            self.open, self.last = {}, {}
        else:
            self.lost += (frame.sequence - self.sequence - 1) % 65536
            self.sequence = frame.sequence
        self.n_frames += 1
        n_bytes = len(frame.payload) + 8 + 3
        self.n_frame_bytes += n_bytes
        fields = Fields(frame.payload)
        if frame.type == HELLO:
            self.hello(fields)
        elif frame.type == POOL:
            pool = {"id": fields.u8(), "kind": fields.u8(), "memory": fields.u8()}
            pool.update(fields.varints("address", "size_bytes", "granule_bytes"), name=fields.rest().decode())
            self.pools[pool["id"]] = pool
        elif frame.type == POOL_GONE:
            self.pools.pop(fields.u8(), None)
        elif frame.type == STATS:
            pool, at_ms, mask = fields.u8(), fields.varint(), fields.varint()
            self.stats[pool] = dict(at_ms=at_ms, **{
                name: fields.varint() for i, name in enumerate(STATISTICS) if mask >> i & 1})
        elif BEGIN <= frame.type <= END:
            self.snapshot(frame.type, fields, n_bytes)
        elif frame.type == STOPS:
            pool, number = fields.u8(), fields.u8()
            if pool not in self.open or self.open[pool].number != number:
                raise WireError("STOPS of a snapshot that is not under way")
            self.open[pool].stops = tuple(fields.varint() for _ in range(3))
        elif frame.type == EVENT:
            self.event(fields)
        elif frame.type == ALLOCATIONS:
            window = {"pool": fields.u8(), "at_ms": fields.varint(), "window_ms": fields.varint()}
            mask = fields.varint()
            window.update({name: fields.varint() for i, name in enumerate(WINDOW) if mask >> i & 1})
            if mask >> len(WINDOW):
                raise WireError("a figure of a later version")
            window["sizes"] = [fields.varint() for _ in range(fields.u8())]
            window["after"] = len(self.snapshots)
            self.windows.append(window)
        elif frame.type == TASK:
            self.task(fields)
        elif frame.type == SITE:
            self.site(fields)
        elif frame.type == SITE_GONE:
            self.site_gone(fields)
        else:
            self.other.append(frame)

    def hello(self, fields):
        hello = {"wire": (fields.u8(), fields.u8()), "agent": tuple(fields.bytes(3)), "pointer_bytes": fields.u8()}
        hello.update(fields.varints("block_bytes", "abilities", "period_ms"))
        hello["can"] = {name for name, bit in ABILITIES.items() if hello["abilities"] & bit}
        hello["tags"] = {}
        while fields.at < len(fields.payload):
            tag = fields.u8()
            hello["tags"][tag] = fields.bytes(fields.u8())
        self.hellos.append(hello)

    def event(self, fields):
        event = {"what": EVENTS[fields.u8()], "at_ms": fields.varint()}
        if event["what"] == "gc ended":
            event["duration_us"] = fields.varint()
        elif event["what"] in ("failed", "recovered"):
            event.update(pool=fields.u8(), bytes=fields.varint())
            if fields.at < len(fields.payload):     # since 1.2
                event.update(caller=fields.varint(), largest=fields.varint(), task=fields.bytes(fields.u8()).decode())
        elif event["what"] == "large":
            event.update(pool=fields.u8(), bytes=fields.varint(), caller=fields.varint())
        elif event["what"] == "last words":
            event.update(then_ms=fields.varint(), pool=fields.u8())
            event.update(fields.varints("bytes", "largest", "caller", "fault"), task=fields.bytes(fields.u8()).decode())
        elif event["what"] == "mark":
            event["label"] = fields.rest().decode()
        elif event["what"] == "events lost":
            event["count"] = fields.varint()
        event["after"] = len(self.snapshots)
        self.events.append(event)

    def task(self, fields):
        number, flags = fields.u8(), fields.u8()
        task = fields.varints("at_ms", "stack", "least_free", "used", "address")
        task.update(name=fields.rest().decode(), current=bool(flags & 1), measured=not flags & 4)
        if number == 0:     # a round that the channel did not take is not ended
            self.next_tasks = []
        if number != len(self.next_tasks):
            raise WireError("task %d, %d was next" % (number, len(self.next_tasks)))
        if flags & 8:
            raise WireError("the agent has no room for all tasks")
        self.next_tasks.append(task)
        if flags & 2:
            self.tasks, self.next_tasks = self.next_tasks, []

    def site(self, fields):
        """`alive`: its block has not been freed; None: not known."""
        self.sites_lost, flags = fields.varint(), fields.u8()
        site = fields.varints("number", "step", "size", "address")
        site.update(cut=bool(flags & 16), alive=None if flags & 32 else True,
                    frames=[(fields.varint(), fields.varint(), fields.varint()) for _ in range(flags & 15)],
                    size_class=fields.u8(), class_bytes=fields.varint())
        if fields.at < len(fields.payload) or flags > 63:
            raise WireError("a sample of a later version")
        if site["size_class"] > 31 or site["class_bytes"] < site["size"]:
            raise WireError("%d bytes were requested in class %d" % (site["class_bytes"], site["size_class"]))
        if self.sites and site["number"] != (self.sites[-1]["number"] + 1) % 65536:
            raise WireError("sample %d after %d" % (site["number"], self.sites[-1]["number"]))
        self.sites.append(site)

    def site_gone(self, fields):
        """The last sample of a number is the one that is meant."""
        number, state = fields.varint(), fields.u8()
        site = next((site for site in reversed(self.sites) if site["number"] == number), None)
        if site is None:    # of a sample before the first one that was heard
            return
        if site["alive"] is not True or state not in (1, 2):
            raise WireError("sample %d is gone twice, or was not followed" % number)
        site["alive"] = False if state == 1 else None

    def snapshot(self, type, fields, n_bytes):
        pool, number, index = fields.u8(), fields.u8(), fields.varint()
        if type == BEGIN:
            if index:
                raise WireError("BEGIN is frame %d" % index)
            self.abandoned += pool in self.open
            self.open[pool] = Snapshot(pool, number, fields, self.last.get(pool))
        snapshot = self.open.get(pool)
        if snapshot is None or snapshot.number != number:
            raise WireError("a frame of a snapshot that did not begin")
        if index != snapshot.next_index:
            raise WireError("frame %d of a snapshot, %d was next" % (index, snapshot.next_index))
        snapshot.next_index += 1
        snapshot.n_bytes += n_bytes
        snapshot.n_frames += 1
        if type == AREA:
            snapshot.area(fields)
        elif type in (ROWS, RAW):
            snapshot.rows(fields, type == RAW)
        elif type == END:
            right = snapshot.end(fields)
            del self.open[pool]
            self.last[pool] = snapshot
            if right:
                self.snapshots.append(snapshot)
            elif snapshot.key:
                raise WireError("the digest of a key snapshot is not that of its blocks")
            else:
                self.unshown += 1


def receive(data):
    """All of a stream, in either carrier."""
    receiver = Receiver()
    frames, receiver.text = split(data)
    for frame in frames:
        receiver.frame(frame)
    return receiver
