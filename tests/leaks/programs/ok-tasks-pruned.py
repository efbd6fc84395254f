# heap=131072 turns=2800 every=40 leaks=false owner=-
"""Finished tasks stay in a list until each 100th turn."""
import asyncio
tasks = []

async def blink(n):
    await asyncio.sleep_ms(0)
    return "blink %d" % n

async def main():
    for i in range(2800):
        tasks.append(asyncio.create_task(blink(i)))
        step(i)
        await asyncio.sleep_ms(0)

def step(i):
    if i % 100 == 99:
        tasks[:] = [t for t in tasks if not t.done()]
    return [i, str(i)]

asyncio.run(main())
