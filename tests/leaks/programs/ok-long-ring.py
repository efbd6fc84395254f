# heap=196608 turns=5600 every=80 leaks=false owner=-
"""A ring of 200 records that takes long to fill, and is overwritten from its start then."""
records = []
at = 0

def step(i):
    global at
    if i % 8 == 0:
        record = (i, "%d C" % (i % 40))
        if len(records) < 200:
            records.append(record)
        else:
            records[at] = record
            at = (at + 1) % 200
    return ",".join([str(i + j) for j in range(9)])

for i in range(5600):
    step(i)
