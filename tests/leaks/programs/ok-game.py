# heap=24576 turns=3500 every=50 leaks=false owner=-
"""A game on a frame buffer: what leaves the screen is dropped."""
import framebuf
W, H = 64, 32
screen = framebuf.FrameBuffer(bytearray(W * H // 8), W, H, framebuf.MONO_VLSB)

class Sprite:
    def __init__(self, x, y, vx):
        self.x = x
        self.y = y
        self.vx = vx

sprites = []

def step(i):
    global sprites
    if i % 5 == 0:
        sprites.append(Sprite(0, i % H, 1 + i % 3))
    screen.fill(0)
    for s in sprites:
        s.x += s.vx
        screen.pixel(s.x, s.y, 1)
    sprites = [s for s in sprites if s.x < W]
    screen.text("score %d" % (i * 10), 0, 0)

for i in range(3500):
    step(i)
