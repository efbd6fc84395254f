# heap=32768 turns=4200 every=60 leaks=false owner=- also=qemu
"""An MQTT client that replaces its handlers after a reconnection."""
import json
class Client:
    def __init__(self):
        self.handlers = {}
        self.n = 0

    def subscribe(self, topic, handler):
        self.handlers[topic] = handler

    def publish(self, topic, payload):
        if topic in self.handlers:
            self.handlers[topic](json.loads(payload))

client = Client()

def connect(n):
    def on_temp(message):
        client.n += message["id"] == n
    client.subscribe("home/temp", on_temp)
    client.subscribe("home/door", lambda message: message["id"] > n)

def step(i):
    if i % 60 == 0:
        connect(i)
    client.publish(("home/temp", "home/door")[i & 1], '{"id":%d,"value":%d.5}' % (i, i % 30))

for i in range(4200):
    step(i)
