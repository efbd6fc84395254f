# heap=163840 turns=4200 every=60 leaks=true owner=sys
"""Each plug-in that is loaded adds its folder to sys.path, and again at the next time."""
import sys

def load(n):
    sys.path.append("/remote/plugins/set%d" % (n % 7))

def step(i):
    if i % 50 == 0:
        load(i)
    return ["%d/%d" % (i, j) for j in range(7)]

for i in range(4200):
    step(i)
