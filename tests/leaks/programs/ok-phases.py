# heap=98304 turns=5600 every=80 leaks=false owner=- also=qemu
"""Start-up with a large table, work with lists, idle with few strings, and again from work on."""
table = None
work = []

def step(i):
    global table
    if i == 0:
        table = [str(k * 3) for k in range(200)]
    phase = i // 350 % 2
    if phase == 0:
        work.append([i, table[i % 200]])
        if len(work) > 80:
            del work[:40]
        return "%s %s" % (i, work[-1])
    del work[:]
    return [i * 0.5 + j for j in range(12)]

for i in range(5600):
    step(i)
