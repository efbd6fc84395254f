"""The hook of `run --imports`, in parts that import_hook.c sends one by one."""
# Sent in parts: memory used to compile a part lies below what remains of it, so small parts keep the hook out of the
# heap's largest free block. D holds the results of the parts so far.
#
# Functions receive what they need as defaults of their arguments, because global names are those of the program, which
# may use any, and closures are printed with everything they hold.
#: part results
class __memprof_i: pass
#: part part_begin
def __memprof_j(D):
#: part part_end
try: __memprof_j(__memprof_i)
finally: del __memprof_j
# uos is the firmware's module even if the user has a file named os. L: names of built-in modules, which sys.modules
# does not keep, and of those that memprof uses. S: depth; next index in L; disabled (1: counting of blocks, 2: all);
# the functions themselves.
#: part state_code
    import gc, sys, builtins
    D.i = D.t = None
    try:
        from micropython import mem_info
        D.i = mem_info
    except: pass
    try:
        from uos import stat
        D.t = stat
    except: pass
    D.b = builtins
    D.o = __import__
    D.M = sys.modules
    D.u = gc.mem_alloc
    D.c = gc.collect
    D.L = [None] * 24 + ['gc', 'sys', 'builtins', 'micropython', 'memprof']
    D.S = [0, 0, 1, 0, 0]
    D.W = D.B = None
# W walks all areas as the firmware links them. B: number and checksum of the areas zeroed last, as a growing heap also
# gives areas back. z 0: count free blocks that are not zero, -1 if the areas changed; 1: zero all free blocks; 2:
# count used blocks.
#: part first_area FIRST_AREA=%PRIu64
    D.A = FIRST_AREA
#: part walk TABLE=%s TABLE_BYTES=%s POOL=%s N_PARTS=%u ANY_PART=%s CLEAR_PARTS=%s NEXT_AREA=%s
    @micropython.viper
    def W(a: int, z: int, B: ptr32) -> int:
        c = 0
        e = 0
        k = 0
        x = 0
        while a:
            if z == 0:
                if k == B[0]: break
            s = ptr32(a)
            t = ptr8(TABLE)
            n = (TABLE_BYTES) << 2
            p = ptr32(POOL)
            i = 0
            while i < n:
                if (t[i >> 2] >> ((i & 3) << 1)) & 3: e += 1
                else:
                    j = i * N_PARTS
                    if ANY_PART:
                        c += 1
                        if z == 1:
                            CLEAR_PARTS
                i += 1
            k += 1
            x ^= a & 0x3fffffff
            a = NEXT_AREA
        if z == 1:
            B[0] = k
            B[1] = x
        elif z == 0:
            if B[1] != x: c = -1
        return e if z == 2 else c
    D.B = bytearray(8)
    D.W = W
# Prints a frame; k is 1 at the end of an import. The __file__ of a frozen module is not a file. X: the values printed.
#: part frame_code
    def E(k, n, m, r, A=D.A, B=D.B, W=D.W, u=D.u, c=D.c, i=D.i, t=D.t, p=print, g=getattr, M=D.M, L=D.L, S=D.S, X=[0] * 9):
        X[2] = u()
        X[3] = -1 if S[2] else W(A, 0, B)
        q = 0
        w = None
        try:
            if k and not r:
                m = M.get(n, m)
                w = g(m, '__file__', w)
                if w is None:
                    if g(m, '__path__', w) is w:
                        q = 1
                        if n not in M:
                            L[S[1]] = n
                            S[1] = (S[1] + 1) % 24
                elif (w + '')[-4:] == '.mpy': q = 3
                elif t:
                    q = 2
                    t(w)
                    q = 4
        except: pass
        c()
        S[0] -= k
        X[0] = k; X[1] = S[0]; X[4] = n; X[5] = w; X[6] = q; X[7] = r; X[8] = u()
        p('\x1eimport', end='')
        p(X)
        X[4] = X[5] = None
        S[0] += 1 - k
        if i: i()
        p('\x1f', end='')
        if not S[2]: W(A, 1, B)
    D.E = E
