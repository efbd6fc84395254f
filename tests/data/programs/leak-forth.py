class Vm:
    def __init__(self):
        self.stack = []
        self.words = {}
        self.code = []
        self.out = []
        self.prims = {
            "+": self.add, "-": self.sub, "*": self.mul, "dup": self.dup,
            "swap": self.swap, "drop": self.drop, ".": self.dot, "mod": self.mod,
        }

    def add(self):
        b = self.stack.pop(); self.stack.append(self.stack.pop() + b)

    def sub(self):
        b = self.stack.pop(); self.stack.append(self.stack.pop() - b)

    def mul(self):
        b = self.stack.pop(); self.stack.append(self.stack.pop() * b)

    def mod(self):
        b = self.stack.pop(); self.stack.append(self.stack.pop() % b)

    def dup(self):
        self.stack.append(self.stack[-1])

    def swap(self):
        s = self.stack
        s[-1], s[-2] = s[-2], s[-1]

    def drop(self):
        self.stack.pop()

    def dot(self):
        self.out.append(str(self.stack.pop()))

    def define(self, name, body):
        self.words[name] = len(self.code)
        self.code.append(tuple(body))

    def run(self, tokens):
        for t in tokens:
            if t in self.words:
                self.run(self.code[self.words[t]])
            elif t in self.prims:
                self.prims[t]()
            else:
                self.stack.append(int(t))

    def line(self, text):
        toks = text.split()
        if toks and toks[0] == ":":
            self.define(toks[1], toks[2:-1])
            return "ok"
        self.run(toks)
        r = " ".join(self.out)
        self.out.clear()
        return r

vm = Vm()
vm.line(": square dup * ;")
vm.line(": cube dup square * ;")
vm.line(": scale 3 * 7 + ;")
check = 0
for n in range(12000):
    if n % 120 == 119:
        vm.line(": scale %d * %d + ;" % (n % 13 + 1, n % 101))
    check += int(vm.line("%d scale %d mod cube ." % (n, n % 17 + 2)))
    vm.line("%d square %d - drop" % (n % 50, n))
    if n % 1500 == 0:
        print("line", n, "sum", check)
print(check)
