# heap=131072 turns=2800 every=40 leaks=true owner=pages also=qemu
"""A web server keeps each page that it made, by the address with its arguments."""
pages = {}

def render(n):
    return "<html><body>" + "".join(["<p>%d</p>" % (n + k) for k in range(6)]) + "</body></html>"

def step(i):
    page = render(i)
    if i % 20 == 0:
        pages["/status?t=%d" % i] = page
    return page.encode()

for i in range(2800):
    step(i)
