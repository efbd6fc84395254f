# heap=131072 turns=5600 every=80 leaks=true owner=history
"""One list per sensor, for the average of all time."""
history = {}

def step(i):
    key = ("temp", "hum", "co2", "lux")[i % 4]
    if i % 11 == 0:
        history.setdefault(key, []).append(i * 0.25)
    return ["%s=%d;" % (key, i + k) for k in range(6)]

for i in range(5600):
    step(i)
