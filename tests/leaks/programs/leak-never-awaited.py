# heap=98304 turns=4200 every=60 leaks=true owner=pending
"""Coroutines are made and queued, and those of one kind are never awaited."""
pending = []

async def send(n):
    return "sent %d" % n

async def save(n):
    return "saved %d" % n

def step(i):
    work = send(i)
    try:
        work.send(None)
    except StopIteration:
        pass
    if i % 40 == 0:
        pending.append(save(i))
    return [str(j) for j in range(8)]

for i in range(4200):
    step(i)
