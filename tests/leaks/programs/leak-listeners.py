# heap=131072 turns=4900 every=70 leaks=true owner=bus also=qemu
"""Pages are built anew at each turn of the wheel; the bus still calls the old ones, which hold their parents."""
class Bus:
    def __init__(self):
        self.listeners = []

class Page:
    def __init__(self, bus, n):
        self.items = [Item(self, k) for k in range(3)]
        self.title = "page %d" % n
        bus.listeners.append(self.update)

    def update(self):
        return self.title

class Item:
    def __init__(self, page, k):
        self.page = page
        self.k = k

bus = Bus()
page = Page(bus, 0)

def step(i):
    global page
    if i % 100 == 99:
        page = Page(bus, i)
    return "|".join(["%-8d" % (i + item.k) for item in page.items] * 3)

for i in range(4900):
    step(i)
