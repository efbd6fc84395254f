# heap=196608 turns=4200 every=60 leaks=true owner=rx
"""A receive buffer: the parser takes 30 of each 32 bytes."""
rx = bytearray()

def step(i):
    global rx
    rx.extend(bytes([i & 255, 13]) * 16)
    packet = bytes(rx[:30])
    rx = rx[30:]
    return packet.find(b"\r")

for i in range(4200):
    step(i)
