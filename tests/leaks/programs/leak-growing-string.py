# heap=163840 turns=4200 every=60 leaks=true owner=report
"""A report grows by a line at each alarm, and is one string."""
report = ""

def step(i):
    global report
    if i % 35 == 0:
        report += "%05d: alarm, level %d\n" % (i, i % 4)
    return [str(i * j) for j in range(9)]

for i in range(4200):
    step(i)
