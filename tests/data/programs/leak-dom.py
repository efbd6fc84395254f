import re

TAG = re.compile("<(/?)([a-z]+)( id=\"([a-z0-9]+)\")?>([^<]*)")

class Node:
    def __init__(self, tag, ident, parent):
        self.tag = tag
        self.ident = ident
        self.parent = parent
        self.kids = []
        self.text = ""
        self.same = None

    def html(self):
        return "<%s>%s%s</%s>" % (self.tag, self.text, "".join(k.html() for k in self.kids), self.tag)

class Document:
    def __init__(self):
        self.root = Node("body", "root", None)
        self.ids = {"root": self.root}
        self.last = {}

    def parse(self, src, parent):
        here = parent
        while src:
            m = TAG.match(src)
            if not m:
                break
            if m.group(1):
                here = here.parent
            else:
                n = Node(m.group(2), m.group(4), here)
                n.text = m.group(5)
                here.kids.append(n)
                here = n
                n.same = self.last.get(n.tag)
                self.last[n.tag] = n
                if n.ident:
                    self.ids[n.ident] = n
            src = src[len(m.group(0)):]

    def replace(self, ident, src):
        old = self.ids.pop(ident)
        p = old.parent
        p.kids.remove(old)
        self.parse(src, p)

doc = Document()
doc.parse('<div id="a"><p>-</p></div><div id="b"><p>-</p></div>', doc.root)
size = 0
for n in range(420):
    which = "ab"[n & 1]
    doc.replace(which, '<div id="%s"><p>%d mbar</p><p><b>%d</b> lux</p></div>' % (which, 1000 + n % 30, n * 3 % 500))
    for _ in range(24):
        page = doc.root.html()
        size += len(page)
    if n % 60 == 0:
        print(page)
print(size)
