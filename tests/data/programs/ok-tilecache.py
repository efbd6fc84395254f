class Entry:
    def __init__(self, key, data):
        self.key = key
        self.data = data
        self.prev = self
        self.next = self

class TileCache:
    def __init__(self, load, size):
        self.load = load
        self.size = size
        self.map = {}
        self.head = Entry(None, None)
        self.hits = 0
        self.misses = 0

    def unlink(self, e):
        e.prev.next = e.next
        e.next.prev = e.prev

    def link(self, e):
        h = self.head
        e.prev = h
        e.next = h.next
        h.next.prev = e
        h.next = e

    def get(self, key):
        e = self.map.get(key)
        if e:
            self.hits += 1
            self.unlink(e)
        else:
            self.misses += 1
            if len(self.map) >= self.size:
                last = self.head.prev
                self.unlink(last)
                del self.map[last.key]
            e = Entry(key, self.load(key))
            self.map[key] = e
        self.link(e)
        return e.data

def load_tile(key):
    zoom, x, y = key
    n = 200 + (x * 7 + y * 13) % 160
    return bytes((x * i ^ y * zoom) & 255 for i in range(n))

cache = TileCache(load_tile, 44)
cx = cy = 100
seed = 1
pixels = 0
for frame in range(2600):
    seed = (seed * 22695477 + 1) & 0xffffffff
    cx += (seed >> 18) % 3 - 1 + (frame % 500 < 250)
    cy += (seed >> 22) % 3 - 1
    for dx in range(-1, 2):
        for dy in range(-1, 2):
            pixels += len(cache.get((14, cx + dx, cy + dy)))
    if frame % 300 == 0:
        print("at %d,%d hits %d misses %d" % (cx, cy, cache.hits, cache.misses))
print(pixels)
