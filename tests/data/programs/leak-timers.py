class Timer:
    def __init__(self, due, fn, every=0):
        self.due = due
        self.fn = fn
        self.every = every

    def cancel(self):
        self.fn = None

class Wheel:
    def __init__(self):
        self.now = 0
        self.timers = []

    def add(self, t):
        lo, hi = 0, len(self.timers)
        while lo < hi:
            mid = (lo + hi) // 2
            if self.timers[mid].due > t.due:
                lo = mid + 1
            else:
                hi = mid
        self.timers.insert(lo, t)
        return t

    def after(self, ms, fn):
        return self.add(Timer(self.now + ms, fn))

    def every(self, ms, fn):
        return self.add(Timer(self.now + ms, fn, ms))

    def step(self, ms):
        self.now += ms
        while self.timers and self.timers[-1].due <= self.now:
            t = self.timers.pop()
            if t.fn:
                t.fn()
            if t.every:
                t.due += t.every
                self.add(t)

wheel = Wheel()

class Conn:
    opened = 0
    pings = 0
    log = 0

    def __init__(self, ident):
        self.ident = ident
        Conn.opened += 1
        self.ping_timer = wheel.every(900, self.ping)
        self.idle = wheel.after(4000, self.close)

    def ping(self):
        Conn.pings += 1
        msg = "PING %d %d" % (self.ident, Conn.pings)
        Conn.log += len(msg.encode())

    def data(self, lines):
        self.idle.cancel()
        self.idle = wheel.after(2500, self.close)
        seen = {}
        for text in lines:
            name, value = text.strip().split("=")
            seen[name] = int(value)
        Conn.log += len(seen) + sum(seen.values())

    def close(self):
        self.ping_timer.cancel()

conns = [None] * 6
x = 3
for n in range(4400):
    x = (x * 8121 + 28411) % 134456
    slot = x % 6
    if n % 11 == 0:
        if conns[slot]:
            conns[slot].close()
        conns[slot] = Conn(n)
    elif conns[slot]:
        conns[slot].data([" relay%d=%d" % (k, n * k & 7) for k in range(10)])
    wheel.step(50)
    if n % 400 == 0:
        print("t=%d opened %d pings %d" % (wheel.now, Conn.opened, Conn.pings))
print(Conn.log)
