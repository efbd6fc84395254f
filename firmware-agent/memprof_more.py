# memprof_more.py 1.1.0: parts of memprof.py that only some programs need, and then stay
#
# For lines of text, marks, tasks, statistics, and for firmware without access to its memory.
import gc
import memprof as _core
from memprof import _p

try:
    from micropython import const
except ImportError:
    const, ptr8, ptr32 = int, None, None

# As in memprof.py.
_DONE = const(34)
_LEFT = const(35)
_SKIPPED = const(36)
_BUSY = const(41)


#@micropython.viper
def _base64(p: ptr32, w: ptr8):
    n = p[10]
    i = (n - 2) % 3
    end = n
    while i and i < 3:
        w[end] = 0
        end += 1
        i += 1
    i = end
    j = (end - 2) // 3 * 4 + 3
    p[10] = j + 1
    w[j] = 36
    if w[2] > 8:
        w[j + 1] = 10
        p[10] = j + 2
    at = j - (end - n)
    # From the end on, as there is no other place for it.
    while i > 2:
        i -= 3
        v = w[i] << 16 | w[i + 1] << 8 | w[i + 2]
        s = 0
        while s < 4:
            c = v & 63
            v >>= 6
            j -= 1
            if c < 26:
                c += 65
            elif c < 52:
                c += 71
            elif c < 62:
                c -= 4
            else:
                c = 43 + 4 * (c & 1)
            if j >= at:
                c = 61
            w[j] = c
            s += 1
    w[0] = 109
    w[1] = 112
    w[2] = 36


def _figures():
    v = gc.mem_alloc()
    n = gc.mem_free()
    _core._begin(4)
    _core._number(0)
    _core._time()
    _core._number(7)
    _core._number(v + n)
    _core._number(v)
    _core._number(n)
    return _core._send()


def stats():
    """What it has done: snapshots sent, those given up and marks left out as the channel took no more; and how."""
    return {"running": bool(_core._timer), "snapshots": _p[_DONE], "abandoned": _p[_LEFT], "skipped": _p[_SKIPPED],
            "table": bool(_core._t), "native": _core._fast > 0}


def mark(label):
    """Puts a named moment into the record."""
    if not _core._write:
        _core._setup().start(0)
    if _p[_BUSY]:
        _p[_SKIPPED] += 1
        return False
    _p[_BUSY] = 1
    try:
        label = label.encode()
        n = 96
        if len(label) > n:
            while label[n] & 192 == 128:
                n -= 1
            label = label[:n]
        _core._begin(10)
        _core._number(6)
        _core._time()
        _core._put(label)
        return _core._send()
    finally:
        _p[_BUSY] = 0


async def task(period_ms=1000):
    """Snapshots between the steps of other asyncio tasks."""
    try:
        from asyncio import sleep_ms
    except ImportError:
        from uasyncio import sleep_ms
    _core.stop()
    _core._setup()._open(period_ms, None, False)
    _core._timer = me = [period_ms]
    try:
        while _core._timer is me:  # stop() and start() end it
            try:
                _core.snapshot()
            except Exception:
                return
            await sleep_ms(period_ms)
    finally:
        if _core._timer is me:
            _core._timer = None


if _core._fast == 1:
    _core._native(__file__, globals())
