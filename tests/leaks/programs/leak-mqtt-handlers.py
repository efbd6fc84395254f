# heap=65536 turns=4200 every=60 leaks=true owner=client also=rp2
"""An MQTT client that subscribes again after each reconnection, and keeps the old handlers."""
class Client:
    def __init__(self):
        self.handlers = []

    def subscribe(self, topic, handler):
        self.handlers.append((topic, handler))

    def publish(self, topic, payload):
        for t, handler in self.handlers[-3:]:
            if t == topic:
                handler(payload)

client = Client()

def connect(n):
    client.subscribe("home/temp", lambda payload: len(payload) + n)
    client.subscribe("home/door", lambda payload: payload == "%d" % n)

def step(i):
    if i % 60 == 0:
        connect(i)
    client.publish("home/temp", '{"id":%d,"value":%d.5,"unit":"C"}' % (i, i % 30))

for i in range(4200):
    step(i)
