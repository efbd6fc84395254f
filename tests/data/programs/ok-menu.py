import gc

class Item:
    def __init__(self, menu, text, action):
        self.menu = menu
        self.text = text
        self.action = action

    def line(self, chosen):
        return ("> " if chosen else "  ") + "%-16s" % self.text[:16]

class Menu:
    def __init__(self, ui, title, parent):
        self.ui = ui
        self.title = title
        self.parent = parent
        self.items = []
        self.at = 0

    def add(self, text, action):
        self.items.append(Item(self, text, action))

    def key(self, k):
        if k == "down":
            self.at = (self.at + 1) % len(self.items)
        elif k == "up":
            self.at = (self.at - 1) % len(self.items)
        elif k == "ok":
            self.items[self.at].action(self)
        elif self.parent:
            self.ui.show(self.parent)

    def draw(self):
        rows = ["== %s ==" % self.title]
        for n, it in enumerate(self.items):
            rows.append(it.line(n == self.at))
        return "\n".join(rows)

class Ui:
    def __init__(self):
        self.menu = None
        self.changes = 0
        self.values = {"volume": 5, "alarm": 7, "light": 0}

    def show(self, menu):
        self.menu = menu
        self.changes += 1
        if self.changes % 150 == 0:
            gc.collect()

    def main(self):
        m = Menu(self, "clock", None)
        for name in sorted(self.values):
            m.add("%s: %d" % (name, self.values[name]), self.opener(name))
        self.show(m)

    def opener(self, name):
        def go(menu):
            sub = Menu(self, name, menu)
            for v in range(0, 10, 3):
                sub.add("set to %d" % v, self.setter(name, v))
            self.show(sub)
        return go

    def setter(self, name, v):
        def go(menu):
            self.values[name] = v
            self.main()
        return go

ui = Ui()
ui.main()
keys = ("ok", "down", "down", "ok", "up", "back", "down", "ok", "ok")
x = 9
drawn = 0
for n in range(16000):
    x = (x * 97 + 61) % 7919
    ui.menu.key(keys[(x >> 3) % len(keys)])
    drawn += len(ui.menu.draw())
    if n % 2000 == 0:
        print(n, ui.values, ui.changes)
print(drawn)
