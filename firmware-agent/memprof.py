# memprof.py 1.1.0: memprof's agent for stock firmware
#
# Tells a computer what the heap of this board looks like, while a program runs:
#     import memprof
#     memprof.start(1000)         a snapshot every second, from a machine.Timer
#     await memprof.task(1000)    the same from asyncio
#     memprof.snapshot()          one now
# and on the computer: memprof attach. See firmware-agent/README.md; the wire is PROTOCOL.md there.
#
# This file has what each snapshot needs. All else is in memprof_setup.py and memprof_more.py, which must be beside it, and
# are imported when they are needed. scripts/build-mpy makes the .mpy files of all three; in those for ARM memprof_native.c
# takes the place of what is between the two lines of dashes.
import gc

try:
    from micropython import const
except ImportError:
    const, ptr8, ptr16, ptr32 = int, None, None, None

# Numbers of the elements of _p. All numbers are in it that are not constant, as a name takes more memory.
_DIGEST = const(0)  # with the high 16 bits in the next one; so far
_FROM = const(2)  # rows of all areas that are sent anyhow
_TO = const(3)
_BASE = const(4)  # rows of the areas before this one
_ROW = const(5)  # next row of this area
_BYTES = const(6)  # of this area's table
_FIRST = const(7)  # first row of the next frame, + 1; 0: there is none yet
_KIND = const(8)  # what its rows are: 0 free, 1 tails, 2 mixed
_HASHED = const(9)  # 0: there was no memory for hashes
_N = const(10)  # bytes in _w; the body of a frame begins at 2
_INDEX = const(11)
_NUMBER = const(12)  # of the snapshot
_AREA = const(13)
_SESSION = const(14)
_SEQUENCE = const(15)
_TABLE = const(16)  # of CRC-32, for four bits, without the high 16 bits
_KEY = const(32)  # 1: the next snapshot has to be whole
_UNTIL = const(33)  # the next HELLO
_DONE = const(34)
_LEFT = const(35)
_SKIPPED = const(36)
_MS = const(37)
_WRAPS = const(38)
_WAITED = const(39)
_DUE = const(40)
_BUSY = const(41)
_PENDING = const(42)
_CALLED = const(43)  # 1: by the timer
_ROWS = const(44)  # of all areas
_BLOCK = const(45)  # bytes; 0: no table was ever found
_CLOCK = const(46)  # bits of milliseconds beyond 28
_HEAD = const(47)  # six words: 16 bits each of what the digest has before this area's rows
_EMPTY = const(53)  # CRC of a free row, low and high 16 bits, and of a row of tails
_HIGH = const(57)  # the high 16 bits of the table

# ----------------------------------------------------------------------------------------------------------------------
# What works on every byte. This source is compiled twice: as it stands, and where the firmware can, as native code
# (_native). So it keeps to what means the same in both: no number needs more than 30 bits, and none in _p is below 0.

_WORDS = const(73)  # in _p


#@micropython.viper
def _close(p: ptr32, w: ptr8):
    n = p[10]
    w[3] = p[14]
    v = p[15]
    w[4] = v & 255
    w[5] = v >> 8
    p[15] = v + 1 & 65535
    p[11] += 1
    if w[2] == 9:
        w[11] = p[0] & 255 ^ 255
        w[12] = p[0] >> 8 ^ 255
        w[13] = p[1] & 255 ^ 255
        w[14] = p[1] >> 8 ^ 255
    l = h = 65535
    for i in range(2, n):
        l ^= w[i]
        for v in range(2):
            k = l & 15
            l = (l >> 4 | (h & 15) << 12) ^ p[16 + k]
            h = h >> 4 ^ p[57 + k]
    w[n] = l & 255 ^ 255
    w[n + 1] = l >> 8 ^ 255
    w[n + 2] = h & 255 ^ 255
    w[n + 3] = h >> 8 ^ 255
    p[10] = n + 4


#@micropython.viper
def _cobs(p: ptr32, w: ptr8):
    n = p[10]
    w[0] = 0
    w[n] = 0
    at = 1
    for i in range(2, n + 1):
        if w[i] == 0:
            w[at] = i - at
            at = i
    p[10] = n + 1


