# heap=131072 turns=4200 every=60 leaks=false owner=-
"""A rule is compiled anew when it changes, and replaces the old one."""
rules = {}
RULE = "def rule(x):\n    return x > %d\n"

def step(i):
    if i % 30 == 0:
        space = {}
        exec(RULE % (i % 50), space)
        rules[i // 30 % 3] = space["rule"]
    rules[0](i)
    return [str(j + i) for j in range(9)]

for i in range(4200):
    step(i)
