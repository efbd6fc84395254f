# heap=524288 turns=4200 every=60 leaks=false owner=-
"""gc.threshold() is set; nothing stays."""
import gc
gc.threshold(100000)
last = {}

def step(i):
    last[i % 20] = "entry %d" % i
    return [str(j) for j in range(12)]

for i in range(4200):
    step(i)
