# heap=229376 turns=2100 every=30 leaks=true owner=failed
"""Chunks of a download whose checksum is wrong are kept, to be asked for again."""
failed = []
good = 0

def step(i):
    global good
    chunk = bytearray(512)
    for j in range(0, 512, 64):
        chunk[j] = i * j & 255
    if i % 9 == 2:
        failed.append((i, chunk))
    else:
        good += len(chunk)
    return ["%d: %d of %d" % (k, good, i) for k in range(4)]

for i in range(2100):
    step(i)
