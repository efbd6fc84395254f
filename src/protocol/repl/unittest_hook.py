"""The hook of `check --per-test` in unittest, as unittest_hook.c sends it."""
# G: the program's globals. C: the hook of collections, which counts them. X: the values of a frame.
#: part begin
def __memprof_t():
    import gc, unittest
    try: from micropython import mem_info
    except ImportError: mem_info = None
    try: from time import ticks_us, ticks_diff
    except ImportError:
        def ticks_us(): return 0
        def ticks_diff(a, b): return -1
    G = globals()
    X = [0] * 7
#: part counted
    snapshot = None
    def C(k): return G['__memprof'](k)
#: part uncounted
    try: from memprof import snapshot
    except ImportError: snapshot = None
    def C(k): return -1
# E: prints a frame: k as in enum unittest_at, name, outcome, exception. An agent takes a snapshot before it, so
# that what it counts begins and ends with the test, and all that it has to report comes first. It collects twice: for
# the tables, and to see how long that takes without them.
#
# W: puts itself around a test. n: failures that were noted so far, as those of subTest raise nothing. D: the tests by
# what was put around them, as a class inherits such ones. K: what a class or its bases have under a name, as getattr
# makes a function of a static method. S[0]: tests were added; S[1]: the hook is gone; S[2]: a test runs, and what it
# calls is a part of it; S[3]: SystemExit came out of one.
#: part rest
    def E(k, n, r, m):
        if k & 1: X[3] = ticks_diff(ticks_us(), X[3])
        else:
            C(4)
            gc.collect()
            C(3)
            X[3] = ticks_us()
            gc.collect()
            X[3] = ticks_diff(ticks_us(), X[3])
        X[1] = C(2)
        X[2] = gc.mem_alloc()
        if snapshot: snapshot()
        X[0] = k; X[4] = r; X[5] = n; X[6] = m
        print('\x1etest', end='')
        print(X)
        X[5] = X[6] = None
        if not k & 1 and mem_info: mem_info()
        print('\x1f', end='')
        X[3] = ticks_us()
    def F(): return getattr(getattr(unittest, '__test_result__', None), '_newFailures', 0)
    def W(name, f):
        def test(*a, **k):
            if S[1] or S[2]: return f(*a, **k)
            E(0, name, 0, None)
            S[2] = 1
            r = 2
            m = None
            try:
                n = F()
                v = f(*a, **k)
                if F() == n: r = 0
                else: m = 'in subTest'
                return v
            except BaseException as e:
                if isinstance(e, unittest.SkipTest): r = 1
                if isinstance(e, SystemExit): S[3] = 1
                try:
                    m = str(e)
                    if r != 1: m = type(e).__name__ + (m and ': ' + m)
                    m = m[:200]
                except Exception: pass
                raise
            finally:
                S[2] = 0
                E(1, name, r, m)
                m = None
                E(2, name, 0, None)
        return test
    class T:
        def __init__(s, f):
            s.__name__ = getattr(f, '__name__', 'test')
            s.f = W(s.__name__, f)
        def __call__(s): return s.f()
    def K(c, n):
        d = getattr(c, '__dict__', {})
        if n in d: return d[n]
        for b in getattr(c, '__bases__', ()):
            d = K(b, n)
            if d is not None: return d
    def wrap(o, c):
        for n in dir(o):
            f = getattr(o, n)
            if (n[:4] == 'test' or n == 'runTest') and callable(f):
                f = D.get(id(f), (f, f))[1]
                w = W(c.__name__ + '.' + n, f)
                D[id(w)] = w, f
                if o is c and (type(K(c, n)) in (staticmethod, classmethod) or hasattr(f, '__call__')): w = staticmethod(w)
                setattr(o, n, w)
    S = [0, 0, 0, 0]
    D = {}
    A = unittest.TestSuite.addTest
    M = unittest.main
    def add(s, c):
        S[0] = 1
        if isinstance(c, type): wrap(c, c)
        elif isinstance(c, unittest.TestCase): wrap(c, type(c))
        elif callable(c): c = T(c)
        return A(s, c)
    def main(*a, **k):
        S[0] = 1
        try:
            r = M(*a, **k)
            if hasattr(r, 'wasSuccessful') and not r.wasSuccessful(): E(3, '', 2, None)
            return r
        except SystemExit as e:
            if e.args and e.args[0]: E(3, '', 2, 'SystemExit' if S[3] else None)
    unittest.TestSuite.addTest = add
    unittest.main = main
    def end(k=0):
        if k:
            unittest.TestSuite.addTest = A
            unittest.main = M
            S[1] = 1
        elif not S[0]:
            for n, c in list(G.items()):
                if isinstance(c, type) and issubclass(c, unittest.TestCase) and c is not unittest.TestCase or n[:4] == 'test' and callable(c): return main()
    return end
__memprof_t = __memprof_t()
#: public unittest_hook_end_code
try: __memprof_t(1)
except Exception: pass
try: del __memprof_t
except NameError: pass