#@micropython.viper
def _scan(b: ptr8, p: ptr32, w: ptr8, t: ptr16) -> int:
    r = p[5]
    f = p[7]
    kind = p[8]
    p[7] = 0
    x = y = 0
    end = r
    while r * 16 < p[6]:
        at = r * 16
        end = at + 16
        if end > p[6]:
            end = p[6]
        v = b[at]
        i = at + 1
        while i < end and b[i] == v:
            i += 1
        k = 2
        if i == end:
            if v == 0:
                k = 0
            elif v == 170 and end - at == 16:
                k = 1
        l = p[0]
        h = p[1]
        i = 0
        if r == 0:
            i = 0 - 6
            if p[13] == 0:
                l = h = 65535
        while i < 18:
            if i < 0:
                l ^= p[53 + i]
            else:
                if i == 0:
                    p[0] = l
                    p[1] = h
                    l = h = 65535
                    if k < 2:
                        l = p[53 + 2 * k]
                        h = p[54 + 2 * k]
                        i = 16
                if i == 16:
                    x = l ^ 65535
                    y = h ^ 65535
                    l = p[0] ^ x
                    h = p[1]
                elif i == 17:
                    l ^= y
                elif at + i < end:
                    v = b[at + i]
                    v = v >> 1 & 85 | (v & 85) << 1
                    l ^= v & 3 | (v & 12) << 2 | (v & 48) << 4 | (v & 192) << 6
            for j in range(4):
                v = l & 15
                l = (l >> 4 | (h & 15) << 12) ^ p[16 + v]
                h = h >> 4 ^ p[57 + v]
            i += 1
        p[0] = l
        p[1] = h
        i = p[4] + r
        v = 0
        if i >= p[2] and i < p[3]:
            v = 1
        if p[9]:
            if t[i] != x:
                t[i] = x
                v = 1
        end = r
        r += 1
        if f:
            if v == 0 or k != kind or (k == 2 and r - f >= 6):
                if v:
                    p[7] = r
                    p[8] = k
                break
        elif v:
            f = r
            kind = k
        end = r
    p[5] = r
    if f == 0:
        return 0
    i = (f - 1) * 16
    end *= 16
    if end > p[6]:
        end = p[6]
    w[2] = 8
    w[6] = 0
    w[7] = p[12]
    v = p[11]
    n = 8
    while n < 16:
        w[n] = v & 127 | 128
        v >>= 7
        if n == 10:
            w[10] ^= 128
            w[11] = p[13]
            v = i * 4
            n = 11
        n += 1
    w[15] ^= 128
    if kind == 2:
        while i < end:
            w[n] = b[i]
            n += 1
            i += 1
    else:
        w[2] = 7
        v = ((end - i) * 4 - 1) << 3 | kind
        while n < 21:
            w[n] = v & 7 | 8 | (v << 1 & 112 | 128)
            n += 1
            v >>= 6
        w[16] ^= 8
        w[20] ^= 128
    p[10] = n
    return f


def _native(path, into):
    """Compiles the functions of a file that are marked above as native code: 1, or 0 if the firmware cannot."""
    try:
        with open(path) as f:
            part = None
            for line in f:
                if line.startswith("#@"):
                    part = [line[1:]]
                elif part:
                    part.append(line)
                    if line == "\n":
                        exec("".join(part), into)
                        part = None
        return 1
    except Exception:
        return 0


_fast = _native(__file__, globals())
try:
    from micropython import heap_lock as _lock, heap_unlock as _unlock
except ImportError:
    _lock = None


def _frame(a):
    return _scan(a[0], _p, _w, a[5])


def _next(a):
    if _fast or not _lock:
        return _frame(a)
    # The many variables of bytecode would be blocks of the heap, and in the picture; while the heap is locked they are on
    # the stack.
    _lock()
    try:
        return _frame(a)
    finally:
        _unlock()


# ----------------------------------------------------------------------------------------------------------------------

_p = __import__("array").array("i", bytes(4 * _WORDS))
_w = bytearray(130)
_write = _poll = _timer = None
_t = ()  # areas: (table, its part of the digest, AREA, what told it, what that was, the hashes of all rows as sent last)


def _put(b):
    n = _p[_N]
    for v in b:
        _w[n] = v
        n += 1
    _p[_N] = n


def _number(v, count=0):
    """At least so many bytes and one."""
    n = _p[_N]
    while v > 127 or count > 0:
        _w[n] = v & 127 | 128
        n += 1
        v >>= 7
        count -= 1
    _w[n] = v
    _p[_N] = n + 1


def _time():
    # The clock begins anew at 2 ** 30, or in CircuitPython at 2 ** 29; here it goes on.
    v = _clock.ticks_ms()
    if v < _p[_MS]:
        _p[_WRAPS] += 1
    _p[_MS] = v
    _number(v & 0xFFFFFFF, 3)
    _w[_p[_N] - 1] |= 128
    _number((v >> 28 | _p[_WRAPS] << _p[_CLOCK]) & 15)


def _begin(type):
    _w[2] = type
    _p[_N] = 6
    if 4 < type < 10:
        _p[_N] = 8
        _w[6] = 0
        _w[7] = _p[_NUMBER]
        _number(_p[_INDEX], 2)


def _can_send(value):
    # Waits for so many milliseconds.
    if _poll:
        for _ in _poll.ipoll(value):
            return True
        return False
    return True


def _send():
    """Sends the frame in _w. False: the channel does not take it, or only slowly."""
    p = _p
    _close(p, _w)
    _cobs(p, _w)
    v = _clock.ticks_us()
    # A driver without room may wait for long: that of stm32's USB 500 ms for each byte.
    n = _write(_w, p[_N]) if _can_send(20) else 0
    v = _clock.ticks_diff(_clock.ticks_us(), v)
    p[_WAITED] += v
    return n == p[_N] and v < 200000


