# A program whose heap grows: every reading is kept, and its text too.
#     memprof run examples/grow.py exec:micropython
try:
    from time import sleep_ms
except ImportError:  # a build without a clock

    def sleep_ms(ms):
        for i in range(ms * 100):
            pass


class Reading:
    def __init__(self, n):
        self.n = n
        self.text = "reading %d" % n
        self.raw = bytearray(120)


log = []
for n in range(200):
    log.append(Reading(n))
    work = [n * i for i in range(1000)]  # garbage, collected now and then
    sleep_ms(10)
    if n % 50 == 49:
        print("memprof: %d readings" % (n + 1))
print("kept", len(log), "readings")
