import json

CONFIG = '{"ssid": "garden", "pins": [4, 5, 12], "invert": true}'

def load():
    c = json.loads(CONFIG)
    c["pins"] = tuple(c["pins"])
    return c

config = load()
table = []
for p in config["pins"]:
    table.append((p, 1 << p))
print(config["ssid"], table)
