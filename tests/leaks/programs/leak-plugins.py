# heap=163840 turns=4200 every=60 leaks=true owner=plugins
"""A rule is compiled anew when it changes; the old ones stay in the list."""
plugins = []
RULE = "def rule(x):\n    return x > %d\n"

def step(i):
    if i % 120 == 0:
        space = {}
        exec(RULE % (i % 50), space)
        plugins.append(space["rule"])
    plugins[-1](i)
    return [str(j + i) for j in range(9)]

for i in range(4200):
    step(i)
