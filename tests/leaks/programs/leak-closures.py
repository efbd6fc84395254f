# heap=131072 turns=4200 every=60 leaks=true owner=on_close also=qemu
"""Each connection leaves a closure with its buffer in a list of what to do at the end."""
on_close = []

def accept(n):
    buffer = bytearray(64)
    def close():
        buffer[0] = n & 255
    return buffer, close

def step(i):
    buffer, close = accept(i)
    for j in range(16):
        buffer[j] = j ^ i & 255
    if i % 40 == 0:
        on_close.append(close)
    return bytes(buffer[:16])

for i in range(4200):
    step(i)
