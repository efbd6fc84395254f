# heap=65536 turns=4200 every=60 leaks=false owner=-
"""Lines are built, sent and dropped."""
sent = 0

def step(i):
    global sent
    line = ""
    for j in range(6):
        line += "%d," % (i * j)
    sent += len(line)

for i in range(4200):
    step(i)
