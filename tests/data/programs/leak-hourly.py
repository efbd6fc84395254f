import random, math

random.seed(2024)
ROOMS = ("kitchen", "bath", "hall", "cellar")
stats = {}

def add(minute, room, value):
    day, rest = divmod(minute, 1440)
    hours = stats.setdefault(day, {})
    rooms = hours.setdefault(rest // 60, {})
    s = rooms.get(room)
    if s is None:
        s = [0, 0.0, value]
        rooms[room] = s
    s[0] += 1
    s[1] += value
    s[2] = max(s[2], value)

def summary(day):
    parts = []
    for room in ROOMS:
        n = 0
        t = 0.0
        top = -99.0
        for hour in stats[day].values():
            s = hour[room]
            n += s[0]
            t += s[1]
            top = max(top, s[2])
        parts.append("%s %.1f/%.1f" % (room, t / n, top))
    return ", ".join(parts)

for day in range(13):
    for minute in range(day * 1440, (day + 1) * 1440):
        for n, room in enumerate(ROOMS):
            base = 19 + n + 2 * math.sin(minute / 229.2)
            add(minute, room, base + random.random())
    print("day", day, summary(day))
