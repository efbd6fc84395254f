# heap=40960 turns=4200 every=60 leaks=false owner=-
"""Attributes are named by the program's input, which knows 48 names."""
class State:
    pass

state = State()

def step(i):
    setattr(state, "reading_%d" % (i % 48), i)
    return [getattr(state, "reading_%d" % (i // 2 % 24)), [i] * 4, str(i)]

for i in range(4200):
    step(i)
