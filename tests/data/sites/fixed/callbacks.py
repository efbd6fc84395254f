handlers={}
class Dev:
    def __init__(s,n): s.n=n; s.buf=bytearray(40)
    def on(s,e): return s.n
def step(i):
    x=' '.join(str(j) for j in range(20))
    if i%40==0: handlers['dev']=Dev(i).on

for i in range(6000):
    step(i)
