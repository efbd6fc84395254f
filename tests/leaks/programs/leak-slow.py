# heap=196608 turns=5600 every=80 leaks=true owner=marks
"""One small object per 60 turns, beside much garbage and a large, steady state."""
state = {k: [k] * 6 for k in range(120)}
marks = []

def step(i):
    state[i % 120][i % 6] = i
    text = ";".join(["%d=%d" % (k, state[k][0]) for k in range(10)])
    if i % 60 == 0:
        marks.append(bytearray(20))
    return text

for i in range(5600):
    step(i)
