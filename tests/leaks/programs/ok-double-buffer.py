# heap=131072 turns=2800 every=40 leaks=false owner=-
"""Two frames are swapped; each is made anew for the next picture."""
front = bytearray(1024)
back = bytearray(1024)

def step(i):
    global front, back
    for j in range(0, 1024, 64):
        back[j] = (i + j) & 255
    front, back = back, bytearray(1024)
    return "%d %d" % (i, sum(front[:64]))

for i in range(2800):
    step(i)
