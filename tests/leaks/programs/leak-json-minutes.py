# heap=98304 turns=4200 every=60 leaks=true owner=stats
"""A statistic has one entry per minute, and is sent as JSON now and then."""
import json
stats = {"boot": 1}

def step(i):
    minute = i // 40
    key = "m%d" % minute
    stats[key] = stats.get(key, 0) + 1
    message = {"turn": i, "minute": minute, "values": [i, i + 1, i + 2]}
    return json.loads(json.dumps(message))

for i in range(4200):
    step(i)
