# heap=81920 turns=4200 every=60 leaks=true owner=wheel
"""One-shot timers are marked as fired and stay on the wheel."""
class Timer:
    def __init__(self, at, callback):
        self.at = at
        self.callback = callback
        self.fired = False

wheel = []
n_fired = [0]

def fire():
    n_fired[0] += 1

def step(i):
    if i % 56 == 0:
        wheel.append(Timer(i + 3, fire))
    for timer in wheel[-4:]:
        if not timer.fired and timer.at <= i:
            timer.fired = True
            timer.callback()
    return "%d of %d, %s" % (n_fired[0], len(wheel), [i, i + 1])

for i in range(4200):
    step(i)
