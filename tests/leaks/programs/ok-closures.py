# heap=65536 turns=4900 every=70 leaks=false owner=-
"""Each request sets the handler of its answer, which replaces the last one."""
handlers = [None] * 6

def ask(n):
    buffer = bytearray(64)
    def answered(data):
        buffer[:len(data)] = data
        return n
    handlers[n % 6] = answered

def step(i):
    ask(i)
    return handlers[i % 6](b"%d" % i)

for i in range(4900):
    step(i)
