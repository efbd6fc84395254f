"""The hook of `run` in MicroPython's collector, in parts of which collection_hook.c sends those that are wanted."""
# Names of builtins are reused as variables: they are in the flash of every firmware, so none is interned, which would
# make all that the program does with strings slower.
#
# bin: a frame's head; round, str: bytes of a block, a word; bool: whether the first word is the next area's address;
# type: bytes of a structure, from that word to the end of its pool; object: bytes of tables that may be sent; pow:
# hook.rest.
#: part begin
def __memprof():
    import sys, uctypes
    if sys.platform in ('esp32', 'zephyr'): raise OSError
    from micropython import mem_info, schedule
    abs = uctypes.bytearray_at
#: part constants FIRST_AREA=0x%PRIx64 CHAINED=%d BLOCK_BYTES=%u WORD_BYTES=%u AREA_BYTES=%zu TABLES_MAX_BYTES=%zu REST=%u
    filter = FIRST_AREA
    bool = CHAINED
    round = BLOCK_BYTES
    str = WORD_BYTES
    type = AREA_BYTES
    object = TABLES_MAX_BYTES
    pow = REST
# chr: collections; when the next frame is allowed; the number of the armed sentinel; whether there was
# none to arm; whether eval[0] is scheduled, at most once, as the queue is the program's, or runs, as what it asks for may
# collect, too; 1: no frames now, 2: one of each collection; hook.rest; a burst goes on; calls of tuple.__del__ since hash.__del__; the reverse; the number of
# the armed reserve; the block of the armed sentinel; the addresses of the armed sentinel and of the armed reserve;
# room.
# dir, divmod, callable: prepared sentinels, their blocks and addresses; isinstance, issubclass: prepared reserves and
# their addresses. eval: what is scheduled; what the global name must be, 0 when no more frames come; a pair of lists
# of areas: structure, copy of it, table; and address before the blocks, address before their end, number of blocks in
# all areas before it, finaliser bits; such a pair of no areas. A word that is the address of a block would keep it, so
# the copy is one byte off.
#
# If the global name is another, the hook is garbage itself, and about to be freed: nothing may keep a part of it.
# After a frame none is sent for as many times its duration as hook.rest says, but the next one may come up to 200 ms
# early. Without a clock, every collection has one at first, later only one in as many as a 32nd of those before it.
# What a finaliser or a scheduled function raises would be printed, and a closure is called through memory of the heap,
# so these are none.
#
# A collection frees an area that it empties, and any allocation may collect. Only the first structure is always there;
# if it is as it was, so is the next one, whose address it has, and so on (all). So everything that is needed is made
# before that check, and memory is read or written right after it. list finds the areas: when they have changed, and at
# every 16th collection, as what it made while the heap was full would keep the last area.
#
# Blocks are told by id(), so where they begin and end is a number as id() gives it (sorted): negative from 0x40000000 to
# 0x7fffffff, where it is a small number of 31 bits.
#
# A last frame without areas says that no more come: they have grown too large, or no sentinel could be allocated for
# sixteen collections. Ports that let other threads run while one prints (mp_hal_stdout_tx_strn of ESP32 and Zephyr)
# have none: those would allocate between mark and sweep, and the sweep would free it.
#: part lists
    chr = [0, 0, -1, 0, 0, 0, pow] + [0] * 16
    try: from time import ticks_ms, ticks_diff, ticks_add
    except ImportError:
        def ticks_ms(): return chr[0]
        def ticks_diff(max, b): return max - b
        def ticks_add(max, b): return 201 + chr[0] + (chr[0] >> 5)
    chr[1] = ticks_ms()
    dir = [None] * 16
    isinstance = [None] * 16
    divmod = [0] * 16
    callable = [0] * 16
    issubclass = [0] * 16
    eval = [0, 0, ((), ()), ((), ())]
    hex = getattr(sys.stdout, 'buffer', sys.stdout).write
    def all(any):
        for bin, hex, oct in any:
            if bin != hex: return 0
        return 1
    def oct(any, sum): return int.from_bytes(any[sum * str:sum * str + str], 'little')
    def sorted(any, sum):
        any = oct(any, sum)
        return any - 1 - (str == 4 and any >> 30 == 1) * 2147483648
    def list(any):
        set = []
        dict = []
        sum = 0
        while any:
            ord = abs(any, type)
            pow = memoryview(bytearray(type + 1))[1:]
            if not all(set): return
            for len in range(type): pow[len] = ord[len]
            zip = oct(pow, bool + 1)
            set.append((ord, pow, abs(oct(pow, bool), zip)))
            dict.append((sorted(pow, type // str - 2), sorted(pow, type // str - 1), 4 * sum, abs(oct(pow, bool + 2), zip + 1 >> 1)))
            sum += zip
            if sum > object or set[32:]:
                bin[-1] = 64
                eval[2] = eval[3]
                return
            any = bool and oct(pow, 0)
        eval[2] = set, dict
# Without stops, the program collects at equal allocation: gc.threshold() is a step that doubles after 64 frames, then
# after each further 32, or sooner if collections take too much of the time. A program that sets a threshold of its own
# keeps it.
#
# A program that fills the heap leaves no memory to the prompt, so some is kept for it (chr[14]). It is given back when the
# prompt runs what is scheduled, as it does after each line, also one that raised, and little is free, or nothing of some
# size. The prompt is told from a program by the depth of the stack: what is scheduled has the scheduler's frames below it,
# and in a program those of the line it interrupts, too. A function that the program calls (exec) has only the latter, so
# it is less deep than what is scheduled in the program, and about as deep as what is scheduled at the prompt: by 0 to 8
# bytes in the unix port and on a Cortex-M3, where the program's is 320 and 152 bytes deeper. chr[22] is in between. Without
# stack_use() nothing is kept. In a stackless VM, exec is not deeper than its caller, so the prompt may not be recognised.
#
# What is scheduled is set, which measures the depth of the stack (chr[21]), and calls what prepares sentinels: that has so
# many variables that they are on the stack only where the heap is full. A program may stay at a heap that is full for so
# long that no sentinel is left. Then set is scheduled again and again, which needs no memory.
#
# eval, further on: the depth of the stack, what schedules, what prepares.
#: part waiting
    def set(_, chr=chr, eval=eval):
        chr[21] = eval[4]()
        if eval[1]: eval[6](0)
        elif chr[14]:
            if chr[21] < chr[22]: chr[14] = 0
            else: eval[5](eval[0], 0)
    eval.extend((getattr(__import__('micropython'), 'stack_use', lambda: 0), schedule, 0))
# chr[15]: the step, 0: it is not doubled any more; frames still wanted at this step; milliseconds of one collection with
# its frame; when the steps began, and after how many collections; whether little is free, with stops: whether sentinels
# could not be prepared.
# bytes, slice, input: gc.collect, gc.mem_free, gc.threshold.
#: part steps_begin STEP=%PRIu64
    import gc
    bytes = gc.collect
    slice = gc.mem_free
    input = getattr(gc, 'threshold', None)
    chr[15] = input and STEP or 0
# A sentinel or a reserve may be kept until another one is armed in its place, and be freed later. Its finaliser does
# nothing then. Which one is armed is told by its address, of which 30 bits are kept: as a small integer that keeps no
# block. On a board whose addresses are larger, id() allocates, and raises here: each counts as the armed one.
#: part tables_finaliser
    class hash:
        def __del__(len, bin=bin, callable=callable, chr=chr, dir=dir, divmod=divmod, eval=eval, hex=hex, id=id, isinstance=isinstance, issubclass=issubclass, iter=ticks_ms, map=ticks_diff, max=ticks_add, min=schedule, next=globals()):
            if next.get('__memprof') is not eval[1]: return
            try:
                if id(len) & 0x3fffffff != chr[12]: return
            except: pass
            chr[0] += 1
            oct = iter()
            try:
                if chr[5] != 1 and (chr[5] or chr[16] > 0 or map(oct, chr[1]) >= -200):
                    for pow, ord, sum in eval[2][0]:
                        if pow != ord: break
                    else:
                        ord = chr[0]
                        for pow in range(8):
                            bin[24 - pow] = 64 + (ord & 15); ord >>= 4
                        ord = chr[11]
                        for pow in range(8):
                            bin[32 - pow] = 64 + (ord & 15); ord >>= 4
                        hex(bin)
                        for pow, ord, sum in eval[2][0]: hex(pow); hex(sum)
                        hex(b'\x1f')
                        chr[16] -= 1
                        if bin[-1] < 65: eval[1] = 0
                        if not chr[5] and chr[16] < 0:
                            if map(chr[1], oct) < 0: chr[1] = oct
                            chr[1] = max(chr[1], 4 + chr[6] * map(iter(), oct))
            except: pass
# A stop instead: the sentinel's block and the number of the stop in its burst, the bytes of the stack that are in use,
# then the commands of a probe (probe.c) until its end. In a burst each allocation collects first, as long as there are
# sentinels, unless the host leaves the stop with COLLECTION_NO_BURST; then the next ones are prepared, and as many
# bytes are allocated as one of sixteen thresholds has, at random, so that no program is in step with it.
#
# super, slice: a bytearray and its header, which are what is sent; bytes: a command; float: the thresholds; chr[1]:
# the last random number; chr[6]: the number of the stop; chr[14]: room for the prompt; chr[15]: how often the host has
# doubled the thresholds. A program that has filled the heap leaves no room: to compile a line, the prompt collects, the
# host ends the samples at that stop, and the next collection has the room. One that ends by itself frees it.
#: part samples_begin THRESHOLDS=%s RANDOM=%PRIu64
    from micropython import stack_use
    from gc import threshold
    super = bytearray(1)
    slice = id(super)
    if slice < 0: slice += sys.maxsize + 1
    slice = abs(slice + 2 * str, 2 * str)
    bytes = bytearray(4 * str + 1)
    input = getattr(sys.stdin, 'buffer', sys.stdin).readinto
    float = (THRESHOLDS)
    chr[1] = RANDOM
    chr[5] = 1
    chr[6] = 0
#: part samples_finaliser
    class hash:
        def __del__(len, abs=super, any=slice, bin=bin, bytes=bytes, callable=callable, chr=chr, dir=dir, divmod=divmod, eval=eval, float=float, hex=hex, id=id, isinstance=isinstance, issubclass=issubclass, iter=stack_use, map=threshold, min=schedule, next=globals(), set=input, str=str):
            if next.get('__memprof') is not eval[1]: return
            try:
                if id(len) & 0x3fffffff != chr[12]: return
            except: pass
            chr[0] += 1
            try:
                if chr[5] != 1:
                    bin[24] = 64 + chr[6]
                    ord = chr[11]
                    for pow in range(7):
                        bin[23 - pow] = 64 + (ord & 15); ord >>= 4
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
                    chr[15] += any[str] >> 1
                    chr[6] = chr[7] = (chr[6] + 1) % 15 * (dir[chr[2] + 1 & 15] is not None) * (not any[str] & 1)
                    map(0 if chr[6] else -1)
            except:
                eval[1] = 0
                chr[14] = 0
                map(-1)
                hex(b'\x1f')
# A word of the stack that nothing uses may look like the address of an armed sentinel, for as long as the program is
# in that function. So a reserve is armed with it. If two collections free a reserve and no sentinel, the next sentinel
# is armed, and the reverse; a collection without a stop counts as one of its burst.
#: part rest
            chr[8] = 0
            chr[9] += 1
            if chr[9] > 1:
                chr[9] = 0
                chr[10] += 1
                chr[13] = issubclass[chr[10] & 15]
                isinstance[chr[10] & 15] = None
            chr[2] += 1
            chr[3] = dir[chr[2] & 15] is None
            chr[11] = divmod[chr[2] & 15]
            chr[12] = callable[chr[2] & 15]
            dir[chr[2] & 15] = None
            try:
                if not (chr[4] or chr[7]):
                    min(eval[0], 0)
                    chr[4] = 1
            except:
                if chr[3]:
                    eval[1] = chr[14] = 0
                    bin[-1] = 64
                    hex(bin); hex(b'\x1f')
    class tuple:
        def __del__(len, callable=callable, chr=chr, dir=dir, divmod=divmod, eval=eval, id=id, isinstance=isinstance, issubclass=issubclass, min=schedule, next=globals()):
            if next.get('__memprof') is not eval[1]: return
            try:
                if id(len) & 0x3fffffff != chr[13]: return
            except: pass
            chr[9] = 0
            chr[8] += 1
            if chr[8] > 1:
                chr[8] = 0
                chr[2] += 1
                chr[11] = divmod[chr[2] & 15]
                chr[12] = callable[chr[2] & 15]
                chr[3] = dir[chr[2] & 15] is None
                dir[chr[2] & 15] = None
                chr[6] += 0 < chr[6] < 14
                if chr[3] and not (chr[4] or chr[7]):
                    try:
                        min(eval[0], 0)
                        chr[4] = 1
                    except: pass
            chr[10] += 1
            chr[13] = issubclass[chr[10] & 15]
            isinstance[chr[10] & 15] = None
    open = (dir, hash, divmod, callable), (isinstance, tuple, issubclass, issubclass)
#: part tables_preparer
    def repr(_, all=all, bin=bin, callable=callable, chr=chr, dir=dir, divmod=divmod, eval=eval, filter=filter, hex=hex, id=id, list=bool and list, open=open, round=round, iter=ticks_ms, map=ticks_diff, slice=slice, input=input):
#: part samples_preparer
    def repr(_, all=all, bin=bin, callable=callable, chr=chr, dir=dir, divmod=divmod, eval=eval, filter=filter, float=float, hex=hex, id=id, list=bool and list, map=threshold, open=open, round=round):
# Before a program has run for long nothing is tried: what that leaves might stay. It is tried also where it is known that
# little is free: without that, the prompt got no memory after leak-settings.py (tests/data/programs; 5 of 5 runs).
#: part at_prompt
        if chr[21] < chr[22]:
            try:
                if chr[14] and chr[0] > 64: bytearray(2048)
            except: chr[20] = 1
            if chr[20]: chr[14] = 0
#: part preparer
        try:
            any = all(eval[2][0]) and chr[0] & 15
            if list and not any: list(filter)
            for dict, hash, ord, pow in open:
                for sum in range(chr[2] + 1, chr[2] + 17):
                    sum &= 15
                    len = dict[sum]
                    if len and any: continue
                    object = len or hash()
                    zip = id(object)
                    for set, sorted, reversed, next in eval[2][1]:
                        if set < zip < sorted:
                            zip = (zip - set) // round
                            if all(eval[2][0]):
                                next[zip >> 3] |= 1 << (zip & 7)
                                ord[sum] = reversed + zip
                                pow[sum] = id(object) & 0x3fffffff
                                if not len: dict[sum] = object
        except: pass
        chr[4] = 0
        if chr[3]:
            chr[3] = 0
            chr[2] += 1
            chr[11] = divmod[chr[2] & 15]
            chr[12] = callable[chr[2] & 15]
            if not dir[chr[2] & 15] and eval[1]:
                eval[1] = 0
                bin[-1] = 64
                try: hex(bin); hex(b'\x1f')
                except: pass
                eval[0](0)
            dir[chr[2] & 15] = None
#: part tables_prepared ROOM_BYTES=%PRIu64 SHARE=%u STEP_MAX=%PRIu64
        any = slice()
        sum = ROOM_BYTES
        chr[20] = any < sum + (2 * chr[15] if 2 * chr[15] < sum else sum)
        try:
            if chr[15] and input() == chr[15]:
                any = (chr[0] - chr[19]) * chr[17]
                if chr[16] < 1 or any > 2000 and any * 100 > map(iter(), chr[18]) * SHARE:
                    chr[15] *= 2
                    input(chr[15])
                    chr[16] = 32
                    if chr[15] > STEP_MAX: chr[15] = 0
        except: pass
# The next burst may come.
#: part samples_prepared
        chr[20] = None in dir
        if not (chr[5] == 1 or chr[7]):
            chr[1] = chr[1] * 20077 + 12345 & 32767
            map(float[chr[1] >> 11] << chr[15])
#: part prepare
    eval[0] = set
    eval[6] = repr
    list(filter)
    eval[2][0][0]
    repr(0)
#: part tables_exec ROOM_BYTES=%u
    def exec(any=0, dir=__import__('builtins').print, hasattr=mem_info, eval=eval, chr=chr, abs=uctypes.addressof, bytes=bytes, iter=ticks_ms, map=ticks_diff, input=input):
        if any == 5:
            chr[14] = eval[4]() and bytearray(ROOM_BYTES)
            return chr[14] and abs(chr[14])
        if any > 5:
            chr[22] = eval[4]() + 64
            chr[16] = 65
            chr[19] = chr[0]
            chr[18] = iter()
            bytes()
            chr[17] = map(iter(), chr[18])
            if chr[15]: input(chr[15])
        elif any > 1:
            chr[5] = any - 2
            if any == 3: chr[14] = chr[15] = 0
            return chr[0]
        else: dir('\x1e', end=''); hasattr(); dir('\x1f', end='')
# The threshold is the hook's while there are samples.
#: part samples_exec ROOM_BYTES=%u
    print(id(super), id(hash.__del__), id(tuple.__del__), id(repr))
    def exec(any=0, dir=__import__('builtins').print, hasattr=mem_info, eval=eval, chr=chr, float=float, map=threshold, abs=uctypes.addressof):
        if any == 5:
            chr[14] = bytearray(ROOM_BYTES)
            return abs(chr[14])
        if any > 1:
            if any < 4: chr[14] = 0
            else: chr[22] = eval[4]() + 64
            if chr[5] != any - 2:
                chr[5] = any - 2
                map(chr[5] - 1 and float[chr[1] >> 11] or -1)
            return chr[0]
        dir('\x1e', end=''); hasattr(); dir('\x1f', end='')
#: part rest_end
    eval[1] = exec
    chr[2] = 0
    chr[11] = divmod[0]
    chr[12] = callable[0]
    chr[13] = issubclass[0]
    dir[0] = isinstance[0] = None
    return exec
__memprof = __memprof()
# Slots of the scheduler's queue keep what they held; so that, too, is replaced. const() returns its argument.
#: public collection_hook_end_code
del __memprof
(lambda m: [m.schedule(m.const, 0) for _ in b'12345678'])(__import__('micropython'))
