# heap=163840 turns=5600 every=80 leaks=false owner=-
"""A table of 24 slots, one of which is replaced at a time."""
hours = [None] * 24

def step(i):
    if i % 25 == 0:
        hours[i // 25 % 24] = {"hour": i // 25, "min": i, "values": [i] * 4}
    return [str(j) for j in range(9)]

for i in range(5600):
    step(i)
