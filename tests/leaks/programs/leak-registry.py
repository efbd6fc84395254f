# heap=196608 turns=4900 every=70 leaks=true owner=Device
"""Instances register themselves in their class and are never removed."""
class Device:
    all = {}

    def __init__(self, address):
        self.address = address
        self.state = [0] * 4
        Device.all[id(self)] = self

    def read(self):
        return [self.address + k for k in self.state]

bus = [Device(0x40 + k) for k in range(4)]

def step(i):
    if i % 60 == 0:                     # a device was unplugged and came back
        bus[i // 60 % 4] = Device(i)
    return {d.address: d.read() for d in bus}

for i in range(4900):
    step(i)
