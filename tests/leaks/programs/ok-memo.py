# heap=65536 turns=4900 every=70 leaks=false owner=-
"""A memoised function whose arguments come again."""
memo = {}

def dew_point(t, h):
    key = (t, h)
    if key not in memo:
        memo[key] = t - (100 - h) / 5
    return memo[key]

def step(i):
    t = i * 37 % 250
    dew_point(t // 10, 40 + i % 3)
    return "%.1f %s" % (t / 10, [t, t + 1, t + 2])

for i in range(4900):
    step(i)
