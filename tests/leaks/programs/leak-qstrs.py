# heap=163840 turns=4200 every=60 leaks=true owner=- also=qemu
"""Commands are looked up by getattr(); each new word is interned for ever."""
class Robot:
    def move(self, n):
        return n + 1

    def turn(self, n):
        return n - 1

robot = Robot()

def step(i):
    word = ("move", "turn")[i & 1]
    getattr(robot, word)(i)
    if i % 20 == 0:
        getattr(robot, "cmd_%d_%d" % (i, i * 3), None)
    return [word + str(j) for j in range(8)]

for i in range(4200):
    step(i)
