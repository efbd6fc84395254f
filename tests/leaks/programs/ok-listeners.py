# heap=65536 turns=4900 every=70 leaks=false owner=-
"""Pages are built anew and take themselves off the bus."""
class Bus:
    def __init__(self):
        self.listeners = []

class Page:
    def __init__(self, bus, n):
        self.items = [[self, k] for k in range(3)]
        self.title = "page %d" % n
        bus.listeners.append(self.update)

    def update(self):
        return self.title

    def close(self, bus):
        bus.listeners.remove(self.update)

bus = Bus()
page = Page(bus, 0)

def step(i):
    global page
    if i % 20 == 19:
        page.close(bus)
        page = Page(bus, i)
    return "|".join([f() for f in bus.listeners] * 6)

for i in range(4900):
    step(i)
