# memprof_setup.py 1.1.0: the part of memprof.py that is seldom needed
#
# memprof.py imports it to start, and to find the areas of the heap.
import gc
import memprof as _core
import sys
from array import array
from memprof import _p

try:
    from micropython import const
except ImportError:
    const, ptr8, ptr32 = int, None, None

# As in memprof.py.
_BASE = const(4)
_HASHED = const(9)
_N = const(10)
_SESSION = const(14)
_SEQUENCE = const(15)
_TABLE = const(16)
_KEY = const(32)
_UNTIL = const(33)
_DUE = const(40)
_ROWS = const(44)
_BLOCK = const(45)
_CLOCK = const(46)
_EMPTY = const(53)
_HIGH = const(57)


#@micropython.viper
def _used(b: ptr8, n: int, p: ptr32):
    c = 0
    for i in range(n):
        v = b[i]
        v = (v | v >> 1) & 85
        while v:
            c += v & 1
            v >>= 2
    p[4] = c


def _varint(v):
    b = []
    while v > 127:
        b.append(v & 127 | 128)
        v >>= 7
    b.append(v)
    return bytes(b)


def _signed(v):
    return v - (v >> 31 << 32)


def _tables():
    """Of CRC-32, and the CRCs of rows of one kind."""
    t = []
    for i in range(16):
        for _ in range(4):
            i = i >> 1 ^ (0xEDB88320 if i & 1 else 0)
        t.append(i)
    for i in range(16):
        _p[_TABLE + i] = _signed(t[i]) if _core._fast == 2 else t[i] & 65535
        if _core._fast != 2:
            _p[_HIGH + i] = t[i] >> 16
    for k in range(2):
        v = 0xFFFFFFFF
        for _ in range(64):
            v = v >> 4 ^ t[(v ^ k) & 15]
        if _core._fast == 2:
            _p[_EMPTY + k] = _signed(v)
        else:
            _p[_EMPTY + 2 * k] = v & 65535
            _p[_EMPTY + 2 * k + 1] = v >> 16


