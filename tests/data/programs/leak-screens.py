# little panel UI: screens are pushed and popped, bus tells them about the battery

class Bus:
    def __init__(self):
        self.topics = {}

    def on(self, topic, fn):
        self.topics.setdefault(topic, []).append(fn)

    def emit(self, topic, value):
        for fn in self.topics.get(topic, ()):
            fn(value)

bus = Bus()

class Label:
    def __init__(self, x, y, text):
        self.x = x
        self.y = y
        self.text = text

    def draw(self, rows):
        r = rows[self.y]
        rows[self.y] = (r[:self.x] + self.text + r[self.x + len(self.text):])[:20]

class Screen:
    def __init__(self, title, items):
        self.labels = [Label(0, 0, title)]
        for n, it in enumerate(items):
            self.labels.append(Label(1, n + 1, it))
        self.level = 0
        bus.on("battery", self.on_battery)

    def on_battery(self, percent):
        self.level = percent

    def render(self, frame):
        rows = [" " * 20 for _ in range(4)]
        for lb in self.labels:
            lb.draw(rows)
        rows[3] = "%3d%%  #%05d" % (self.level, frame)
        return "\n".join(rows)

menus = {
    "Main": ["Light", "Heat"],
    "Light": ["Dim", "Off"],
    "Heat": ["Up", "Down"],
}

stack = []
x = 5
shown = 0
frame = 0
for step in range(460):
    x = (x * 75 + 74) % 65537
    if len(stack) > 2:
        while len(stack) > 1:
            stack.pop()
    name = ("Main", "Light", "Heat")[x % 3]
    stack.append(Screen(name, menus[name]))
    for _ in range(40):
        frame += 1
        shown += len(stack[-1].render(frame))
    if step % 6 == 0:
        bus.emit("battery", 100 - step // 6)
    if step % 90 == 0:
        print(stack[-1].render(frame))
print(shown, "characters drawn")
