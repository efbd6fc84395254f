# heap=262144 turns=2800 every=40 leaks=true owner=frames
"""A camera keeps each frame in which something moved."""
frames = []

def step(i):
    frame = bytearray(1024)
    for j in range(0, 1024, 64):
        frame[j] = (i * j) & 255
    moved = sum(frame) & 255
    if i % 40 == 3:
        frames.append(frame)
    return "frame %d: %d" % (i, moved)

for i in range(2800):
    step(i)
