from collections import deque

W, H = 24, 16

class Game:
    def __init__(self, seed):
        self.seed = seed
        self.reset()

    def rnd(self, n):
        self.seed = (self.seed * 1103515245 + 12345) & 0x7fffffff
        return (self.seed >> 12) % n

    def reset(self):
        self.body = deque((), W * H)
        for x in range(4):
            self.body.append((x + 4, 8))
        self.cells = {(x + 4, 8) for x in range(4)}
        self.dir = (1, 0)
        self.score = 0
        self.place()

    def place(self):
        while True:
            self.food = (self.rnd(W), self.rnd(H))
            if self.food not in self.cells:
                return

    def free(self, d):
        x, y = self.head()
        p = ((x + d[0]) % W, (y + d[1]) % H)
        return p not in self.cells

    def head(self):
        return self.body[len(self.body) - 1]

    def steer(self):
        x, y = self.head()
        fx, fy = self.food
        want = []
        if fx != x:
            want.append((1 if fx > x else -1, 0))
        if fy != y:
            want.append((0, 1 if fy > y else -1))
        want += [self.dir, (0, 1), (1, 0), (0, -1), (-1, 0)]
        for d in want:
            if self.free(d):
                self.dir = d
                return True
        return False

    def step(self):
        if not self.steer():
            return False
        x, y = self.head()
        p = ((x + self.dir[0]) % W, (y + self.dir[1]) % H)
        self.body.append(p)
        self.cells.add(p)
        if p == self.food:
            self.score += 1
            if self.score >= 60:
                return False
            self.place()
        else:
            self.cells.remove(self.body.popleft())
        return True

    def screen(self):
        rows = []
        for y in range(H):
            rows.append("".join("o" if (x, y) in self.cells else "." for x in range(W)))
        return "\n".join(rows)

game = Game(6)
games = 0
best = 0
for t in range(26000):
    if not game.step():
        games += 1
        best = max(best, game.score)
        game.reset()
    if t % 100 == 0:
        pic = game.screen()
    if t % 4000 == 0:
        print("step %d games %d best %d" % (t, games, best))
        print(pic[:W * 3])
print("games", games, "best", best)
