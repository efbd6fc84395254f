# heap=65536 turns=5600 every=80 leaks=false owner=- also=qemu
"""A cache that drops the oldest of 40 entries."""
from collections import OrderedDict
lru = OrderedDict()

def get(key):
    if key in lru:
        value = lru.pop(key)
    else:
        value = [key, "value of %d" % key]
        if len(lru) >= 40:
            lru.pop(next(iter(lru)))
    lru[key] = value
    return value

def step(i):
    get(i * i % 97)
    return [str(j) for j in range(7)]

for i in range(5600):
    step(i)
