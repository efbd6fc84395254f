import json, hashlib, binascii

batch = []
uploads = 0
total = 0

def rnd(n, s=[987654321]):
    s[0] = (s[0] * 48271) % 2147483647
    return s[0] % n

def measure(t):
    return {
        "t": t,
        "ch": ["a", "b", "c"][t % 3],
        "val": 20 + rnd(1000) / 100,
        "flags": [rnd(2) for _ in range(4)],
    }

def upload(items):
    global uploads, total
    body = json.dumps({"seq": uploads, "items": items})
    sign = binascii.hexlify(hashlib.sha256(body.encode()).digest()).decode()
    uploads += 1
    total += len(body)
    back = json.loads(body)
    assert len(back["items"]) == len(items)
    return sign

limit = 50
for t in range(45000):
    batch.append(measure(t))
    if len(batch) >= limit:
        sign = upload(batch)
        batch.clear()
        limit = 25 + rnd(60)
        if uploads % 40 == 0:
            print("upload", uploads, sign[:12], total)
print(uploads, total)
