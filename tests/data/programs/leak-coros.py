class Loop:
    def __init__(self):
        self.ready = []
        self.waiting = {}
        self.finished = 0

    def spawn(self, gen):
        self.ready.append(gen)

    def fire(self, event):
        for g in self.waiting.pop(event, ()):
            self.ready.append(g)

    def tick(self):
        batch = self.ready
        self.ready = []
        for g in batch:
            try:
                want = next(g)
            except StopIteration:
                self.finished += 1
                continue
            if want is None:
                self.ready.append(g)
            else:
                self.waiting.setdefault(want, []).append(g)

loop = Loop()
lost = 0

def query(num, addr):
    frame = bytearray(b"\x01\x03" + bytes([addr >> 8, addr & 255, 0, 2]))
    yield None
    acc = []
    for i in range(3):
        acc.append("%s/%d" % (frame[i:i + 3], num))
        yield None
    yield "reply-%d" % num
    return len(acc)

def hub(total):
    global lost
    s = 12
    for num in range(total):
        loop.spawn(query(num, num * 2 & 0xffff))
        yield None
        late = num - 5
        if late >= 0:
            s = (s * 1664525 + 1013904223) & 0xffffffff
            if s >> 25 < 1:
                lost += 1
            else:
                loop.fire("reply-%d" % late)
        if num % 1000 == 0:
            print("sent", num, "done", loop.finished)

loop.spawn(hub(9000))
while loop.ready:
    loop.tick()
print("done", loop.finished, "no reply", lost)
