import random

def main():
    random.seed(8)
    w, h = 64, 32
    parts = []
    frames = 0
    lit = 0
    while frames < 1350:
        if frames % 3 == 0:
            parts.append([w / 2, h * 1.0, random.random() - 0.5, -1.5 - random.random(), 0.09])
        if frames % 3 == 1:
            parts.append([w / 2, h - 2.0, 0.2 * random.random(), -0.3, 0.0])
        keep = []
        fb = bytearray(w * h // 8)
        for p in parts:
            p[0] += p[2]
            p[1] += p[3]
            p[3] += p[4]
            if p[1] > h:
                continue
            x, y = int(p[0]), int(p[1])
            if 0 <= x < w and 0 <= y < h:
                fb[(y * w + x) >> 3] |= 1 << (x & 7)
            keep.append(p)
        parts = keep
        lit += sum(1 for b in fb if b)
        if frames % 100 == 0:
            print("frame", frames, "lit", lit)
        frames += 1
    print("bye", lit)

main()
