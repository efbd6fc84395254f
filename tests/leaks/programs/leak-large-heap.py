# heap=1048576 turns=4200 every=60 leaks=true owner=trace
"""A board with PSRAM that collects at its own times and keeps a tuple of each eighth turn."""
import gc
trace = []

def step(i):
    if i % 8 == 0:
        trace.append((i, "state %d" % (i & 7)))
    if i % 200 == 199:
        gc.collect()
    return [bytearray(64) for j in range(12)]

for i in range(4200):
    step(i)
