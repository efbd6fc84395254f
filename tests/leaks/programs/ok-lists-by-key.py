# heap=65536 turns=5600 every=80 leaks=false owner=-
"""One list per sensor, of the last 25 values."""
history = {}

def step(i):
    key = ("temp", "hum", "co2", "lux")[i % 4]
    values = history.setdefault(key, [])
    values.append(i * 0.25)
    if len(values) > 25:
        del values[0]
    return "%s: %d, %s" % (key, len(values), values[-3:])

for i in range(5600):
    step(i)
