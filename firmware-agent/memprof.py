# memprof.py 1.0.0: memprof's agent for stock firmware
#
# Tells a computer what the heap of this board looks like, while a program runs:
#     import memprof
#     memprof.start(1000)         a snapshot every second, from a machine.Timer
#     await memprof.task(1000)    the same from asyncio
#     memprof.snapshot()          one now
# and on the computer: memprof attach. See firmware-agent/README.md; the wire is PROTOCOL.md there.
import gc
import sys
from array import array

ptr8 = ptr16 = ptr32 = None
try:
    from micropython import heap_lock, heap_unlock, schedule
except ImportError:
    heap_lock = schedule = None
try:
    from micropython import stack_use
except ImportError:
    stack_use = None
try:
    from time import ticks_add, ticks_diff, ticks_ms, ticks_us
except ImportError:
    ticks_us = None
    try:
        from supervisor import ticks_ms
    except ImportError:
        ticks_ms = None

WIRE = (1, 0)

# What works on every byte. This source is compiled twice: as it stands, and where the firmware can, as native code
# (_native). So it keeps to what means the same in both: no number needs more than 30 bits, and none in _p is below 0.
#
# _p: 0 digest (low 16 bits, high 16 bits), 2 CRC of the frame, 4 rows from .. to that are sent anyhow, 6 hashes of this
# area begin there, + 1 (0: there are none), 7 next row, 8 bytes of the table, 9 first row found, + 1 (0: none), 10 rows
# found, 11 what they are (0 free, 1 tails, 2 mixed), 12 first row of the next, + 1, 13 what that is, 14 bytes of the
# frame, 15 index, 16 CRC table (low 16 bits), 32 (high), 48 CRC of a free row, 50 of a row of tails, 52 snapshot,
# 53 area, 54 rows of all areas from .. to that are sent anyhow


def _crc(b: ptr8, n: int, p: ptr32, o: int):
    l = p[o]
    h = p[o + 1]
    for i in range(n):
        l ^= b[i]
        k = l & 15
        l = (l >> 4 | (h & 15) << 12) ^ p[16 + k]
        h = h >> 4 ^ p[32 + k]
        k = l & 15
        l = (l >> 4 | (h & 15) << 12) ^ p[16 + k]
        h = h >> 4 ^ p[32 + k]
    p[o] = l
    p[o + 1] = h


def _cobs(w: ptr8, p: ptr32, o: ptr8):
    at = 1
    n = 2
    for i in range(p[14]):
        if w[i]:
            o[n] = w[i]
        else:
            o[at] = n - at
            at = n
        n += 1
    o[0] = 0
    o[at] = n - at
    o[n] = 0
    p[14] = n + 1


def _base64(w: ptr8, p: ptr32, o: ptr8):
    n = p[14]
    w[n] = 0
    w[n + 1] = 0
    o[0] = 109
    o[1] = 112
    o[2] = 36
    i = 0
    j = 3
    while i < n:
        v = w[i] << 16 | w[i + 1] << 8 | w[i + 2]
        i += 3
        s = 18
        while s >= 0:
            c = v >> s & 63
            if c < 26:
                c += 65
            elif c < 52:
                c += 71
            elif c < 62:
                c -= 4
            else:
                c = 43 + 4 * (c & 1)
            o[j] = c
            j += 1
            s -= 6
    if i > n:
        o[j - 1] = 61
    if i > n + 1:
        o[j - 2] = 61
    o[j] = 36
    p[14] = j + 1


def _used(b: ptr8, n: int, p: ptr32):
    c = 0
    for i in range(n):
        v = b[i]
        v = (v | v >> 1) & 85
        while v:
            c += v & 1
            v >>= 2
    p[2] = c


def _scan(b: ptr8, p: ptr32, t: ptr16):
    r = p[7]
    first = p[12]
    n = 0
    kind = p[13]
    if first:
        n = 1
    p[12] = 0
    while r * 16 < p[8]:
        at = r * 16
        end = at + 16
        if end > p[8]:
            end = p[8]
        i = at + 1
        while i < end and b[i] == b[at]:
            i += 1
        k = 2
        if i == end:
            if b[at] == 0:
                k = 0
            elif b[at] == 170 and end - at == 16:
                k = 1
        l = h = 65535
        i = 0
        if k < 2:
            l = p[48 + 2 * k]
            h = p[49 + 2 * k]
            i = 16
        while i < 18:
            if i < 16:
                if at + i < end:
                    v = b[at + i]
                    v = v >> 1 & 85 | (v & 85) << 1
                    l ^= v & 3 | (v & 12) << 2 | (v & 48) << 4 | (v & 192) << 6
            elif i == 16:
                x = l ^ 65535
                y = h ^ 65535
                l = p[0] ^ x
                h = p[1]
            else:
                l ^= y
            for j in range(4):
                v = l & 15
                l = (l >> 4 | (h & 15) << 12) ^ p[16 + v]
                h = h >> 4 ^ p[32 + v]
            i += 1
        p[0] = l
        p[1] = h
        i = 0
        if r >= p[4] and r < p[5]:
            i = 1
        if p[6]:
            v = p[6] - 1 + r
            if t[v] != x:
                t[v] = x
                i = 1
        r += 1
        if i:
            if first and k == kind and (k < 2 or n < 6):
                n += 1
            elif first:
                p[12] = r
                p[13] = k
                break
            else:
                first = r
                n = 1
                kind = k
        elif first:
            break
    p[7] = r
    p[9] = first
    p[10] = n
    p[11] = kind


