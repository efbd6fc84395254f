# heap=196608 turns=2800 every=40 leaks=true owner=tasks also=rp2
"""Finished asyncio tasks stay in the list that was made to cancel them."""
import asyncio
tasks = []
total = 0

async def blink(n):
    global total
    await asyncio.sleep_ms(0)
    total += len("blink %d of %d" % (n, total))

async def main():
    for i in range(2800):
        if i % 40 == 0:
            tasks.append(asyncio.create_task(blink(i)))
        " ".join([str(i + j) for j in range(10)])
        step(i)
        await asyncio.sleep_ms(0)

def step(i):
    return {"turn": i, "n": len(tasks)}

asyncio.run(main())
