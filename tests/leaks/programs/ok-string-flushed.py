# heap=98304 turns=4200 every=60 leaks=false owner=-
"""A report grows by lines until it has 1500 characters, then is sent."""
report = ""

def step(i):
    global report
    if i % 7 == 0:
        report += "%05d: level %d\n" % (i, i % 4)
    if len(report) > 1500:
        report = ""
    return [str(i * j) for j in range(7)]

for i in range(4200):
    step(i)
