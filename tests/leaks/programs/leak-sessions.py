# heap=196608 turns=4900 every=70 leaks=true owner=sessions
"""Sessions last a while and go; each seventh is never closed."""
class Session:
    def __init__(self, n):
        self.n = n
        self.inbox = []

sessions = {}

def step(i):
    if i % 10 == 0:
        sessions[i] = Session(i)
        old = i - 300
        if old in sessions and old // 10 % 7:
            del sessions[old]
    s = sessions[i // 10 * 10]
    s.inbox.append("message %d" % i)
    if len(s.inbox) > 4:
        s.inbox.pop(0)
    return ["%d %s" % (k, s.inbox) for k in range(3)]

for i in range(4900):
    step(i)
