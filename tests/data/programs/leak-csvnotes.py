import random

random.seed(3)

def make_row(i):
    cells = ["%d" % (i * 10), "%.2f" % (random.random() * 40), "%.1f" % (random.random() * 100), "%d" % random.randrange(990, 1030)]
    if random.randrange(150) == 0:
        cells[1 + random.randrange(3)] = "--%d" % i
    return ",".join(cells)

def parse_row(row, notes=[]):
    out = []
    for col, cell in enumerate(row.split(",")):
        cell = cell.strip()
        try:
            out.append(float(cell))
        except ValueError:
            notes.append("col %d: %r is no number" % (col, cell))
            out.append(None)
    return out, len(notes)

def mean(values):
    good = [v for v in values if v is not None]
    return sum(good) / len(good) if good else 0.0

def table(rows):
    cols = [[], [], []]
    for row in rows:
        vals, bad = parse_row(row)
        for i in range(3):
            cols[i].append(vals[i + 1])
    return [mean(c) for c in cols], bad

line = 0
for block in range(900):
    rows = []
    for _ in range(30):
        rows.append(make_row(line))
        line += 1
    (t, h, p), bad = table(rows)
    if block % 100 == 0:
        print("block %3d  t=%.2f h=%.1f p=%.1f  bad=%d" % (block, t, h, p, bad))
print("lines", line)
