# heap=524288 turns=4200 every=60 leaks=true owner=index
"""gc.threshold() is set, on a heap that is mostly free."""
import gc
gc.threshold(100000)
index = {}

def step(i):
    if i % 20 == 0:
        index[i] = "entry %d" % i
    return [str(j) for j in range(12)]

for i in range(4200):
    step(i)
