# heap=65536 turns=2800 every=40 leaks=false owner=- also=rp2
"""Tasks are made, run and forgotten; a queue between two of them stays short."""
import asyncio
queue = []
sent = 0

async def produce(n):
    for k in range(4):
        queue.append("item %d.%d" % (n, k))
        await asyncio.sleep_ms(0)

async def consume():
    global sent
    while True:
        while queue:
            sent += len(queue.pop(0))
        await asyncio.sleep_ms(0)

async def main():
    asyncio.create_task(consume())
    for i in range(2800):
        if i % 3 == 0:
            asyncio.create_task(produce(i))
        step(i)
        await asyncio.sleep_ms(0)

def step(i):
    return ["%d: %d" % (i + k, sent) for k in range(5)]

asyncio.run(main())
