# heap=196608 turns=5600 every=80 leaks=true owner=cache also=qemu
"""Answers are cached by address, and the address has a counter in it."""
cache = {}

def fetch(url):
    if url not in cache:
        cache[url] = ("200 OK " + url).encode()
    return cache[url]

def step(i):
    fetch("/api/v1/list?page=%d" % (i % 5))
    if i % 40 == 0:
        fetch("/api/v1/item?since=%d" % i)
    return ",".join(["%02x" % (i + j & 255) for j in range(14)])

for i in range(5600):
    step(i)
