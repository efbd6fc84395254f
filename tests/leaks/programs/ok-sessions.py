# heap=65536 turns=4900 every=70 leaks=false owner=-
"""Sessions that last for two or three collections, thirty at a time."""
class Session:
    def __init__(self, n):
        self.n = n
        self.inbox = []

sessions = {}

def step(i):
    if i % 10 == 0:
        sessions[i] = Session(i)
        sessions.pop(i - 300 - i % 70, None)
        for n in list(sessions):
            if n < i - 400:
                del sessions[n]
    s = sessions[i // 10 * 10]
    s.inbox.append("message %d" % i)
    if len(s.inbox) > 4:
        s.inbox.pop(0)
    return [len(s.inbox), i * 1.5]

for i in range(4900):
    step(i)
