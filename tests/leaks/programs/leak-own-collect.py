# heap=131072 turns=3500 every=50 leaks=true owner=samples
"""The program collects by itself, and keeps a sample each time."""
import gc
samples = []

def step(i):
    line = " ".join(["%d" % (i * j & 4095) for j in range(10)])
    if i % 120 == 119:
        samples.append(line)
        gc.collect()

for i in range(3500):
    step(i)
