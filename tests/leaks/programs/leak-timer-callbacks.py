# heap=65536 turns=4200 every=60 leaks=true owner=bound
"""A bound method is made and kept per interrupt that was set up again."""
import micropython
class Button:
    def __init__(self, n):
        self.n = n
        self.presses = 0

    def pressed(self, _):
        self.presses += 1

buttons = [Button(k) for k in range(3)]
bound = []

def step(i):
    if i % 40 == 0:
        bound.append(buttons[i % 3].pressed)
    micropython.schedule(bound[-1], i)
    return "%d %d %d" % tuple([b.presses for b in buttons])

for i in range(4200):
    step(i)
