import struct

class Rng:
    def __init__(self, s):
        self.s = s
    def below(self, n):
        self.s ^= self.s << 13 & 0xffffffff
        self.s ^= self.s >> 17
        self.s ^= self.s << 5 & 0xffffffff
        return self.s % n

class Socket:
    def __init__(self, fd, size):
        self.fd = fd
        self.rx = bytearray(size)
        self.fill = 0
        self.peer = "10.0.%d.%d" % (fd >> 8 & 255, fd & 255)
        self.total = 0

    def recv(self, data):
        n = min(len(data), len(self.rx) - self.fill)
        self.rx[self.fill:self.fill + n] = data[:n]
        self.fill += n
        if self.fill == len(self.rx):
            self.total += sum(struct.unpack("<%dB" % min(32, n), self.rx[:min(32, n)]))
            self.fill = 0

rng = Rng(2463534242)
open_socks = []
fd = 0
closed = 0
bytes_in = 0
peak = 0
for step in range(60000):
    r = rng.below(64)
    if r < 16 and len(open_socks) < 36:
        fd += 1
        open_socks.append(Socket(fd, 64 + rng.below(700)))
    elif r - 16 < len(open_socks) and r >= 16:
        s = open_socks.pop(rng.below(len(open_socks)))
        closed += 1
        bytes_in += s.total
    if open_socks:
        s = open_socks[rng.below(len(open_socks))]
        s.recv(bytes(40 + rng.below(200)))
    peak = max(peak, len(open_socks))
    if step % 6000 == 0:
        print("step", step, "open", len(open_socks), "closed", closed, "peak", peak)
print(fd, closed, bytes_in)
