# heap=131072 turns=5600 every=80 leaks=false owner=-
"""A cache without bound that is cleared each 1000 turns."""
cache = {}

def step(i):
    if i % 10 == 0:
        cache["/item/%d" % i] = [i, i + 1]
    if i % 1000 == 999:
        cache.clear()
    return ",".join([str(i + j) for j in range(8)])

for i in range(5600):
    step(i)
