import struct, binascii

END, ESC, ESC_END, ESC_ESC = 0xc0, 0xdb, 0xdc, 0xdd

def encode(payload):
    out = bytearray()
    out.append(END)
    for b in payload:
        if b == END:
            out.extend(b"\xdb\xdc")
        elif b == ESC:
            out.extend(b"\xdb\xdd")
        else:
            out.append(b)
    out.append(END)
    return out

class Decoder:
    def __init__(self, size, on_frame):
        self.buf = bytearray(size)
        self.view = memoryview(self.buf)
        self.n = 0
        self.esc = False
        self.on_frame = on_frame

    def feed(self, data):
        for b in data:
            if b == END:
                if self.n:
                    self.on_frame(self.view[:self.n])
                self.n = 0
            elif b == ESC:
                self.esc = True
            else:
                if self.esc:
                    b = END if b == ESC_END else ESC
                    self.esc = False
                self.buf[self.n] = b
                self.n += 1

stats = {"frames": 0, "bad": 0, "by_type": {}}

def on_frame(mv):
    body, crc = mv[:-4], mv[-4:]
    if binascii.crc32(body) != struct.unpack("<I", crc)[0]:
        stats["bad"] += 1
        return
    kind, seq = struct.unpack("<BH", body[:3])
    if kind == 2:
        values = struct.unpack("<%dH" % ((len(body) - 3) // 2), bytes(body[3:]))
        stats["peak"] = max(values)
    elif kind == 3:
        stats["text"] = str(bytes(body[3:]), "utf-8")
    by = stats["by_type"]
    by[kind] = by.get(kind, 0) + 1
    stats["frames"] += 1

dec = Decoder(256, on_frame)
carry = b""
for seq in range(13000):
    if seq % 3:
        vals = [(seq * k * 31) & 0xffff for k in range(1 + seq % 24)]
        body = struct.pack("<BH", 2, seq) + b"".join(struct.pack("<H", v) for v in vals)
    else:
        body = struct.pack("<BH", 3, seq) + ("status of unit %d is %s" % (seq % 40, "fine" if seq & 1 else "busy")).encode()
    wire = encode(body + struct.pack("<I", binascii.crc32(body)))
    if seq % 50 == 7:
        wire[4] ^= 1
    stream = carry + bytes(wire)
    cut = len(stream) - seq % 9
    dec.feed(stream[:cut])
    carry = stream[cut:]
    if seq % 1000 == 0:
        print(seq, stats["frames"], "frames,", stats["bad"], "bad,", stats.get("text"))
print(stats["frames"], stats["bad"])
