# heap=163840 turns=4200 every=60 leaks=true owner=outbox also=qemu
"""Eighteen messages come in while seventeen go out."""
outbox = []

def step(i):
    outbox.append({"seq": i, "data": bytes(16)})
    if i % 18:
        message = outbox.pop(0)
        return ["%d %r" % (message["seq"] + k, message["data"]) for k in range(3)]

for i in range(4200):
    step(i)