# A function with more than a few variables would take its frame from the heap (py/vm.c), and so be in the picture.


def _send_area(a):
    p = _p
    n = _HEAD
    for p[n] in a[1]:
        n += 1
    p[_ROW] = p[_FIRST] = 0
    p[_BYTES] = len(a[0])
    while _next(a):
        if not _send():
            return False
    p[_BASE] += p[_ROW]
    p[_AREA] += 1
    return True


def _begin_table():
    p = _p
    p[_FROM] = 0
    p[_TO] = p[_ROWS]
    if not p[_KEY]:
        p[_TO] = (p[_ROWS] + 7) // 8
        p[_FROM] = p[_TO] * (p[_NUMBER] & 7)
        p[_TO] += p[_FROM]
    p[_INDEX] = 0
    _begin(5)
    _number(p[_KEY])
    p[_KEY] = 1  # if this does not end well
    _time()
    _number(p[_BLOCK])
    _number(len(_t))
    _number(_stack_use())
    _number(0)
    return _send()


def _table():
    v = _clock.ticks_us()
    if not _begin_table():
        return False
    n = _p[_CALLED] or gc.mem_alloc()
    for a in _t:
        _begin(6)
        _put(a[2])
        if not _send():
            return False
    _p[_BASE] = _p[_AREA] = 0
    for a in _t:
        if not _send_area(a):
            return False
    if n != (_p[_CALLED] or gc.mem_alloc()):
        return False  # a soft timer or a thread came between its rows: they are not of one moment
    _begin(9)
    _p[_N] += 4  # the digest
    _number(max(0, _clock.ticks_diff(_clock.ticks_us(), v) - _p[_WAITED]))
    _number(_p[_LEFT])
    _number(_p[_SKIPPED])
    _number(0)
    _p[_KEY] = 0 if _p[_HASHED] else 1
    return _send()


def _found():
    """Finds the areas anew; False: there is no room for that."""
    try:
        _setup()._find()
        return True
    except MemoryError:
        return False


def _snapshot():
    p = _p
    for a in _t:
        if a[3] != a[4]:
            gc.collect()  # so that what find needs does not lie in the new area, and keep it
            p[_UNTIL] = 0
            if not _found():
                return False
            break
    if not p[_UNTIL]:
        if p[_BLOCK] and not _t:
            _found()  # there were some, and there may be again
        p[_UNTIL] = 16
        _begin(1)
        _put(_hello)
        if not _send():
            return False
    p[_UNTIL] -= 1
    p[_NUMBER] = p[_NUMBER] + 1 & 255
    return _body()


def snapshot():
    """Sends what the heap looks like now. False: the channel did not take it, or the heap changed meanwhile."""
    if not _write:
        _setup().start(0)
    if _p[_BUSY]:
        return False
    _p[_BUSY] = 1
    try:
        if _can_send(0) and _snapshot():
            _p[_BUSY] = 2
            return True
        return False
    finally:
        _ended()


def _ended():
    p = _p
    if p[_BUSY] == 2:
        p[_DONE] += 1
    else:
        p[_LEFT] += 1
        p[_KEY] = 1
        p[_UNTIL] = 0
    p[_BUSY] = p[_WAITED] = 0


def stop(text=""):
    global _timer
    t = _timer
    _timer = None
    try:
        t.deinit()
    except Exception:
        pass
    if text:
        print(text)


def _run(v):
    try:
        if v and _schedule:  # by the timer, perhaps where nothing can be allocated
            if not _p[_PENDING]:
                _p[_PENDING] = 1
                _schedule(_run, 0)
            return
        _p[_PENDING] = 0
        v = _clock.ticks_ms()
        if _timer and _clock.ticks_diff(_p[_DUE], v) <= 0:
            _p[_CALLED] = 1  # nothing else does, meanwhile
            snapshot()
            # Never more than half of the time.
            v = _clock.ticks_diff(_clock.ticks_ms(), v)
            _p[_DUE] = _clock.ticks_add(_clock.ticks_ms(), v)
    except KeyboardInterrupt:
        # It was meant for the program, but came while the agent ran, and ends here. The next one will not.
        _p[_PENDING] = 0
        stop("memprof stopped: press Ctrl-C again")
    except Exception:
        if _p[_CALLED]:
            stop()
        _p[_PENDING] = 0
    _p[_CALLED] = 0


def _setup():
    """What start needs, and what goes away again after it."""
    import sys
    import memprof_setup as v
    if __file__.endswith(".mpy"):
        sys.modules.pop("memprof_setup", None)
    return v


def __getattr__(key):
    if key == "WIRE":
        return (1, 0)
    if key == "start":
        return _setup().start
    if key not in ("mark", "task", "stats"):  # dir() and Tab try every name that there is
        raise AttributeError(key)
    import sys
    import memprof_more as v
    if key == "stats" and __file__.endswith(".mpy"):
        sys.modules.pop("memprof_more", None)
    return getattr(v, key)
