import array, math, random

SIZE = 256
random.seed(5)

class Ring:
    def __init__(self, size):
        self.data = array.array("f", [0.0] * size)
        self.head = 0
        self.used = 0

    def push(self, v):
        self.data[self.head] = v
        self.head = (self.head + 1) % len(self.data)
        if self.used < len(self.data):
            self.used += 1

    def last(self, n):
        n = min(n, self.used)
        size = len(self.data)
        return [self.data[(self.head - n + i) % size] for i in range(n)]

    def stats(self):
        v = sorted(self.last(self.used))
        n = len(v)
        return v[0], v[n // 2], v[-1], sum(v) / n

def read_adc(i):
    return 1.65 + 0.8 * math.sin(i / 40) + (random.random() - 0.5) * 0.1

def bar(v, width=30):
    n = int(v / 3.3 * width)
    return "[" + "#" * n + "." * (width - n) + "]"

rings = {"a0": Ring(SIZE), "a1": Ring(SIZE)}
text = 0
for i in range(16000):
    for k in rings:
        rings[k].push(read_adc(i if k == "a0" else i * 3))
    if i % 16 == 15:
        for k, r in rings.items():
            lo, med, hi, avg = r.stats()
            line = "%6d %s %.3f %.3f %.3f %.3f %s" % (i, k, lo, med, hi, avg, bar(med))
            text += len(line)
            if i % 1600 == 1599:
                print(line)
print("chars", text)
