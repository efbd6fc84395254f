import json

settings = {"name": "lamp", "bright": 50, "hue": 120, "fade": 0.5, "sched": [7, 22]}
restore = None

def apply(change):
    global restore
    old = {}
    for k in change:
        old[k] = settings[k]
        settings[k] = change[k]
    before = restore
    def back():
        for k in old:
            settings[k] = old[k]
        return before
    restore = back

def revert():
    global restore
    if restore:
        restore = restore()

def save():
    text = json.dumps(settings)
    return json.loads(text)

x = 1
check = 0
for n in range(2400):
    x = (x * 171 + 11213) % 53125
    what = x % 5
    if what == 0:
        apply({"bright": x % 101})
    elif what == 1:
        apply({"hue": x % 360, "fade": x / 53125})
    elif what == 2:
        apply({"sched": [x % 12, 12 + x % 12]})
    elif what == 3:
        apply({"name": "lamp-%d" % (x % 40)})
    else:
        revert()
    for _ in range(10):
        check = (check * 31 + save()["bright"]) & 0xffff
    if n % 300 == 0:
        print(n, json.dumps(settings))
print(check)
