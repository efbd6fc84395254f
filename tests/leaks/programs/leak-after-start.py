# heap=163840 turns=5600 every=80 leaks=true owner=peers from=1900
"""Nothing stays while it starts up; once the network is there, each beacon leaves a record."""
config = {}
peers = []

def step(i):
    if i < 300:
        config["key%d" % (i // 5)] = [i, i + 1]
    elif i >= 1900 and i % 40 == 0:
        peers.append(("peer", i, bytes(6)))
    return ",".join([str(i + j) for j in range(12)])

for i in range(5600):
    step(i)
