class Shot:
    def __init__(self, pool):
        self.pool = pool
        self.pos = None
        self.vel = None
        self.trail = []
        self.alive = False

    def fire(self, pos, vel):
        self.pos = pos
        self.vel = vel
        self.trail.clear()
        self.alive = True

    def move(self):
        self.trail.append(self.pos)
        if len(self.trail) > 6:
            del self.trail[0]
        self.pos = (self.pos[0] + self.vel[0], self.pos[1] + self.vel[1])
        if not (0 <= self.pos[0] < 128 and 0 <= self.pos[1] < 64):
            self.release()

    def release(self):
        self.alive = False
        self.pos = self.vel = None
        self.pool.free.append(self)

class Pool:
    def __init__(self, limit):
        self.free = []
        self.made = 0
        self.limit = limit
        self.refused = 0

    def take(self):
        if self.free:
            return self.free.pop()
        if self.made < self.limit:
            self.made += 1
            return Shot(self)
        self.refused += 1
        return None

pool = Pool(48)
active = []
s = 500
fired = 0
for frame in range(9000):
    s = (s * 25173 + 13849) % 65536
    volley = (s >> 8) % 3
    if frame % 900 > 860:
        volley = 5
    for k in range(volley):
        shot = pool.take()
        if shot:
            shot.fire((64.0, 32.0), ((s >> k & 7) - 3.5, ((s >> k + 3 & 7) - 3.5) / 2))
            active.append(shot)
            fired += 1
    for shot in active:
        shot.move()
    active = [shot for shot in active if shot.alive]
    hud = "%04d shots, %d in the air" % (fired, len(active))
    if frame % 1000 == 0:
        print(hud, "made", pool.made)
print(fired, pool.made, pool.refused)
