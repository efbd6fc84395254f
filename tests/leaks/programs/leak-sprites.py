# heap=163840 turns=3500 every=50 leaks=true owner=sprites
"""A game on a frame buffer: shots that miss fly on for ever outside the screen."""
import framebuf
W, H = 64, 32
screen = framebuf.FrameBuffer(bytearray(W * H // 8), W, H, framebuf.MONO_VLSB)

class Sprite:
    def __init__(self, x, y, vx):
        self.x = x
        self.y = y
        self.vx = vx

    def move(self):
        self.x += self.vx

sprites = []

def step(i):
    if i % 20 == 0:
        sprites.append(Sprite(0, i % H, 3))
    for s in sprites[-20:]:
        s.move()
        if s.x < W:
            screen.pixel(s.x, s.y, 1)
    screen.text("score %d" % (i * 10), 0, 0)
    return [("%d" % (i + k), k) for k in range(5)]

for i in range(3500):
    step(i)
