# heap=98304 turns=6300 every=90 leaks=false owner=-
"""Seven days, each with a list of its events; on the next such day the list is made anew."""
days = [[] for _ in range(7)]
today = 0

def step(i):
    global today
    day = i // 150 % 7
    if day != today:
        today = day
        days[day] = []
    if i % 10 == 0:
        days[day].append({"at": i, "level": i % 3})
    return "%d: %d, %s" % (day, len(days[day]), [i + k for k in range(6)])

for i in range(6300):
    step(i)
