W, H = 24, 16

def neighbours(c):
    x, y = c % W, c // W
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            if dx or dy:
                yield (y + dy) % H * W + (x + dx) % W

def generation(live):
    near = {}
    for c in live:
        for d in neighbours(c):
            near[d] = near.get(d, 0) + 1
    return {c for c in near if near[c] == 3 or (near[c] == 2 and c in live)}

GLIDER = ((1, 0), (2, 1), (0, 2), (1, 2), (2, 2))
RPENT = ((1, 0), (2, 0), (0, 1), (1, 1), (1, 2))

def stamp(live, shape, ox, oy):
    for x, y in shape:
        live.add((y + oy) % H * W + (x + ox) % W)

seed = 1234

def rnd(n):
    global seed
    seed = (seed * 40014) % 2147483563
    return seed % n

live = set()
stamp(live, RPENT, 10, 7)
previous = None
for gen in range(700):
    nxt = generation(live)
    if gen % 12 == 0 or nxt == live or nxt == previous:
        stamp(nxt, (GLIDER, RPENT)[rnd(2)], rnd(W), rnd(H))
    previous, live = live, nxt
    if gen % 100 == 0:
        print("gen", gen, "live", len(live))
        print("".join("#" if 8 * W + x in live else " " for x in range(W)))
print(len(live))
