# heap=163840 turns=5600 every=80 leaks=false owner=-
"""After the start it works in a small way; from turn 1500 on a larger set of tables is loaded, once."""
tables = {}

def step(i):
    if i in (0, 1500):
        for k in range(40):
            tables[i, k] = ["name %d" % k, bytearray(30)]
    return ",".join([str(i + j) for j in range(10)])

for i in range(5600):
    step(i)
