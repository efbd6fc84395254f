# heap=131072 turns=5600 every=80 leaks=true owner=events
"""A soft callback keeps a record of each thirtieth call."""
import micropython
events = []

def tick(n):
    text = "tick %d at %d ms" % (n, n * 20)
    if n % 30 == 0:
        events.append(text)

def step(i):
    micropython.schedule(tick, i)
    return [(i, j) for j in range(6)]

for i in range(5600):
    step(i)
