import random

random.seed(42)

class Client:
    def __init__(self, name):
        self.name = name
        self.filters = []
        self.queue = []
        self.got = 0

    def drain(self, n):
        for topic, payload in self.queue[:n]:
            self.got += len(topic) + len(payload)
        self.queue = self.queue[n:]

def matches(flt, topic):
    f = flt.split("/")
    t = topic.split("/")
    for i, part in enumerate(f):
        if part == "#":
            return True
        if i >= len(t) or (part != "+" and part != t[i]):
            return False
    return len(f) == len(t)

class Broker:
    def __init__(self):
        self.clients = {}
        self.retained = {}
        self.dropped = 0

    def connect(self, name):
        c = Client(name)
        self.clients[name] = c
        return c

    def disconnect(self, name):
        return self.clients.pop(name).got

    def subscribe(self, name, flt):
        c = self.clients[name]
        c.filters.append(flt)
        for topic, payload in self.retained.items():
            if matches(flt, topic):
                c.queue.append((topic, payload))

    def publish(self, topic, payload, retain=False):
        if retain:
            self.retained[topic] = payload
        for c in self.clients.values():
            for flt in c.filters:
                if matches(flt, topic):
                    if len(c.queue) < 30:
                        c.queue.append((topic, payload))
                    else:
                        self.dropped += 1
                    break

FILTERS = ["home/#", "home/+/temp", "home/hall/+", "alarm/#", "+/cellar/hum"]
ROOMS = ["hall", "cellar", "attic", "bath"]
broker = Broker()
served = 0
made = 0
for n in range(9000):
    if n % 45 == 0:
        name = "client-%d" % (n // 45)
        made += 1
        broker.connect(name)
        for _ in range(1 + random.randrange(3)):
            broker.subscribe(name, random.choice(FILTERS))
        if len(broker.clients) > 8:
            victim = random.choice(sorted(broker.clients))
            served += broker.disconnect(victim)
    kind = "temp" if n & 1 else "hum"
    broker.publish("home/%s/%s" % (random.choice(ROOMS), kind), b"%d.%d" % (n % 40, n % 10), n % 4 == 0)
    if n % 90 == 0:
        broker.publish("alarm/fire", b"test %d" % n)
    if random.randrange(5) == 0:
        for c in broker.clients.values():
            c.drain(random.randrange(8))
    if n % 1000 == 0:
        print(n, "clients", len(broker.clients), "served", served, "dropped", broker.dropped)
print(made, served)
