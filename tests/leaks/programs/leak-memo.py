# heap=163840 turns=4900 every=70 leaks=true owner=memo
"""A memoised function whose arguments hardly ever come twice."""
memo = {}

def dew_point(t, h):
    key = (t, h)
    if key not in memo:
        memo[key] = t - (100 - h) / 5
    return memo[key]

def step(i):
    t = i * 37 % 250
    dew_point(t // 25, 40 + i // 320)
    return ["%.1f" % (t / 10 + k) for k in range(8)]

for i in range(4900):
    step(i)
