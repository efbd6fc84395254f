# heap=1048576 turns=4200 every=60 leaks=false owner=-
"""A board with PSRAM that collects at its own times; the last 300 records are kept."""
import gc
trace = []

def step(i):
    if i % 3 == 0:
        trace.append((i, "state %d" % (i & 7)))
        if len(trace) > 300:
            trace.pop(0)
    if i % 200 == 199:
        gc.collect()
    return [bytearray(64) for j in range(12)]

for i in range(4200):
    step(i)
