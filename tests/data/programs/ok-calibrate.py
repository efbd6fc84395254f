import gc, math

class Pid:
    def __init__(self, kp, ki, kd):
        self.k = kp, ki, kd
        self.i = 0.0
        self.last = 0.0

    def step(self, err):
        kp, ki, kd = self.k
        self.i = max(-50.0, min(50.0, self.i + err))
        d = err - self.last
        self.last = err
        return kp * err + ki * self.i + kd * d

def capture(n, phase):
    return [math.sin(0.11 * i + phase) + 0.3 * math.sin(0.53 * i) for i in range(n)]

def fft(x):
    n = len(x)
    if n == 1:
        return [complex(x[0], 0)]
    even, odd = fft(x[0::2]), fft(x[1::2])
    half = n // 2
    out = [0] * n
    for k in range(half):
        a = -2 * math.pi * k / n
        t = complex(math.cos(a), math.sin(a)) * odd[k]
        out[k] = even[k] + t
        out[k + half] = even[k] - t
    return out

def calibrate(run):
    n = (128, 256, 64, 128)[run % 4]
    data = capture(n, run)
    spec = fft(data)
    power = [abs(z) for z in spec[:n // 2]]
    order = sorted(range(len(power)), key=lambda i: -power[i])
    return [(i / n, power[i] / n) for i in order[:5]]

heat = 20.0
gain = 1.0
for run in range(30):
    peaks = calibrate(run)
    gc.collect()
    gain = 1.0 + peaks[0][1]
    pid = Pid(2.0 * gain, 0.05, 0.4)
    goal = 60 + run % 5
    for t in range(2400):
        u = max(0.0, min(100.0, pid.step(goal - heat)))
        heat += u * 0.01 - (heat - 20) * 0.008
        text = "%.2f %.1f" % (heat, u)
    if run % 3 == 0:
        print("run", run, "peak at %.4f" % peaks[0][0], "ended with", text)
