# heap=32768 turns=4200 every=60 leaks=false owner=-
"""Bad input is normal; the last 5 errors are kept for the status page."""
errors = [None] * 5
n = 0

def step(i):
    global n
    try:
        int("%dx" % i if i % 3 == 0 else "%d" % i)
        return [1.5 * i, {}]
    except ValueError as e:
        errors[n % 5] = e
        n += 1

for i in range(4200):
    step(i)
