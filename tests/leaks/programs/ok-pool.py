# heap=65536 turns=4900 every=70 leaks=false owner=-
"""A pool of buffers that are handed out, used for a while, and come back."""
pool = [bytearray(48) for _ in range(20)]
used = []

def step(i):
    if pool and i % 3:
        buffer = pool.pop()
        buffer[0] = i & 255
        used.append((i, buffer))
    while used and used[0][0] < i - 20:
        pool.append(used.pop(0)[1])
    return "%d of %d, %s" % (len(used), 20, [i] * 5)

for i in range(4900):
    step(i)
