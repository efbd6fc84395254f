# heap=65536 turns=5600 every=80 leaks=false owner=- also=qemu
"""A cache of 90 addresses that come in any order: it fills ever more slowly, then stops."""
cache = {}
seed = 1

def step(i):
    global seed
    seed = seed * 1103515245 + 12345 & 0x3fffffff
    key = "/item/%d" % (seed // 65536 % 90)
    if key not in cache:
        cache[key] = ["200 OK", key.encode(), i]
    return ",".join([key] * 8)

for i in range(5600):
    step(i)