def _rows(b: ptr8, p: ptr32, w: ptr8):
    i0 = (p[9] - 1) * 16
    end = i0 + p[10] * 16
    if end > p[8]:
        end = p[8]
    w[4] = 0
    w[5] = p[52]
    n = 6
    for i in range(3):
        v = p[15]
        if i == 1:
            v = p[53]
        elif i == 2:
            v = i0 * 4
        while v > 127:
            w[n] = v & 127 | 128
            n += 1
            v >>= 7
        w[n] = v
        n += 1
    if p[11] == 2:
        w[0] = 8
        for i in range(i0, end):
            w[n] = b[i]
            n += 1
    else:
        w[0] = 7
        w[n] = p[11]
        j = 1
        v = (end - i0) * 4 - 1
        c = 1
        while c:
            k = v & 7
            v >>= 3
            if v:
                k |= 8
            else:
                c = 0
            if j:
                w[n] = w[n] | k << 4
                n += 1
                j = 0
            else:
                w[n] = k
                j = 1
        if j:
            w[n] = w[n] | 240
            n += 1
    p[14] = n


# The end of what is compiled twice.


def _native():
    try:
        with open(__file__) as f:
            part = None
            for line in f:
                if line.startswith("# The end"):
                    return True
                if line.startswith("def "):
                    part = ["@micropython.viper\n"]
                if part:
                    part.append(line)
                    if line == "\n":
                        exec("".join(part), globals())
                        part = None
    except Exception:
        return False


_p = array("i", bytes(4 * 56))
_w = bytearray(130)
_o = bytearray(180)
for _i in range(16):
    _t = _i
    for _h in range(4):
        _t = _t >> 1 ^ (0xEDB88320 if _t & 1 else 0)
    _p[16 + _i] = _t & 65535
    _p[32 + _i] = _t >> 16
_fast = _native()
for _i in range(2):
    _p[48 + 2 * _i] = _p[49 + 2 * _i] = 65535
    _crc(bytes((17 * _i,)) * 32, 32, _p, 48 + 2 * _i)
del _native, _i, ptr8, ptr16, ptr32

_t = None  # areas: (table, its bytes, first hash + 1, AREA, for the digest, what told it, and what that was)
_h = array("H", (0,))  # of the rows as they were sent last
_block = _period = 0
_hello = b""
_write = _poll = _timer = None
_text = _busy = _pending = _called = False
_key = True  # the next snapshot has to be whole
_until = _done = _left = _skipped = _sequence = _session = _ms = _wraps = _wait = _due = _began = _held = 0


def _varint(v):
    b = []
    while v > 127:
        b.append(v & 127 | 128)
        v >>= 7
    b.append(v)
    return bytes(b)


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


def _find():
    """Finds the areas of the heap. Nothing is read but MicroPython's own state, and what that leads to."""
    global _t, _block, _h, _key
    _t = None
    _key = True
    try:
        import __main__
        from uctypes import ARRAY, UINT32, UINT64, bytearray_at, struct
    except ImportError:
        return
    w, kind = (8, UINT64) if sys.maxsize >> 32 else (4, UINT32)
    at = id(sys.modules)
    # A part of its state, and so is __main__'s dict; the areas are told some words above (py/mpstate.h).
    if id(__main__.__dict__) != at + 4 * w:
        return
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
        areas.append((table, size, n + 1, _varint(len(areas)) + b"\0" + _varint(pool) + _varint(4 * size),
                      pool.to_bytes(8, "little") + (4 * size).to_bytes(4, "little"), told, bytes(told)))
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
            _used(k[0], k[1], _p)
            free -= _p[2] * b
        if not free:
            break
    else:
        return
    try:
        _h = array("H", bytes(2 * n))
    except MemoryError:
        _h = array("H", (0,))
    _t, _block = areas, b


def _put(v):
    _w[_p[14]] = v
    _p[14] += 1


def _put_varint(v):
    while v > 127:
        _put(v & 127 | 128)
        v >>= 7
    _put(v)


