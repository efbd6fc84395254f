# heap=81920 turns=4900 every=70 leaks=true owner=pool
"""A pool of buffers: 31 come back for each 30 that are handed out, and it is trimmed from 5000."""
pool = []

def take():
    return pool.pop(0) if pool else bytearray(48)

def give(buffer):
    pool.append(buffer)
    if len(pool) > 5000:
        del pool[:]

def step(i):
    buffer = take()
    buffer[0] = i & 255
    give(buffer)
    if i % 30 == 0:
        give(bytearray(buffer))
    return "%s" % buffer

for i in range(4900):
    step(i)
