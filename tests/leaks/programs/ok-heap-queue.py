# heap=163840 turns=4900 every=70 leaks=false owner=-
"""A scheduler with a heap queue: each job puts itself back for later."""
import heapq
queue = []
for k in range(20):
    heapq.heappush(queue, (k, k, "job %d" % k))

def step(i):
    while queue[0][0] <= i:
        _, k, name = heapq.heappop(queue)
        heapq.heappush(queue, (i + 3 + k * 11, k, name))
    return [name + str(j) for j, (_, _, name) in enumerate(queue[:6])]

for i in range(4900):
    step(i)