def _put_bytes(b):
    for v in b:
        _put(v)


def _put_ms():
    # Always five bytes. The clock begins anew at 2 ** 30, or in CircuitPython at 2 ** 29; here it goes on.
    global _ms, _wraps
    v = ticks_ms() if ticks_ms else 0
    if v < _ms:
        _wraps += 1
    _ms = v
    for i in range(4):
        _put(v & 127 | 128)
        v >>= 7
    _put((v | _wraps << (2 if ticks_us else 1)) & 15)


def _put_crc(i):
    for i in range(i, i + 2):
        _put(_p[i] & 255 ^ 255)
        _put(_p[i] >> 8 ^ 255)


def _begin(kind, part=True):
    _w[0] = kind
    _p[14] = 4
    if part:
        _put(0)
        _put(_p[52])
        _put_varint(_p[15])


def _can_send(wait_ms):
    if _poll:
        for _ in _poll.ipoll(wait_ms):
            return True
        return False
    return True


def _send():
    """Sends the frame in _w. False: the channel does not take it, or only slowly."""
    global _sequence, _wait
    _w[1] = _session
    _w[2] = _sequence & 255
    _w[3] = _sequence >> 8
    _sequence = _sequence + 1 & 65535
    _p[2] = _p[3] = 65535
    _crc(_w, _p[14], _p, 2)
    _put_crc(2)
    _p[15] += 1
    if _text:
        _base64(_w, _p, _o)
        if _w[0] > 8:
            _o[_p[14]] = 10
            _p[14] += 1
    else:
        _cobs(_w, _p, _o)
    v = ticks_us() if ticks_us else 0
    # A driver without room may wait for long: that of stm32's USB 500 ms for each byte.
    n = _write(_o, _p[14]) if _can_send(20) else 0
    if ticks_us:
        v = ticks_diff(ticks_us(), v)
        _wait += v
    return n == _p[14] and v < 200000


def _figures():
    v = gc.mem_alloc()
    n = gc.mem_free()
    _begin(4, False)
    _put(0)
    _put_ms()
    _put(7)
    _put_varint(v + n)
    _put_varint(v)
    _put_varint(n)
    return _send()


# A function with more than a few variables would take its frame from the heap (py/vm.c), and so be in the picture.


def _next(a):
    if _fast or not heap_lock:
        _scan(a[0], _p, _h)
        if _p[9]:
            _rows(a[0], _p, _w)
    else:
        # As bytecode these two have many variables; while the heap is locked their frames are on the stack.
        heap_lock()
        try:
            _scan(a[0], _p, _h)
            if _p[9]:
                _rows(a[0], _p, _w)
        finally:
            heap_unlock()
    return _p[9]


def _send_area(a):
    p = _p
    p[4] = max(0, p[54] + 1 - a[2])
    p[5] = max(0, p[55] + 1 - a[2])
    p[6] = a[2] if len(_h) > 1 else 0
    p[7] = p[12] = 0
    p[8] = a[1]
    _crc(a[4], 12, p, 0)
    while _next(a):
        if not _send():
            return False
    p[53] += 1
    return True


def _begin_table():
    global _key
    p = _p
    n = 0
    for a in _t:
        n += (a[1] + 15) // 16
    if _key:
        p[54] = 0
        p[55] = n
    else:
        n = (n + 7) // 8
        p[54] = n * (p[52] & 7)
        p[55] = p[54] + n
    p[15] = 0
    _begin(5)
    _put(1 if _key else 0)
    _key = True  # if this does not end well
    _put_ms()
    _put(_block)
    _put_varint(len(_t))
    _put_varint(stack_use() if stack_use else 0)
    _put(0)
    return _send()


def _table():
    global _began, _key, _held
    p = _p
    _began = ticks_us() if ticks_us else 0
    if not _begin_table():
        return False
    _held = 0 if _called else gc.mem_alloc()
    for a in _t:
        _begin(6)
        _put_bytes(a[3])
        if not _send():
            return False
    p[0] = p[1] = 65535
    p[53] = 0
    for a in _t:
        if not _send_area(a):
            return False
    if _held and gc.mem_alloc() != _held:
        return False  # a soft timer or a thread came between its rows: they are not of one moment
    _begin(9)
    _put_crc(0)
    _put_varint(max(0, ticks_diff(ticks_us(), _began) - _wait) if ticks_us else 0)
    _put_varint(_left)
    _put_varint(_skipped)
    _put(0)
    _key = len(_h) < 2
    return _send()


def _snapshot():
    global _until
    for a in _t or ():
        if a[5] != a[6]:
            gc.collect()  # so that what _find needs does not lie in the new area, and keep it
            _find()
            _until = 0
            break
    if not _until:
        if _block and not _t:
            _find()  # there were some, and there may be again
        _until = 16
        _begin(1, False)
        _put_bytes(_hello)
        if not _send():
            return False
    _until -= 1
    _p[52] = _p[52] + 1 & 255
    return _table() if _t else _figures()


