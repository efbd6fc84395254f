# A heap test with marks for a budget (docs/ci.md).
#     memprof check examples/heap-budget.json --run examples/heap_test.py --live exec:micropython
import gc

readings = []
print("memprof: after boot")

for n in range(100):
    readings.append("reading %d" % n)
    line = ",".join(readings)
print("memprof: all read")

readings.clear()
line = None
gc.collect()
print("memprof: forgotten")
