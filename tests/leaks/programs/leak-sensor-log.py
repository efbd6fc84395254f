# heap=163840 turns=5600 every=80 leaks=true owner=log also=qemu
"""Each 24th reading goes into a list that nobody sends."""
log = []

def step(i):
    raw = bytes([(i * 7 + j) & 255 for j in range(12)])
    value = sum(raw) / len(raw)
    text = "t=%d value=%.2f raw=%s" % (i, value, raw)
    if i % 24 == 0:
        log.append((i, value))
    return len(text)

for i in range(5600):
    step(i)
