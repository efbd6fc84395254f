# heap=81920 turns=4200 every=60 leaks=false owner=-
"""Pages and their items hold each other, and the old page is dropped."""
class Page:
    def __init__(self, n):
        self.items = [Item(self, k) for k in range(6)]
        self.title = "page %d" % n

class Item:
    def __init__(self, page, k):
        self.page = page
        self.k = k

page = Page(0)

def step(i):
    global page
    if i % 4 == 0:
        page = Page(i)
    return "|".join(["%d" % item.k for item in page.items])

for i in range(4200):
    step(i)
