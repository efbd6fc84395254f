import struct

class BusError(Exception):
    pass

class Health:
    def __init__(self):
        self.seen = []
        self.resets = 0

    def note(self, exc):
        self.seen.append(exc)

    def ok(self):
        return len(self.seen) == 0 or self.resets < 1000

health = Health()

class Bme:
    def __init__(self):
        self.n = 0

    def read_raw(self):
        self.n += 1
        if self.n % 2600 > 2581:
            raise BusError("nack at read %d" % self.n, 0x76)
        return struct.pack("<iih", 2000 + self.n % 300, 101300 - self.n % 77, 4500)

    def read(self):
        t, p, h = struct.unpack("<iih", self.read_raw())
        return t / 100, p / 100, h / 100

def smooth(window, v):
    window.append(v)
    if len(window) > 12:
        window.pop(0)
    return sum(window) / len(window)

def run(samples):
    dev = Bme()
    wt, wp = [], []
    lines = 0
    for i in range(samples):
        try:
            t, p, h = dev.read()
            line = "%d;%.2f;%.2f;%.1f" % (i, smooth(wt, t), smooth(wp, p), h)
            lines += len(line)
        except BusError as e:
            health.note(e)
            health.resets += 1
        if i % 2600 == 0:
            print("sample", i, "ok" if health.ok() else "sick")
    return lines

print(run(42000))
