# heap=131072 turns=4900 every=70 leaks=false owner=- also=qemu
"""Instances sign on at their class and sign off again."""
class Device:
    all = {}

    def __init__(self, address):
        self.address = address
        self.state = [0] * 4
        Device.all[id(self)] = self

    def close(self):
        del Device.all[id(self)]

bus = [Device(0x40 + k) for k in range(6)]

def step(i):
    if i % 10 == 0:
        at = i // 10 % 6
        bus[at].close()
        bus[at] = Device(i)
    return {d.address: d.state[:] for d in Device.all.values()}

for i in range(4900):
    step(i)
