import binascii

class Frame:
    waiting = {}

    def __init__(self, raw):
        self.src = raw[0]
        self.msg = raw[1] << 8 | raw[2]
        self.part = raw[3]
        self.parts = raw[4]
        self.data = raw[5:-4]
        self.crc = int.from_bytes(raw[-4:], "big")

    def valid(self):
        head = bytes([self.src, self.msg >> 8, self.msg & 255, self.part, self.parts])
        return binascii.crc32(head + self.data) == self.crc

    @classmethod
    def feed(cls, raw):
        f = cls(raw)
        if not f.valid():
            return None
        key = (f.src, f.msg)
        slots = cls.waiting.get(key)
        if slots is None:
            slots = [None] * f.parts
            cls.waiting[key] = slots
        slots[f.part] = f.data
        if None in slots:
            return None
        del cls.waiting[key]
        return b"".join(slots)

def split(src, msg, body, size=24):
    parts = (len(body) + size - 1) // size
    for i in range(parts):
        p = bytes([src, msg >> 8, msg & 255, i, parts]) + body[i * size:(i + 1) * size]
        yield p + binascii.crc32(p).to_bytes(4, "big")

def main():
    seed = 99
    got = noise = 0
    for n in range(9000):
        body = ("node %d reports %d at %d; " % (n % 5, n * 7 % 1000, n)).encode() * (1 + n % 3)
        for raw in split(n % 5, n, body):
            seed = (seed * 69069 + 1) & 0xffffffff
            if (seed >> 16) % 75 == 0:
                raw = raw[:6] + bytes([raw[6] ^ 16]) + raw[7:]
                noise += 1
            whole = Frame.feed(raw)
            if whole:
                got += len(whole)
        if n % 1000 == 0:
            print("msg", n, "bytes", got, "hit by noise", noise)
    print("total", got)

main()
