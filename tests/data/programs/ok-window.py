import random

random.seed(99)
KEEP = 90
recent = {}
oldest = 0

def record(now, mac, rssi):
    slot = recent.setdefault(now, {})
    slot[mac] = max(rssi, slot.get(mac, -128))

def expire(now):
    global oldest
    while oldest < now - KEEP:
        recent.pop(oldest, None)
        oldest += 1

def ranking(n):
    best = {}
    for slot in recent.values():
        for mac, rssi in slot.items():
            if mac not in best or best[mac] < rssi:
                best[mac] = rssi
    return sorted(best.items(), key=lambda kv: -kv[1])[:n]

serial = 0
phones = []
for now in range(13000):
    if random.randrange(8) == 0:
        serial += 1
        phones.append(["%02x:%02x:%02x" % (serial >> 8, serial & 255, random.randrange(256)), -90, random.randrange(20, 70)])
    here = []
    for p in phones:
        p[1] = min(-30, max(-99, p[1] + random.randrange(-4, 5)))
        p[2] -= 1
        if random.randrange(3):
            record(now, p[0], p[1])
        if p[2] > 0:
            here.append(p)
    phones = here
    expire(now)
    if now % 5 == 0:
        top = ranking(3)
    if now % 1000 == 0:
        print("t=%d near %d, strongest %s" % (now, len(phones), ", ".join("%s %d" % t for t in top)))
print("seen", serial)
