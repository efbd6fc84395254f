"""The hook of `sites --first-alloc`, in parts of which first_alloc_hook.c sends those that are wanted."""
# E: the exception of emergencies, A: its text when the heap is locked, copied, as E has its own in the buffer. c[0]:
# 0: calls are watched, 1: one is running, and calls within it are a part of it, 2: none is watched, 3: an allocation
# was found, and the program is to end: further calls do nothing; c[1]: calls, c[2]: those that an exception ended. i
# and x come before and after a call, e: the exception that ended it. Nothing that allocates comes between k() and u().
# Nor does a jump outside of the call: Ctrl-C takes effect at these (py/vm.c), and the heap would stay locked. "except
# X" has one, and the end of "try" jumps after it.
#
# An interrupt handler may have locked the heap as well, in x too: there nothing can be printed, as USB waits for an
# interrupt, so the traceback is kept in b, s prints it later, and the host ends the program. t is tried after that, as
# it changes E.
#: part begin
def __memprof_a():
    import micropython as m
    from sys import print_exception as p
    k = m.heap_lock
    u = m.heap_unlock
    c = [2, 0, 0]
    G = GeneratorExit
    getattr(m, 'alloc_emergency_exception_buf', abs)(256)
    try:
        from io import StringIO
        h = m.schedule
        b = StringIO(512)
    except (ImportError, AttributeError): h = b = None
    def t(v): return [v]
    def g():
        k()
        try: raise G
        except: u()
    k()
    try:
        try: t(1)
        except:
            u()
            raise
    except MemoryError as e: E = e
    p(E)
    A = ''.join((E.args[0], '')) if E.args else 0
    g()
    if type(E) is not G: raise AttributeError
    def i(c=c, E=E, G=G, g=g):
        c[0] = 1
        c[1] += 1
        if type(E) is not G: g()
    def s(_):
        print('\x1efirst-alloc', c[1])
        print(b.getvalue(), end='\x1f')
    def __memprof_x(e, c=c, E=E, A=A, G=G, p=p, b=b, h=h, s=s, t=t):
        c[0] = 0
        a = type(E) is not G
        if a and e is E: a = type(e) is MemoryError and (e.args[0] if e.args else 0) == A
        if a:
            c[0] = 3
            if b:
                try:
                    p(E, b)
                    t(1)
                except MemoryError:
                    h(s, 0)
                    return 1
            print('\x1efirst-alloc', c[1])
            p(E)
            print('\x1f', end='')
            raise KeyboardInterrupt
        if e is not None: c[2] += 1
    x = __memprof_x
    l = []
    def no(*a):
        c[0] = 3
        print('\x1efirst-alloc no', *a, end='\x1f')
        raise KeyboardInterrupt
# Its own variables have names that no parameter has.
#: part wrapper_begin PARAMETERS=%s
    def F(f, c, i, x, k, u):
        def __memprof_w(PARAMETERS *, __memprof_f=f, __memprof_c=c, __memprof_i=i, __memprof_x=x, __memprof_k=k, __memprof_u=u):
#: part wrapper_missing PARAMETER=%s NEXT_PARAMETER=%s
            if PARAMETER is __memprof_c and NEXT_PARAMETER is not __memprof_c: raise TypeError('an argument is missing before a named one')
#: part wrapper_calls CALL=%s CALL_WATCHED=%s
            if __memprof_c[0]:
                if __memprof_c[0] > 2: return
                return CALL
            __memprof_i()
            __memprof_k()
            try:
                try:
                    __memprof_r = CALL_WATCHED
                    __memprof_u()
                except:
                    __memprof_u()
                    raise
            except BaseException as __memprof_e:
                if __memprof_x(__memprof_e): return
                raise
            __memprof_x(None)
            return __memprof_r
        return __memprof_w
# R: puts f back in place of w.
#: part module
    def M():
        a = N.split('.')
        try:
            o = __import__(a[0])
            for j in range(1, len(a) - 1):
                if not hasattr(o, a[j]): __import__('.'.join(a[:j + 1]))
                o = getattr(o, a[j])
            f = D(o, a[-1])
        except Exception as e: no(type(e).__name__, e)
        w = W(f)
        try: setattr(o, a[-1], w)
        except Exception: no('it is in C code')
    def D(o, n):
        d = o.__dict__.get(n) if type(o) is type else None
        return getattr(o, n) if d is None else d
    def R(f, w):
        try:
            a = N.split('.')
            o = __import__(a[0])
            for j in a[1:-1]: o = getattr(o, j)
            if getattr(o, a[-1]) is w: setattr(o, a[-1], f)
        except Exception: pass
#: part program
    def R(f, w, g=globals()):
        a = N.split('.')
        try:
            o = g[a[0]]
            for j in a[1:-1]: o = getattr(o, j)
            if o is w: g[a[0]] = f
            elif getattr(o, a[-1]) is w: setattr(o, a[-1], f)
        except Exception: pass
# W: a wrapper of f; 1: of the module's function; None: the end.
#: part wrap
    def W(f):
        if f is None:
            print(c[1], c[2], int(c[0] == 3))
            c[0] = 2
            for f, w in l: R(f, w)
            return
        if f is 1: return M()
        t = str(type(f))[8:-2]
        if t not in ('function', 'closure'): no('it is a', t)
        w = F(f, c, i, x, k, u)
        l.append((f, w))
        if c[0] == 2: c[0] = 0
        return w
    return W
__memprof_a = __memprof_a()
#: public first_alloc_gone_code
try: del __memprof_a
except NameError: pass
