# Calls of all kinds, down to show(), where scripts/call-stack-samples reads the memory; with mode 1 an exception is raised
# in the same place, whose traceback is the truth.
import sys, gc, micropython
class Stop(Exception): pass
def sample():
    return act(mode)
def ints(mode):
    return int('x')
def one(a, *, k=1):
    x = [a]
    return sample()
def big(n):
    a = b = c = d = e = f = g = h = i = j = k = l = m = n
    if n:
        return big(n - 1) + a

    return two(a + b)
def two(v):
    w = lambda: (
        one(v, k=2))
    return w()
def gen(n):
    yield 1
    for z in range(n):
        yield two(z)
def outer(n):
    q = n
    def inner(t):
        for u in gen(t + q):
            u += q
        return u
    return inner
def delegate(n):
    r = yield from gen(n)
    return r
class C:
    def __init__(self, v):
        self.v = v
    def method(self, *a):
        try:
            return [self.call(y) for y in (1,)]
        finally:
            self.v = 0
    def call(self, y):
        return sum(x for x in delegate(y))
    @property
    def prop(self):
        return outer(1)(1)
    def __enter__(self):
        return self.method(1)
    def __exit__(self, *a): pass
    def __add__(self, other):
        return big(3)
    def __lt__(self, other):
        return self + other
def biggen(n):
    a = b = c = d = e = f = g = h = i = j = k = l = m = n
    yield a + 1
    with C(a) as t:
        yield t
def trouble(n):
    try:
        if n: trouble(n - 1)
        else: raise OSError(n)
    except OSError as e:
        if n == 3: return sorted([C(1), C(2)])
        raise
def recursive(n):
    if n: return recursive(n - 1)
    return list(map(lambda x: C(x).prop, [1]))
def stale(n):
    a = b = c = d = e = f = g = h = i = j = k = l = m = n
    if n: stale(n - 1)
    for s in gen(0): pass
    return sorted([3, 2, n], key=lambda v: -v)
def unused(*a):
    stale(5)
    g = delegate(0)
    return list(g)
def exec_it():
    exec('def late(): \n\n return recursive(4)\nlate()', globals())
def all_kinds():
    unused()
    for v in biggen(2):
        if v is not 3: pass
def mixed():
    for w in (1, 2):
        g = gen(2)
        next(g)
        big(2)
entries = [sample, lambda: one(1), lambda: big(0), lambda: big(4), lambda: outer(1)(2), lambda: C(1).method(1),
    lambda: list(delegate(2)), lambda: list(biggen(1)), lambda: trouble(3), lambda: recursive(8), exec_it, all_kinds, mixed,
    lambda: [big(1) for h in (1, 2)], lambda: sorted([2, 1], key=lambda v: C(v) + 1), lambda: {k: two(k) for k in (5,)}]
def act(mode):
    return int('x') if mode else show()
def show():
    print('SAMPLE', sys.maxsize >> 32 and 8 or 4, id(sys.modules), id(globals()), id(type), id(None), id('len'),
        gc.mem_alloc(), micropython.stack_use())
    while True: pass
class Stream:
    def write(self, text): return all_kinds()
def frozen():
    import station
    journal = station.Journal(3)
    journal.note(1, 'x')
    journal.export(Stream())
entries += [frozen]
def run(i):
    global mode
    entry = entries[i]
    for mode in (1, 0):
        try:
            entry()
        except ValueError as e:
            sys.print_exception(e)
