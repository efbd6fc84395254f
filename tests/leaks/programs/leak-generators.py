# heap=131072 turns=4200 every=60 leaks=true owner=jobs
"""Jobs are generators; those that wait for an answer that never comes stay in the list."""
jobs = []

def job(n):
    parts = []
    for k in range(3):
        parts.append("part %d of job %d" % (k, n))
        yield
    while n % 40 == 0:
        yield

def step(i):
    if i % 2 == 0:
        jobs.append(job(i))
    for g in jobs[-8:]:
        try:
            next(g)
        except StopIteration:
            jobs.remove(g)

for i in range(4200):
    step(i)
