# heap=262144 turns=4900 every=70 leaks=false owner=-
"""A deque of limited length, for the moving average."""
from collections import deque
window = deque((), 100)

def step(i):
    window.append(i * 0.5)
    return "mean %s of %d" % (sum(window) / len(window), len(window))

for i in range(4900):
    step(i)
