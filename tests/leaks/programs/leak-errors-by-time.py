# heap=131072 turns=4200 every=60 leaks=true owner=errors
"""Exceptions are kept by time, for a page of statistics."""
errors = {}

def parse(text):
    if text.endswith("7"):
        raise ValueError("bad field " + text)
    return text.split(",")

def step(i):
    try:
        return parse("%d,%d,%d" % (i * i, i * 3, i))
    except ValueError as e:
        if i % 3 == 1:
            errors[i] = e

for i in range(4200):
    step(i)
