PROGRAM = """
10 LET N = 0
20 LET A = 0
30 LET B = 1
40 LET C = A + B
50 LET A = B
60 LET B = C % 9973
70 LET N = N + 1
80 IF N < 40 GOTO 40
90 FOR I = 1 TO 12
100 GOSUB 200
110 NEXT I
120 PRINT "fib" B "sum" S
130 END
200 LET S = S + I * K
210 LET S = S % 1000
220 RETURN
"""

class Basic:
    def __init__(self, src):
        self.prog = {}
        for row in src.strip().split("\n"):
            num, rest = row.split(" ", 1)
            self.prog[int(num)] = rest
        self.order = sorted(self.prog)

    def term(self, tok):
        if tok[0].isdigit():
            return int(tok)
        return self.vars.get(tok, 0)

    def expr(self, toks):
        acc = self.term(toks[0])
        i = 1
        while i < len(toks):
            op, v = toks[i], self.term(toks[i + 1])
            if op == "+":
                acc += v
            elif op == "-":
                acc -= v
            elif op == "*":
                acc *= v
            elif op == "%":
                acc %= v
            i += 2
        return acc

    def run(self, **preset):
        self.vars = dict(preset)
        self.calls = []
        self.loops = []
        out = []
        pc = 0
        while True:
            toks = self.prog[self.order[pc]].split()
            cmd = toks[0]
            pc += 1
            if cmd == "LET":
                self.vars[toks[1]] = self.expr(toks[3:])
            elif cmd == "IF":
                g = toks.index("GOTO")
                if self.term(toks[1]) < self.expr(toks[3:g]):
                    pc = self.order.index(int(toks[g + 1]))
            elif cmd == "FOR":
                self.vars[toks[1]] = self.term(toks[3])
                self.loops.append((pc, self.term(toks[5])))
            elif cmd == "NEXT":
                start, top = self.loops[-1]
                self.vars[toks[1]] += 1
                if self.vars[toks[1]] <= top:
                    pc = start
                else:
                    self.loops.pop()
            elif cmd == "GOSUB":
                self.calls.append(pc)
                pc = self.order.index(int(toks[1]))
            elif cmd == "RETURN":
                pc = self.calls.pop()
            elif cmd == "PRINT":
                out.append(" ".join(t[1:-1] if t[0] == '"' else str(self.term(t)) for t in toks[1:]))
            elif cmd == "END":
                return "\n".join(out)

basic = Basic(PROGRAM)
for k in range(400):
    text = basic.run(K=k)
    if k % 40 == 0:
        print(k, text)
