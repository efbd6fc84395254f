# heap=131072 turns=5600 every=80 leaks=false owner=-
"""Who was seen today; the set is cleared each 800 turns."""
seen = set()

def step(i):
    if i % 800 == 0:
        seen.clear()
    seen.add("visitor %d" % (i // 4))
    return [str(i + j) for j in range(6)]

for i in range(5600):
    step(i)
