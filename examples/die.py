# A program that fragments the heap of a small board and then asks for one large buffer.
#     memprof run examples/die.py exec:micropython
import gc

blocks = []
while gc.mem_free() > 24 * 1024:
    blocks.append(bytearray(1000))
for i in range(0, len(blocks), 2):
    blocks[i] = None  # every other one is free now
gc.collect()
print("memprof: fragmented")
print("free:", gc.mem_free(), "allocated:", gc.mem_alloc())
frame = bytearray(40 * 1024)