# R: the full name of a relative import, as in evaluate_relative_import (py/builtinimport.c); d is the caller's
# globals.
#
# P: the name of the module to measure; or the module, if it is already loaded. Parents are imported one by one, as the
# loader does, each with its own figures. Other threads, without a GIL, might allocate a block while it is zeroed, so
# counting stops when _thread is imported.
#: part prepare_code
    def R(d, n, v):
        b = d['__name__']
        if '__path__' in d: v -= 1
        while v > 0:
            i = b.rfind('.')
            b = b[:i] if i > 0 else ''
            v -= 1
        return b and (b + '.' + n if n else b)
    def P(d, n, g, l, f, v, o=D.o, R=R, M=D.M, L=D.L, S=D.S, b=D.b):
        if v:
            d = R(d, n, v)
            if not d: return o(n, g, l, f, v)
            n = d
        if S[2] > 1 or n in M or n in L: return o(n, g, l, f, 0)
        if n == '\x1e':
            S[2] = 2
            if __import__ is S[4]:
                if o is b.__import__: del b.__import__
                else: b.__import__ = o
            return
        if n == '_thread': S[2] = 1
        i = (n + '').find('.')
        while i > 0:
            k = n[:i]
            if k not in M and k not in L: S[3](k, None)
            i = n.find('.', i + 1)
        return n
    D.R = R
    D.P = P
# C: measures one import. While it runs, only this function and the outer one are on the stack, which is small;
# bytecode takes less of it than a native function with an exception handler.
#
# h: in a native function, globals() returns its caller's.
#: part native_code
    def __memprof_import(k, f, o=D.o, E=D.E):
        E(0, k, None, 0)
        r = 1
        m = None
        try:
            m = o(k, None, None, f, 0)
            r = 0
        finally: E(1, k, m, r)
        return m
    C = __memprof_import
    @micropython.native
    def h(n, g=None, l=None, f=None, v=0, G=globals, P=D.P, C=C, T=type, Y=str):
        k = P(G(), n, g, l, f, v)
        return C(k, f) if T(k) is Y else k
# Without native code: locals() returns those of the module being loaded. Q returns the name of a relative import, or a
# list of candidates: in the package of that module, then in those of all others; the one whose module is loaded, or
# can be, is meant.
#: part guess_code
    def Q(d, n, g, l, f, v, o=D.o, R=D.R, M=D.M, t=getattr, P=D.P):
        if not v: return P(d, n, g, l, f, v)
        k = n or f[0]
        a = [n, k]
        for m in [d] + [t(m, '__dict__', d) for m in M.values()]:
            x = '__name__' in m and R(m, '', v)
            if x and (x + '.' + k in M or not n and (k == '*' or t(M.get(x), k, a) is not a)):
                return o(x + '.' + n if n else x, g, l, f, 0)
            if x and x not in a[2:]: a.append(x)
        return a if a[2:] else o(n, g, l, f, v)
    def __memprof_import(k, f, o=D.o, E=D.E, I=ImportError, T=type, Z=list):
        n = 1
        a = [k]
        if T(k) is Z:
            n = k[0]
            a = [x + '.' + k[1] for x in k[2:]]
        k = a[0]
        E(0, k, None, 0)
        r = 1
        m = None
        try:
            for k in a:
                try:
                    m = o(k, None, None, f, 0)
                    r = 0
                    break
                except I:
                    if k is a[-1]: raise
        finally: E(1, k, m, r)
        return m if n else o(k[:k.rfind('.')], None, None, f, 0)
    C = __memprof_import
    def __memprof_import(n, g=None, l=None, f=None, v=0, G=locals, Q=Q, C=C, T=type, Y=str, Z=list):
        k = Q(G(), n, g, l, f, v)
        return C(k, f) if T(k) is Y or T(k) is Z else k
    h = __memprof_import
#: part install_code
    D.S[3] = C
    D.S[4] = D.b.__import__ = h
# Removes all but the hook. No block is written to unless the used ones add up.
#: part count_begin
def __memprof_j(S, A, B, W, c, u, p=print):
    c()
#: part count_blocks BLOCK_BYTES=%u
    if W(A, 2, B) * BLOCK_BYTES == u():
        S[2] = 0
        W(A, 1, B)
#: part count_end
    p(S[2])
try: __memprof_j(__memprof_i.S, __memprof_i.A, __memprof_i.B, __memprof_i.W, __memprof_i.c, __memprof_i.u)
finally: del __memprof_i, __memprof_j
