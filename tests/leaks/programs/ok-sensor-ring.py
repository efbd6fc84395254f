# heap=163840 turns=5600 every=80 leaks=false owner=-
"""The last 60 readings, in a list from which the oldest goes."""
ring = []

def step(i):
    raw = bytes([(i * 7 + j) & 255 for j in range(12)])
    ring.append((i, sum(raw) / 12))
    if len(ring) > 60:
        ring.pop(0)
    return "mean %.2f" % (sum([r[1] for r in ring[-10:]]) / 10)

for i in range(5600):
    step(i)
