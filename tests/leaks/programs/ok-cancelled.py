# heap=131072 turns=2800 every=40 leaks=false owner=-
"""Each request has a time-out; the one that is not needed is cancelled."""
import asyncio

async def answer(n):
    await asyncio.sleep_ms(0)
    return "answer %d" % n

async def timeout(n):
    await asyncio.sleep_ms(5000)
    return n

async def main():
    for i in range(2800):
        late = asyncio.create_task(timeout(i))
        await answer(i)
        late.cancel()
        step(i)
        await asyncio.sleep_ms(0)

def step(i):
    return "%d" % i * 3

asyncio.run(main())
