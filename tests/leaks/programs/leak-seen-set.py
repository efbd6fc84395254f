# heap=98304 turns=5600 every=80 leaks=true owner=seen
"""A set of the numbers of messages, against duplicates."""
seen = set()

def step(i):
    message = "node%d/%d" % (i // 24 % 9, i // 24)
    seen.add(message)
    return [c for c in message * 2]

for i in range(5600):
    step(i)
