# What works on every byte, as native code with numbers of 32 bits: scripts/build-mpy puts it into memprof.py.
# The tables of CRC-32 have 32 bits here, and their high halves are not there.

_WORDS = const(55)
_fast = 2


@micropython.viper
def _close(p: ptr32, w: ptr8):
    n = p[_N]
    w[3] = p[_SESSION]
    v = p[_SEQUENCE]
    p[_SEQUENCE] = v + 1 & 65535
    p[_INDEX] += 1
    w[4] = v
    w[5] = v >> 8
    i = 11
    c = p[_DIGEST] ^ -1
    if w[2] != 9:
        i = 2
        c = -1
    while True:
        if w[2] == 9 and i < 15:
            w[i] = c
            c >>= 8
            i += 1
            if i == 15:
                i = 2
                c = -1
                break
        else:
            break
    while i < n:
        c ^= w[i]
        c = (c >> 4 & 0xFFFFFFF) ^ p[_TABLE + (c & 15)]
        c = (c >> 4 & 0xFFFFFFF) ^ p[_TABLE + (c & 15)]
        i += 1
    c ^= -1
    n += 4
    while i < n:
        w[i] = c
        c >>= 8
        i += 1
    p[_N] = n


@micropython.viper
def _cobs(p: ptr32, w: ptr8):
    n = p[_N]
    w[0] = 0
    w[n] = 0
    at = 1
    i = 2
    while i <= n:
        if w[i] == 0:
            w[at] = i - at
            at = i
        i += 1
    p[_N] = i


@micropython.viper
def _scan(b: ptr8, p: ptr32, w: ptr8, t: ptr16) -> int:
    r = p[_ROW]
    f = p[_FIRST]
    kind = p[_KIND]
    p[_FIRST] = 0
    x = 0
    end = r
    while r << 4 < p[_BYTES]:
        at = r << 4
        end = at + 16
        if end > p[_BYTES]:
            end = p[_BYTES]
        v = b[at]
        i = at + 1
        while i < end and b[i] == v:
            i += 1
        k = 2
        if i == end:
            if v == 0:
                k = 0
            elif v == 170 and end & 15 == 0:
                k = 1
        c = p[_DIGEST]
        i = 0
        if r == 0:
            i = -6
            if p[_AREA] == 0:
                c = -1
        while i < 18:
            if i < 0:
                c ^= p[_EMPTY + i]
            else:
                if i == 0:
                    p[_DIGEST] = c
                    c = -1
                    if k < 2:
                        c = p[_EMPTY + k]
                        i = 16
                if i == 16:
                    x = c ^ -1
                    c = p[_DIGEST] ^ x
                elif at + i < end:
                    v = b[at + i]
                    v = v >> 1 & 85 | (v & 85) << 1
                    c ^= v & 3 | (v & 12) << 2 | (v & 48) << 4 | v >> 6 << 12
            v = 0
            while v < 4:
                c = (c >> 4 & 0xFFFFFFF) ^ p[_TABLE + (c & 15)]
                v += 1
            i += 1
        p[_DIGEST] = c
        i = p[_BASE] + r
        v = 0
        if i >= p[_FROM] and i < p[_TO]:
            v = 1
        if p[_HASHED]:
            x &= 65535
            if t[i] != x:
                t[i] = x
                v = 1
        end = r
        r += 1
        if f:
            if v == 0 or k != kind or (k == 2 and r - f >= 6):
                if v:
                    p[_FIRST] = r
                    p[_KIND] = k
                break
        elif v:
            f = r
            kind = k
        end = r
    p[_ROW] = r
    if f == 0:
        return 0
    i = f - 1 << 4
    end <<= 4
    if end > p[_BYTES]:
        end = p[_BYTES]
    w[2] = 8
    w[6] = 0
    w[7] = p[_NUMBER]
    v = p[_INDEX]
    n = 8
    while n < 16:
        w[n] = v | 128
        v >>= 7
        if n == 10:
            w[10] ^= 128
            w[11] = p[_AREA]
            v = i << 2
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
        v = (end - i << 2) - 1 << 3 | kind
        while n < 21:
            w[n] = v & 7 | v << 1 & 112 | 136
            n += 1
            v >>= 6
        w[16] ^= 8
        w[20] ^= 128
    p[_N] = n
    return f
