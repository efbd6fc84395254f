rx = bytearray()
pos = 0
count = 0
errors = 0
totals = {}
status = ""

def checksum(b):
    c = 0
    for x in b:
        c ^= x
    return c

def sensor(n):
    body = b"T%d,%d.%d" % (n % 4, 20 + n % 9, n % 10)
    return body + b"*%02X\r\n$" % checksum(body)

def received(chunk):
    global rx, pos
    rx.extend(chunk)
    while True:
        end = rx.find(b"\r\n", pos)
        if end < 0:
            break
        handle(bytes(rx[pos:end]))
        pos = end + 2
    if pos >= len(rx):
        rx = bytearray()
        pos = 0

def handle(msg):
    global count, errors
    body, star, cs = msg.partition(b"*")
    body = body[1:]
    if not star or int(cs, 16) != checksum(body):
        errors += 1
        return
    name, value = body.decode().split(",")
    n, s = totals.get(name, (0, 0.0))
    totals[name] = (n + 1, s + float(value))
    count += 1
    show()

def show():
    global status
    status = ", ".join("%s=%.2f" % (k, totals[k][1] / totals[k][0]) for k in sorted(totals))

received(b"$")
for n in range(9000):
    received(sensor(n))
    if n % 1000 == 0:
        print(n, status)
print(count, "good,", errors, "bad")
