# heap=163840 turns=5600 every=80 leaks=true owner=snapshots
"""A snapshot of some size at long intervals: most collections leave nothing more."""
snapshots = []

def step(i):
    if i % 700 == 350:
        snapshots.append([bytearray(100) for _ in range(8)])
    return ["%d:%d" % (i, j) for j in range(9)]

for i in range(5600):
    step(i)
