import struct

class Resolver:
    def __init__(self, limit):
        self.limit = limit
        self.cache = {}
        self.order = []
        self.asked = 0

    def ask(self, host):
        self.asked += 1
        q = struct.pack(">HHHHHH", self.asked & 0xffff, 0x100, 1, 0, 0, 0)
        for part in host.split("."):
            b = part.encode()
            q += bytes([len(b)]) + b
        q += b"\0\0\1\0\1"
        h = 5381
        for c in q[12:]:
            h = (h * 33 + c) & 0xffffffff
        return ".".join(str(x) for x in struct.pack(">I", h))

    def lookup(self, host):
        ip = self.cache.get(host)
        if ip is None:
            if len(self.order) >= self.limit:
                del self.cache[self.order.pop(0)]
            ip = self.ask(host)
            self.cache[host] = ip
            self.order.append(host)
        return ip

resolver = Resolver(160)
x = 1
visits = {}
for n in range(48000):
    x = (x * 16807) % 2147483647
    span = 12 + n // 450
    k = x % span
    k = k * (x // span % span) // span
    if n % 450 == 0:
        k = span
    host = "node%d.mesh%d.example.org" % (k, k % 5)
    ip = resolver.lookup(host)
    net = ip.split(".")[0]
    visits["net-%d" % (int(net) >> 4)] = n
    if n % 4000 == 0:
        print(n, host, ip, "asked", resolver.asked)
print(resolver.asked, len(visits))
