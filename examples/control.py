"""A control loop, and a mistake in it: memprof sites --first-alloc step examples/control.py exec:micropython"""


class Motor:
    def __init__(self):
        self.at = 0

    def move(self, by):
        self.at = (self.at + by) & 0xFFFF
        return self.at


motor = Motor()
readings = bytearray(64)
log = []


def note(at):
    # Now and then the list has to grow.
    if at & 1:
        log.append(at)


def step(i):
    error = 100 - readings[i & 63]
    at = motor.move(error >> 2)
    # The loop itself keeps within small integers.
    if at > 0xFF00:
        at = 0
    note(at)


for i in range(1000):
    readings[i & 63] = i & 0xFF
    step(i)
print('done', motor.at)
