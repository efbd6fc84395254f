import random

random.seed(17)

class Num:
    def __init__(self, v):
        self.v = v
    def eval(self, env):
        return self.v
    def simple(self):
        return self
    def __repr__(self):
        return str(self.v)

class Var:
    def __init__(self, name):
        self.name = name
    def eval(self, env):
        return env[self.name]
    def simple(self):
        return self
    def __repr__(self):
        return self.name

class Op:
    table = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b % 65521,
    }
    def __init__(self, op, l, r):
        self.op, self.l, self.r = op, l, r
    def eval(self, env):
        return self.table[self.op](self.l.eval(env), self.r.eval(env))
    def simple(self):
        l, r = self.l.simple(), self.r.simple()
        if isinstance(l, Num) and isinstance(r, Num):
            return Num(self.table[self.op](l.v, r.v))
        return Op(self.op, l, r)
    def __repr__(self):
        return "(%r%s%r)" % (self.l, self.op, self.r)

def tokens(s):
    i = 0
    while i < len(s):
        c = s[i]
        if c.isdigit():
            j = i
            while j < len(s) and s[j].isdigit():
                j += 1
            yield s[i:j]
            i = j
        else:
            yield c
            i += 1
    yield ""

class Parser:
    def __init__(self, s):
        self.it = tokens(s)
        self.advance()
    def advance(self):
        self.tok = next(self.it)
    def atom(self):
        t = self.tok
        self.advance()
        if t == "(":
            e = self.sum()
            self.advance()
            return e
        return Num(int(t)) if t.isdigit() else Var(t)
    def product(self):
        e = self.atom()
        while self.tok == "*":
            self.advance()
            e = Op("*", e, self.atom())
        return e
    def sum(self):
        e = self.product()
        while self.tok in ("+", "-") and self.tok:
            op = self.tok
            self.advance()
            e = Op(op, e, self.product())
        return e

def make(depth):
    r = random.randrange(6)
    if depth == 0 or r == 0:
        return random.choice("xyz") if r & 1 else str(random.randrange(100))
    return "(" + make(depth - 1) + random.choice("+-*") + make(depth - 1) + ")"

env = {"x": 3, "y": 14, "z": 159}
acc = 0
for n in range(3600):
    src = make(4)
    tree = Parser(src).sum()
    a, b = tree.eval(env), tree.simple().eval(env)
    if (a - b) % 65521:
        print("differs", src)
    acc = (acc + a) % 65521
    env["x"] = (env["x"] * 7 + 1) % 101
    if n % 400 == 0:
        print(n, repr(tree.simple())[:40], "=", a)
print(acc)
