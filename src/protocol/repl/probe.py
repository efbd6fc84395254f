"""What answers reads of the memory of a board, at its prompt."""
# All names are in the flash of every firmware, so none is interned, and __name__ exists already, so __main__'s dict
# does not grow. Names of builtins are reused as variables.
#: public probe_code
def __name__():
    import sys, uctypes, gc, micropython
    abs = bytearray(1)
    all = sys.maxsize >> 32 and 8 or 4
    any = id(abs)
    if any < 0: any += sys.maxsize + 1
    any = uctypes.bytearray_at(any + 2 * all, 2 * all)
    bin = bytearray(4 * all + 1)
    dir = getattr(sys.stdin, 'buffer', sys.stdin).readinto
    hex = getattr(sys.stdout, 'buffer', sys.stdout).write
    print(all, id(sys.modules), id(globals()), id(type), id(abs), id(tuple), id(list), id(dict), id(str), id(bytes), id(type(sys)), id(type(__name__)), gc.mem_alloc(), gc.mem_free(), micropython.stack_use(), hasattr(sys.stdout, 'buffer'), id(None), id('len'))
    hex(b'\n')
    while dir(bin):
        if bin[4 * all] - 80 or min(bin) < 64 or max(bin) > 80: break
        for len in range(2 * all): any[-1 - len] = bin[2 * len] << 4 & 255 | bin[2 * len + 1] & 15
        if abs: hex(abs)
        else: gc.collect()
try: __name__()
finally: __name__ = '__main__'
