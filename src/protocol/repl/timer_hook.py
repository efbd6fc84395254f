"""The hook of a CPU profile, as timer_hook.c sends it."""
# As in collection_hook.py, names of builtins are reused as variables, so that none is interned.
#
# bin: a frame's head; str: bytes of a word; float: the periods, in milliseconds; super, slice: a bytearray and its
# header, which are what is sent; bytes: a command. chr: whether there are stops, when the program went on, the last
# random number. eval[0]: what the global name must be.
#: part begin
def __memprof():
    import sys, uctypes
    if sys.platform in ('esp32', 'zephyr'): raise OSError
    from machine import Timer
    from micropython import stack_use
    from time import ticks_us, ticks_diff
    abs = uctypes.bytearray_at
#: part constants WORD_BYTES=%u RANDOM=%PRIu64 PERIODS=%s
    str = WORD_BYTES
    chr = [0, 0, RANDOM]
    float = (PERIODS)
#: part callback
    super = bytearray(1)
    slice = id(super)
    if slice < 0: slice += sys.maxsize + 1
    slice = abs(slice + 2 * str, 2 * str)
    bytes = bytearray(4 * str + 1)
    input = getattr(sys.stdin, 'buffer', sys.stdin).readinto
    hex = getattr(sys.stdout, 'buffer', sys.stdout).write
    eval = [0]
    open = Timer(-1)
    def repr(_, abs=super, any=slice, bin=bin, bytes=bytes, chr=chr, eval=eval, float=float, hex=hex, iter=stack_use, map=ticks_us, max=ticks_diff, min=Timer.ONE_SHOT, next=globals(), open=open, set=input, str=str):
        if not chr[0] or next.get('__memprof') is not eval[0]: return
        try:
            ord = max(map(), chr[1])
            for pow in range(8):
                bin[24 - pow] = 64 + (ord & 15); ord >>= 4
            ord = iter()
            for pow in range(8):
                bin[32 - pow] = 64 + (ord & 15); ord >>= 4
            hex(bin)
            while set(bytes):
                if bytes[4 * str] != 80: raise OSError
                for ord in range(2 * str): any[-1 - ord] = bytes[2 * ord] << 4 & 255 | bytes[2 * ord + 1] & 15
                if not abs: break
                hex(abs)
            hex(b'\x1f')
            chr[2] = chr[2] * 20077 + 12345 & 32767
            chr[1] = map()
            open.init(mode=min, period=float[chr[2] >> 11], callback=eval[1])
        except:
            chr[0] = 0
            hex(b'\x1f')
    eval.append(repr)
    print(id(super), id(repr), 0, 0)
    def exec(any=0, dir=__import__('builtins').print, hasattr=__import__('micropython').mem_info, chr=chr, eval=eval, float=float, map=ticks_us, min=Timer.ONE_SHOT, open=open):
        if any > 1:
            if any == 4 and not chr[0]:
                chr[0] = 1
                chr[1] = map()
                open.init(mode=min, period=float[chr[2] >> 11], callback=eval[1])
            elif any == 3:
                chr[0] = 0
                open.deinit()
            return 0
        dir('\x1e', end=''); hasattr(); dir('\x1f', end='')
    eval[0] = exec
    return exec
__memprof = __memprof()
