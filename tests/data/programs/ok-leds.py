N = 48
strip = bytearray(3 * N)
GAMMA = bytes(int((i / 255) ** 2.2 * 255 + 0.5) for i in range(256))

def wheel(p):
    p &= 255
    if p < 85:
        return p * 3, 255 - p * 3, 0
    if p < 170:
        p -= 85
        return 255 - p * 3, 0, p * 3
    p -= 170
    return 0, p * 3, 255 - p * 3

def rainbow(speed):
    off = 0
    while True:
        yield [wheel(i * 256 // N + off) for i in range(N)]
        off += speed

def comet(color, tail):
    pos = 0
    while True:
        frame = [(0, 0, 0)] * N
        for k in range(tail):
            f = 1 - k / tail
            frame[(pos - k) % N] = tuple(int(c * f) for c in color)
        yield frame
        pos += 1

def twinkle(seed):
    level = [0] * N
    while True:
        seed = (seed * 75 + 74) % 65537
        level[seed % N] = 255
        yield [(v, v, v * 3 // 4) for v in level]
        level = [v * 9 // 10 for v in level]

def fade(a, b, steps):
    for s in range(steps):
        fa, fb = next(a), next(b)
        yield [tuple((x * (steps - s) + y * s) // steps for x, y in zip(p, q)) for p, q in zip(fa, fb)]

def show(frame):
    k = 0
    for r, g, b in frame:
        strip[k] = GAMMA[g]
        strip[k + 1] = GAMMA[r]
        strip[k + 2] = GAMMA[b]
        k += 3
    return sum(strip)

makers = [
    lambda: rainbow(3),
    lambda: comet((255, 80, 0), 12),
    lambda: twinkle(7),
    lambda: comet((0, 40, 255), 20),
]

now = makers[0]()
power = 0
for scene in range(1, 121):
    for _ in range(40):
        power += show(next(now))
    then = makers[scene % 4]()
    for frame in fade(now, then, 8):
        power += show(frame)
    now = then
    if scene % 12 == 0:
        print("scene", scene, "mean current %d mA" % (power // (scene * 48) * 20 // 255))
print(power)
