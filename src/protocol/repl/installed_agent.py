"""Questions about an agent on the board, and what installs it.

Each is defined and run under a name that exists anyway, and is restored afterwards.
"""
# A module of the firmware takes precedence over files (py/builtinimport.c); it is found by an import without folders,
# so that no file runs. The head of a file is printed in hexadecimal, as the file may be anyone's.
#: public installed_question
def __name__():
    import sys
    m = sys.modules.get('memprof')
    if m:
        try: r = m.stats()['running']
        except Exception: r = '?'
        print('{mp loaded %s %s}' % (r, getattr(m, '__file__', '')))
    p = list(sys.path)
    try:
        sys.path.clear()
        sys.path.append('.frozen')
        try:
            from machine import Timer
            print('{mp timer}')
        except ImportError: pass
        if not hasattr(m, '__file__'):
            __import__('memprof')
            print('{mp builtin}')
    except ImportError: pass
    finally:
        sys.path.clear()
        sys.path.extend(p)
    if not m: sys.modules.pop('memprof', None)
    try:
        import os
        p = [d or os.getcwd() for d in p if d != '.frozen']
    except (ImportError, AttributeError): p = []
    for d in p:
        for a in ('.py', '.mpy'):
            a = d.rstrip('/') + '/memprof' + a
            try:
                f = open(a, 'rb')
            except Exception: continue
            h = f.read(40)
            n = f.seek(0, 2)
            f.close()
            print('{mp file %d %s %s}' % (n, ''.join('%02x' % c for c in h), a))
    for d in [d for d in p if d.endswith('/lib')] + p:
        for a in (d, d[:-4] or '/') if d.endswith('/lib') else (d,):
            n = None
            try:
                os.stat(a)
                n = '?'
                v = os.statvfs(a)
                n = v[1] * v[4] if v[2] else None
            except Exception: pass
            if n != None: break
        if n != None:
            print('{mp folder %s %s}' % (n, d))
            break
    a = sys.implementation
    print('{mp mpy %d %s}' % (getattr(a, '_mpy', 0), a[0]))
    try:
        import gc
        print('{mp heap %d}' % gc.mem_free())
    except Exception: pass
    print('{mp platform %s}' % sys.platform)
try: __name__()
finally: __name__ = '__main__'
#: public installed_heap_question
def __name__():
    import gc
    gc.collect()
    print('{mp heap %d %d}' % (gc.mem_free(), gc.mem_alloc()))
try: __name__()
finally: __name__ = '__main__'
#: public installed_start_question
def __name__():
    import gc, memprof
    print()      # a slow board that compiles the source is not taken for a silent one
    memprof.start(0)
    print('{mp heap %d %d}' % (gc.mem_free(), gc.mem_alloc()))
try: __name__()
finally: __name__ = '__main__'
#: public installed_drop
def __name__():
    import gc, sys
    for a in '', '_setup', '_more': sys.modules.pop('memprof' + a, None)
    gc.collect()
try: __name__()
finally: __name__ = '__main__'
#: part program_begin
def __name__():
#: part make_folder FOLDER=%s
    import os
    try: os.mkdir(FOLDER.decode())
    except OSError: pass
#: part write_file PATH=%s MODE=%s BYTES=%s
    f = open(PATH.decode(), MODE)
    try: f.write(BYTES)
    finally: f.close()
#: part program_end
try: __name__()
finally: __name__ = '__main__'
#: part rename_file FROM=%s TO=%s
__import__('os').rename(FROM.decode(), TO.decode())
#: part remove_file PATH=%s
__import__('os').remove(PATH.decode())
#: part remove_files PATHS=%s
def __name__():
    import os
    for p in (PATHS):
        try: os.stat(p)
        except OSError: continue
        os.remove(p)
try: __name__()
finally: __name__ = '__main__'
# Sums over 256 bytes stay below 2^30, the limit of small integers on 32-bit boards.
#: part sum_file PATH=%s
def __name__():
    f = open(PATH.decode(), 'rb')
    n, a, b = 0, 1, 0
    while 1:
        d = f.read(256)
        if not d: break
        n += len(d)
        for c in d:
            a += c
            b += a
        a %= 65521
        b %= 65521
    f.close()
    print('{mp sum %d %d %d}' % (n, a, b))
try: __name__()
finally: __name__ = '__main__'
