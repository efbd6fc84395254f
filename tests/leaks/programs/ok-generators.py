# heap=163840 turns=4200 every=60 leaks=false owner=-
"""Twelve jobs at a time, as generators, some short and some long."""
jobs = []

def job(n):
    parts = []
    for k in range(3 + n % 5 * 20):
        parts = [n, k, "part %d" % k]
        yield parts

def step(i):
    if len(jobs) < 12:
        jobs.append(job(i))
    for g in jobs[:]:
        try:
            next(g)
        except StopIteration:
            jobs.remove(g)

for i in range(4200):
    step(i)
