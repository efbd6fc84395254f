from array import array
import math

marks = array("I")
LOW, HIGH = -0.4, 0.4

class Biquad:
    def __init__(self, b, a):
        self.b = b
        self.a = a
        self.z1 = self.z2 = 0.0

    def __call__(self, x):
        y = self.b[0] * x + self.z1
        self.z1 = self.b[1] * x - self.a[0] * y + self.z2
        self.z2 = self.b[2] * x - self.a[1] * y
        return y

chain = [
    Biquad((0.2, 0.4, 0.2), (-0.37, 0.19)),
    Biquad((0.3, 0.3, 0.0), (-0.4, 0.0)),
    Biquad((0.9, 0.1, 0.0), (0.0, 0.0)),
]

noise = 7
armed = True
t = 0
while t < 60000:
    noise = (noise * 214013 + 2531011) & 0x7fffffff
    x = math.sin(t * 0.35) + ((noise >> 16) / 16384 - 1) * 0.3
    for f in chain:
        x = f(x)
    if armed and x > HIGH:
        marks.append(t)
        armed = False
    if x < LOW:
        armed = True
    t += 1
    if t % 6000 == 0:
        gaps = [marks[i + 1] - marks[i] for i in range(len(marks) - 21, len(marks) - 1)]
        print("%.2f beats a second" % (1000 / (sum(gaps) / len(gaps))))
print("done")
