import struct

class Client:
    def __init__(self, cid, keepalive=60):
        self.cid = cid
        self.keepalive = keepalive
        self.pid = 0
        self.inflight = {}
        self.acks = 0

    def next_pid(self):
        self.pid = self.pid % 65535 + 1
        return self.pid

    def publish(self, topic, payload, qos=1):
        pid = self.next_pid()
        t = topic.encode()
        body = struct.pack("!H", len(t)) + t + struct.pack("!H", pid) + payload
        pkt = bytes([0x30 | qos << 1, len(body)]) + body
        if qos:
            self.inflight[pid] = pkt
        return pkt

    def on_packet(self, pkt):
        kind = pkt[0] >> 4
        if kind == 4:
            pid = struct.unpack("!H", pkt[2:])[0]
            if pid in self.inflight:
                del self.inflight[pid]
                self.acks += 1

class Air:
    def __init__(self, seed):
        self.x = seed

    def roll(self, n):
        self.x = (self.x * 1103515245 + 12345) & 0x7fffffff
        return (self.x >> 8) % n

    def carry(self, pkt):
        if self.roll(250) == 0:
            return None
        n = struct.unpack("!H", pkt[2:4])[0]
        pid = pkt[4 + n:6 + n]
        return b"\x40\x02" + pid

client = Client("meter-7")
air = Air(77)
kwh = 1180.0
for tick in range(40000):
    kwh += air.roll(9) * 0.001
    msg = '{"t":%d,"kwh":%.3f,"v":%.1f}' % (tick * 5, kwh, 228 + air.roll(50) / 10)
    out = client.publish("home/meter/%d/power" % (tick % 3), msg.encode())
    back = air.carry(out)
    if back:
        client.on_packet(back)
    if tick % 5000 == 0:
        print("t", tick * 5, "kwh %.2f" % kwh, "acked", client.acks)
print("bye", client.cid, client.acks)
