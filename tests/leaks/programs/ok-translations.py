# heap=196608 turns=5600 every=80 leaks=false owner=-
"""Texts of menus are loaded when a page is first opened; after some time all pages were."""
texts = {}

def text_of(page):
    if page not in texts:
        texts[page] = ["title of %d" % page, "help of %d" % page, bytearray(24)]
    return texts[page][0]

def step(i):
    page = min(i // 22, 70) - (i * 7 % 5)
    return [text_of(max(page, 0)) + str(j) for j in range(6)]

for i in range(5600):
    step(i)
