# heap=98304 turns=5240 every=80 leaks=false owner=-
"""A list of samples grows for 240 turns, is written to flash, and cleared."""
samples = []
written = 0

def step(i):
    global written, samples
    samples.append((i, i * 0.5))
    if i % 240 == 239:
        written += len(samples)
        samples = []
    return ["%d samples, %d written" % (len(samples), written + k) for k in range(4)]

for i in range(5240):
    step(i)
