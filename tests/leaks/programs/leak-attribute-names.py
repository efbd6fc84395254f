# heap=65536 turns=4200 every=60 leaks=true owner=state
"""Values become attributes whose names hold a number."""
class State:
    pass

state = State()

def step(i):
    if i % 25 == 0:
        setattr(state, "reading_%d" % i, i)
    return "".join([chr(65 + (i + j) % 26) for j in range(16)])

for i in range(4200):
    step(i)
