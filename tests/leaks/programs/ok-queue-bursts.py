# heap=65536 turns=4900 every=70 leaks=false owner=- also=qemu
"""The network is away for a while: what waits is sent when it is back."""
outbox = []

def step(i):
    outbox.append({"seq": i, "data": bytes(8)})
    if i % 350 >= 120:
        for _ in range(2):
            if outbox:
                outbox.pop(0)
    return [str(j) for j in range(5)]

for i in range(4900):
    step(i)
