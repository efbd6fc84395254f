class Editor:
    def __init__(self, text):
        self.lines = text.split("\n")
        self.row = 0
        self.col = 0
        self.undo_to = None
        self.typing = -1

    def clamp(self):
        self.row = max(0, min(self.row, len(self.lines) - 1))
        self.col = max(0, min(self.col, len(self.lines[self.row])))

    def put(self, row, new):
        if row != self.typing or new[-1:] == "z":
            self.undo_to = (row, self.lines[row], self.undo_to)
            self.typing = row
        self.lines[row] = new

    def insert(self, ch):
        s = self.lines[self.row]
        self.put(self.row, s[:self.col] + ch + s[self.col:])
        self.col += 1
        if len(s) > 46:
            self.put(self.row, s[:20])
            self.clamp()

    def backspace(self):
        s = self.lines[self.row]
        if self.col:
            self.put(self.row, s[:self.col - 1] + s[self.col:])
            self.col -= 1

    def undo(self):
        if self.undo_to:
            self.row, s, self.undo_to = self.undo_to
            self.typing = -1
            self.lines[self.row] = s
            self.clamp()

    def view(self, height=10):
        top = max(0, self.row - height // 2)
        out = []
        for i in range(top, min(top + height, len(self.lines))):
            out.append("%2d|%-46s" % (i + 1, self.lines[i][:46]))
        return "\n".join(out)

ed = Editor("\n".join("line %d of the notes" % i for i in range(24)))
seed = 20

def rnd(n):
    global seed
    seed = (seed * 16807) % 2147483647
    return seed % n

shown = 0
for key in range(9000):
    r = rnd(20)
    if r < 11:
        ed.insert(chr(97 + rnd(26)))
    elif r < 13:
        ed.backspace()
    elif r < 14:
        ed.undo()
    elif r < 18:
        ed.row += rnd(5) - 2
        ed.clamp()
    else:
        ed.col = rnd(40)
        ed.clamp()
    shown += len(ed.view())
    if key % 1000 == 0:
        print(ed.view(3))
print(key + 1, "keys")
