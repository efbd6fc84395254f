# heap=131072 turns=3500 every=50 leaks=false owner=-
"""The program collects at each 90th turn."""
import gc
latest = []

def step(i):
    latest.append("sample %d" % i)
    if i % 90 == 89:
        del latest[:]
        gc.collect()
    return " ".join(["%d" % (i * j & 4095) for j in range(10)])

for i in range(3500):
    step(i)
