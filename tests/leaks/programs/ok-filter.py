# heap=262144 turns=4900 every=70 leaks=false owner=-
"""A filter on floats in an array."""
from array import array
taps = array("f", [0.1] * 16)
delay = array("f", [0.0] * 16)

def step(i):
    delay[i % 16] = i % 100 * 0.01
    total = 0.0
    for k in range(16):
        total += taps[k] * delay[(i - k) % 16]
    return "%.3f" % total

for i in range(4900):
    step(i)