def snapshot():
    """Sends what the heap looks like now. False: the channel did not take it, or the heap changed meanwhile."""
    global _busy, _until, _done, _left, _wait, _key
    if not _write:
        _open(0)
    if _busy:
        return False
    _busy = True
    try:
        _wait = 0
        if _can_send(0) and _snapshot():
            _done += 1
            return True
        _left += 1
        _key = True
        _until = 0
        return False
    finally:
        _busy = False


def mark(label):
    """Puts a named moment into the record."""
    global _busy, _skipped
    if not _write:
        _open(0)
    if _busy:
        _skipped += 1
        return False
    _busy = True
    try:
        label = label.encode()
        n = 96
        if len(label) > n:
            while label[n] & 192 == 128:
                n -= 1
            label = label[:n]
        _begin(10, False)
        _put(6)
        _put_ms()
        _put_bytes(label)
        return _send()
    finally:
        _busy = False


def stats():
    """What it has done: snapshots sent, those given up and marks left out as the channel took no more; and how."""
    return {"running": bool(_timer), "snapshots": _done, "abandoned": _left, "skipped": _skipped, "table": bool(_t),
            "native": _fast}


def _open(period_ms, stream=None, text=False):
    global _write, _text, _poll, _session, _sequence, _until, _due, _hello
    if not stream:
        stream = getattr(sys.stdout, "buffer", None)
        if not stream:
            stream = sys.stdout
            text = True
    try:
        from os import urandom
        n = urandom(1)[0]
    except (ImportError, AttributeError):
        n = ticks_us() if ticks_us else id([]) >> 4
    _session = (n if n & 255 != _session else n + 1) & 255
    _text = text
    _sequence = _until = 0
    _due = ticks_ms() if ticks_ms else 0
    try:
        from select import poll
        _poll = poll()
        _poll.register(stream, 4)
        _poll.poll(0)
    except Exception:
        _poll = None
    _find()
    _hello = bytes((1, 0, 1, 0, 0, 8 if sys.maxsize >> 32 else 4)) + _varint(_block) + _varint(
        4 if len(_h) > 1 else 0) + _varint(period_ms)
    for i, v in (1, sys.version.split("; ")[-1].split(" on ")[0]), (3, getattr(sys.implementation, "_machine", "")):
        v = v.encode()[:36]
        _hello += bytes((i, len(v))) + v
    _write = stream.write


def _interrupted():
    # A Ctrl-C that was meant for the program, but came while the agent ran, and has ended here. The next one will not.
    stop()
    print("memprof: stopped by Ctrl-C; press it again for the program")


def _interrupt(_):
    # Perhaps where nothing can be allocated.
    global _pending
    try:
        if not _pending:
            _pending = True
            schedule(_run, 0)
    except KeyboardInterrupt:
        _pending = False
        _interrupted()
    except Exception:
        _pending = False


def _run(_):
    global _pending, _due, _called
    try:
        _pending = False
        v = ticks_ms() if ticks_us else 0
        if _timer and not (ticks_us and ticks_diff(_due, v) > 0):
            _called = True  # nothing else does, meanwhile
            snapshot()
            _called = False
            if ticks_us:
                # Never more than half of the time.
                _due = ticks_add(ticks_ms(), ticks_diff(ticks_ms(), v))
    except KeyboardInterrupt:
        _called = False
        _interrupted()
    except Exception:
        _called = False
        stop()


def start(period_ms=1000, stream=None, timer=-1, text=False):
    """Snapshots from a timer. stream: another one for them, such as a UART; text: in lines of text."""
    global _timer
    stop()
    _open(period_ms, stream, text)
    if not period_ms:
        return
    try:
        from machine import Timer
        _timer = Timer(timer)
        _timer.init(period=period_ms, mode=Timer.PERIODIC, callback=_interrupt if schedule else _run)
    except Exception as e:
        _timer = None
        print("memprof: no timer here:", repr(e) + "; use memprof.task() or memprof.snapshot()")


def stop():
    global _timer
    t = _timer
    _timer = None
    if t:
        try:
            t.deinit()
        except Exception:
            pass


async def task(period_ms=1000):
    """Snapshots between the steps of other asyncio tasks."""
    global _timer
    try:
        from asyncio import sleep_ms
    except ImportError:
        from uasyncio import sleep_ms
    stop()
    _open(period_ms)
    _timer = me = [period_ms]
    try:
        while _timer is me:  # stop() and start() end it
            try:
                snapshot()
            except Exception:
                return
            await sleep_ms(period_ms)
    finally:
        if _timer is me:
            _timer = None
