import random

random.seed(64)
WORDS = ("temp hum press wind rain sun volt amp north south east west error ok "
         "start stop valve pump tank level high low door open shut").split()

def sentence(n):
    return " ".join([random.choice(WORDS) for _ in range(4)] + ["%d" % random.randrange(10 + n % 70)])

class Coder:
    def __init__(self):
        self.count = {}
        self.code = None
        self.back = None

    def learn(self, text):
        for w in text.split(" "):
            self.count[w] = self.count.get(w, 0) + 1

    def build(self):
        nodes = sorted([(n, w, None, None) for w, n in self.count.items()])
        while len(nodes) > 1:
            a = nodes.pop(0)
            b = nodes.pop(0)
            c = (a[0] + b[0], "", a, b)
            i = 0
            while i < len(nodes) and nodes[i][0] < c[0]:
                i += 1
            nodes.insert(i, c)
        self.code = {}
        self.walk(nodes[0], "")
        self.back = {bits: w for w, bits in self.code.items()}
        self.count = None

    def walk(self, node, bits):
        if node[2] is None:
            self.code[node[1]] = bits
        else:
            self.walk(node[2], bits + "0")
            self.walk(node[3], bits + "1")

    def encode(self, text):
        return "".join(self.code[w] for w in text.split(" "))

    def decode(self, bits):
        out = []
        cur = ""
        for b in bits:
            cur += b
            w = self.back.get(cur)
            if w:
                out.append(w)
                cur = ""
        return " ".join(out)

coder = Coder()
for n in range(4000):
    coder.learn(sentence(n))
for v in range(80):
    coder.learn("%d" % v)
coder.build()
print("codes", len(coder.code))
raw = packed = 0
for n in range(9000):
    s = sentence(n)
    bits = coder.encode(s)
    if coder.decode(bits) != s:
        print("mismatch", s)
    raw += len(s) * 8
    packed += len(bits)
    if n % 1000 == 0:
        print(n, "ratio %.3f" % (packed / raw))
print(raw, packed)
