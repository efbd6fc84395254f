# heap=196608 turns=4200 every=60 leaks=true owner=document
"""Each edit holds the one before, for an undo that nobody asks for."""
document = None

def step(i):
    global document
    if i % 24 == 0:
        document = {"text": "line %d" % i, "before": document}
    return [document["text"] + str(j) for j in range(7)]

for i in range(4200):
    step(i)
