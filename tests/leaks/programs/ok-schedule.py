# heap=65536 turns=5600 every=80 leaks=false owner=-
"""Soft callbacks that count."""
import micropython
counts = {}

def tick(n):
    text = "tick %d" % (n % 13)
    counts[text] = counts.get(text, 0) + 1

def step(i):
    micropython.schedule(tick, i)
    return [(i, j) for j in range(6)]

for i in range(5600):
    step(i)
