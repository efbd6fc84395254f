import json

class Uplink:
    def __init__(self):
        self.offline = []
        self.sent = 0
        self.bytes = 0

    def post(self, doc, up):
        s = json.dumps(doc)
        if not up:
            self.offline.append(s)
            return False
        self.sent += 1
        self.bytes += len(s)
        return True

    def retry(self):
        todo = self.offline[:]
        while todo:
            s = todo.pop()
            self.sent += 1
            self.bytes += len(s)

uplink = Uplink()
state = 31

def rnd(n):
    global state
    state ^= state << 13 & 0xffffffff
    state ^= state >> 17
    state ^= state << 5 & 0xffffffff
    return state % n

soil = [420, 510, 380]
for t in range(36000):
    for i in range(3):
        soil[i] += rnd(7) - 3
        soil[i] = min(800, max(200, soil[i]))
    doc = {"t": t, "soil": soil, "batt": 3.3 + rnd(90) / 100, "id": "bed-%d" % (t % 5)}
    up = t < 24000 or t % 120 >= 3
    uplink.post(doc, up)
    if t % 900 == 899:
        uplink.retry()
    if t % 4000 == 0:
        print("t=%d sent=%d (%d kB)" % (t, uplink.sent, uplink.bytes >> 10))
print("end", uplink.sent)
