import io, struct

class RotatingLog:
    def __init__(self, limit, keep):
        self.limit = limit
        self.keep = keep
        self.old = []
        self.cur = io.StringIO()
        self.size = 0
        self.turns = 0

    def write(self, level, msg):
        n = self.cur.write("[%s] %s\n" % (level, msg))
        self.size += n
        if self.size > self.limit:
            self.old.append(self.cur.getvalue())
            self.cur = io.StringIO()
            self.size = 0
            self.turns += 1
            if len(self.old) > self.keep:
                self.old.pop(0)

    def grep(self, word):
        return sum(1 for text in self.old for l in text.split("\n") if word in l)

def pack(obj, out):
    if isinstance(obj, int):
        out.write(b"\xd2" + struct.pack(">i", obj))
    elif isinstance(obj, str):
        b = obj.encode()
        out.write(bytes([0xa0 | len(b)]) + b)
    elif isinstance(obj, list):
        out.write(bytes([0x90 | len(obj)]))
        for x in obj:
            pack(x, out)
    elif isinstance(obj, dict):
        out.write(bytes([0x80 | len(obj)]))
        for k in obj:
            pack(k, out)
            pack(obj[k], out)

def unpack(f):
    t = f.read(1)[0]
    if t == 0xd2:
        return struct.unpack(">i", f.read(4))[0]
    if t & 0xe0 == 0xa0:
        return f.read(t & 31).decode()
    if t & 0xf0 == 0x90:
        return [unpack(f) for _ in range(t & 15)]
    d = {}
    for _ in range(t & 15):
        k = unpack(f)
        d[k] = unpack(f)
    return d

log = RotatingLog(2500, 3)
done = 0
for n in range(11000):
    doc = {"seq": n, "kind": "rpc" if n % 3 else "event", "args": [n % 7, n % 11, "v%d" % (n % 90)]}
    f = io.BytesIO()
    pack(doc, f)
    f.seek(0)
    back = unpack(f)
    if back != doc:
        log.write("E", "mismatch at %d" % n)
    log.write("I" if n % 9 else "W", "call %d of kind %s took %d us" % (n, back["kind"], n * 17 % 900))
    done += 1
    if n % 1000 == 0:
        print("n", n, "rotations", log.turns, "warnings kept", log.grep("[W]"))
print(done, log.turns)
