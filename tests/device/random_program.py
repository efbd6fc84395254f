"""Programs at random that make objects of all kinds, tie them into each other, and let some go."""
import random

# For a program that ties objects of all kinds into each other.
CLASSES = """\
class Dev:
    def __init__(self, n):
        self.name = 'dev%d' % n
        self.hist = [n, n + 1, (n, 'x')]
class Log(list): pass
def outer():
    big = bytearray(1500)
    def inner(): return len(big)
    return inner
def numbers():
    x = list(range(60))
    while True: yield x
"""
MAKE = (
    "[%(a)s, %(b)s, %(n)d]", "(%(a)s, %(b)s)", "{%(n)d: %(a)s, 'k%(n)d': %(b)s}", "{'s%(n)d', %(n)d, ('t', %(n)d)}",
    "'text %(n)d' * %(m)d", "bytearray(%(n)d)", "memoryview(bytearray(%(n)d))", "1 << %(n)d", "%(n)d / 7", "Plain(%(a)s)",
    "Derived(%(a)s, %(b)s)", "Items([%(a)s, %(n)d])", "Failure(%(a)s)", "closure(%(a)s, %(b)s)", "generator(%(a)s)",
    "lambda x=%(a)s: (x, %(b)s)", "Plain(%(a)s).method", "iter([%(a)s, %(b)s])", "list(range(%(n)d))",
    "{k: [k] for k in range(%(m)d)}", "type('T%(n)d', (Plain,), {'held': %(a)s})", "map(Plain, [%(a)s])",
)
DO = (
    "%(a)s = %(new)s", "%(a)s = %(new)s", "%(a)s = %(new)s", "hold.append(%(new)s)", "hold.append(%(a)s)",
    "named['%(key)s'] = %(a)s", "named.pop('%(key)s', None)", "tie(%(a)s, %(b)s)", "tie(%(a)s, %(a)s)", "%(a)s = None",
    "hold[%(m)d %% len(hold)] = %(b)s", "del hold[:%(m)d]; hold.append(0)", "advance(%(a)s)", "gc.collect()",
)
BEGIN = """\
import gc
class Plain:
    def __init__(self, x): self.x = x
    def method(self): return self.x
class Derived(Plain):
    shared = []
    def __init__(self, x, y):
        super().__init__(x)
        self.y = y
class Items(list): pass
class Failure(Exception): pass
def closure(x, y):
    def inner(): return x, y
    return inner
def generator(x):
    kept = [x]
    while True: yield kept
def tie(x, y):
    if isinstance(x, list): x.append(y)
    elif isinstance(x, dict): x[len(x)] = y
    elif isinstance(x, Plain): x.tied = y
def advance(x):
    try: next(x)
    except Exception: pass
hold = [0]
named = {}
a = b = c = d = e = None
"""


def program(seed, n_statements=120):
    rng = random.Random(seed)
    lines = []
    for _ in range(n_statements):
        words = {"a": rng.choice("abcde"), "b": rng.choice("abcde"), "n": rng.randrange(1, 90), "m": rng.randrange(1, 12),
                 "key": "".join(rng.choice("xyz") for _ in range(3))}
        words["new"] = rng.choice(MAKE) % words
        lines.append(rng.choice(DO) % words)
    return BEGIN + "\n".join(lines) + "\n"