def _area(s, i):
    """(blocks' address, bytes a block, words) if an area is described from s[i] on, else None (py/mpstate.h)."""
    at, n = s[i], s[i + 1]
    if at and 0 < n < 1 << 24:
        for k in (2, 3, 4):
            # The tables of finalisers and of weak references are half as long each. Then a byte, and what is less than
            # four blocks and their share of the tables.
            pool = s[i + k]
            free = pool - at - n - (k - 2) * ((n + 1) // 2)
            for b in (8, 16, 32, 64):
                if s[i + k + 1] - pool == 4 * n * b and pool % b == 0 and 0 <= free <= 5 * b:
                    if k == 2 or s[i + 2] - at - n in (0, 1):
                        return pool, b, k
    return None


def _more(i):
    """One function of memprof_more, without the memory of the others."""
    import memprof_more as more
    sys.modules.pop("memprof_more", None)
    f = (more._figures, more._base64)[i]
    del more._figures, more._base64, more.mark, more.task, more.stats
    return f


def _find():
    """Finds the areas of the heap. Nothing is read but MicroPython's own state, and what that leads to."""
    _core._t = ()
    _core._body = None
    _p[_KEY] = 1
    _areas()
    if not _core._body:
        _core._body = _more(0)


def _areas():
    try:
        import __main__
        from uctypes import ARRAY, UINT32, UINT64, bytearray_at, struct
    except ImportError:
        return
    w, kind = (8, UINT64) if sys.maxsize >> 32 else (4, UINT32)
    at = id(sys.modules)
    wraps = (at < 0) * (sys.maxsize + 1)  # an address is 31 bits of a small number
    # A part of its state, and so is __main__'s dict; the areas' addresses are some words above (py/mpstate.h).
    if id(__main__.__dict__) != at + 4 * w:
        return
    at += wraps
    s = struct(at, (ARRAY, kind | 1032))
    i = 8
    while not _area(s, i):
        i += 1
        if i == 1024:
            return
    at += w * i
    free = gc.mem_alloc() + gc.mem_free() - 256
    areas = []
    n = 0
    while len(areas) < 64:
        pool, b, k = _area(s, i)
        table = bytearray_at(s[i], s[i + 1])
        size = len(table)  # a small number, which s[i + 1] need not be
        free -= 4 * size * b
        # Where a heap may have several areas, the word before has the address of the next one. Elsewhere it is
        # something else; but there the first one is all there is.
        more = 1 if areas or free > 0 else 0
        told = bytearray_at(at - w * more, w * (k + 2 + more))
        areas.append((table, array("H", pool.to_bytes(8, "little") + (4 * size).to_bytes(4, "little")),
                      _varint(len(areas)) + b"\0" + _varint(pool) + _varint(4 * size), told, bytes(told)))
        n += (size + 15) // 16
        at = s[i - 1]
        if free <= 0 or not at or at % w:
            break
        s = struct(at, (ARRAY, kind | 8))
        i = 1
        at += w
        if not _area(s, i) or _area(s, i)[1:] != (b, k):
            return
    # If these are its tables, then so much is used as gc says.
    for i in range(3):
        free = gc.mem_alloc()
        for k in areas:
            _used(k[0], len(k[0]), _p)
            free -= _p[_BASE] * b
        if not free:
            break
    else:
        return
    _p[_HASHED] = 1
    try:
        s = array("H", bytes(2 * n))
    except MemoryError:
        s = array("H", (0,))
        _p[_HASHED] = 0
    _core._t = tuple([a + (s,) for a in areas])
    _core._body = _core._table
    _p[_ROWS] = n
    _p[_BLOCK] = b


def _clocks():
    try:
        import time
        time.ticks_us
        _p[_CLOCK] = 2
    except (ImportError, AttributeError):
        # Built-in functions that return 0 here: nothing that would have to be kept.
        class time:
            ticks_ms = ticks_us = int
            ticks_add = ticks_diff = min
        _p[_CLOCK] = 1
        try:
            from supervisor import ticks_ms
            time.ticks_ms = ticks_ms
        except ImportError:
            pass
    _core._clock = time
    try:
        from micropython import stack_use
    except ImportError:
        stack_use = int
    _core._stack_use = stack_use
    try:
        from micropython import schedule
    except ImportError:
        schedule = None
    _core._schedule = schedule


def _open(period_ms, stream, text):
    if not stream:
        stream = getattr(sys.stdout, "buffer", None)
        if not stream:
            stream = sys.stdout
            text = True
    if not _core._write:
        _tables()
        _clocks()
    try:
        from os import urandom
        n = urandom(1)[0]
    except (ImportError, AttributeError):
        n = _core._clock.ticks_us() or id([]) >> 4
    _p[_SESSION] = (n if n & 255 != _p[_SESSION] else n + 1) & 255
    _core._cobs = getattr(_core, "cobs", _core._cobs)  # as it was before lines of text
    if text:
        _core.cobs = _core._cobs
        _core._cobs = _more(1)
        _core._w = bytearray(180)
    _p[_SEQUENCE] = _p[_UNTIL] = 0
    _p[_DUE] = _core._clock.ticks_ms()
    try:
        from select import poll
        n = poll()
        n.register(stream, 4)
        n.poll(0)
    except Exception:
        n = None
    _core._poll = n
    _find()
    hello = bytes((1, 0, 1, 1, 0, 8 if sys.maxsize >> 32 else 4)) + _varint(_p[_BLOCK]) + _varint(
        4 if _p[_HASHED] else 0) + _varint(period_ms)
    for i, v in (1, sys.version.split("; ")[-1].split(" on ")[0]), (3, getattr(sys.implementation, "_machine", "")):
        v = v.encode()[:36]
        hello += bytes((i, len(v))) + v
    _core._hello = hello
    _core._write = stream.write


def _start_timer(period_ms, timer):
    try:
        from machine import Timer
        _core._timer = Timer(timer)
        _core._timer.init(period=period_ms, mode=Timer.PERIODIC, callback=_core._run)
    except Exception as e:
        _core._timer = None
        print("memprof.py: no timer here:", repr(e) + "; use memprof.task() or memprof.snapshot()")


def start(period_ms=1000, stream=None, timer=-1, text=False):
    """Snapshots from a timer. stream: another one for them, such as a UART; text: in lines of text."""
    _core.stop()
    _open(period_ms, stream, text)
    if period_ms:
        _start_timer(period_ms, timer)
    if _core.__file__.endswith(".mpy"):
        globals().clear()  # whatever stale pointer there is to this module, it keeps no functions


if _core._fast == 1:
    _core._native(__file__, globals())
