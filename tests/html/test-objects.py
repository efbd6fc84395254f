"""The page of a heap's objects in a headless Chromium: figures that are those of the JSON and of the CSV, a tree whose sums are
right, hands that do what they should, names that stay text.
"""
import csv
import io
import json
import os
import pathlib
import re

import large_heap
import pages
from pages import DATA

FILES = ("qemu.mem", "rp2.mem", "unix-split.mem", "hostile.mem")
NAMED = lambda row: "%s: %s" % (row["path"] or "(no name leads there)", row["class"] or row["kind"])
TABLES = {  # of the page: heads, and what the JSON's rows have there
    "globals": {"name": NAMED, "module": "module", "retained": "retained", "objects": "objects", "own": "bytes"},
    "modules": {"name": "name", "retained": "retained", "objects": "objects"},
    "classes": {"name": "name", "instances": "objects", "own": "bytes", "retained": "retained"},
    "kinds": {"kind": "kind", "objects": "objects", "size": "bytes"},
    "largest": {"name": NAMED, "address": "address", "size": "bytes", "retained": "retained"},
    "duplicates": {"string": lambda row: "'%s'" % row["text"], "copies": "count", "size": "bytes"},
    "slack": {"container": NAMED, "items": "items", "room": "room", "size": "bytes"},
    "advice": {"what to do": "text", "saves": "saved_bytes", "how that is worked out": "basis"},
}
EVIL = "<img src=x onerror=alert(1)>"
COLUMNS = """(g => { const rows = []; for (let i = 0; i < g.n; i++) rows.push({ address: g.address(i), bytes: g.bytes[i], live: g.live[i],
    retained: g.live[i] ? g.size[i] : 0, objects: g.live[i] ? g.count[i] : 0, kind: g.kinds[g.kind[i]],
    class: g.class[i] ? g.classes[g.class[i] - 1] : '', path: g.path(i) }); return rows; })(Graph.shown)"""
# Every node of the tree: [node, its bytes, its own, the sum of what it holds, where it begins, where they begin and end].
TREE = """(g => { const out = [], stack = [g.LIVE, g.COLLECTABLE]; while (stack.length) { const i = stack.pop(), kids = [...g.kids(i)];
    out.push([i, g.size[i], g.own[i], kids.reduce((s, k) => s + g.size[k], 0), g.start[i], kids.map(k => g.start[k]), kids.map(k => g.size[k])]);
    stack.push(...kids); } return out; })(Graph.shown)"""
# The rows of the tree that are drawn.
ROWS = """[...document.querySelectorAll('.holders [role=treeitem]')].map(r => ({ i: r.dataset.i === undefined ? null : Number(r.dataset.i),
    level: Number(r.getAttribute('aria-level')), open: r.getAttribute('aria-expanded'), chosen: r.getAttribute('aria-selected'), text: r.innerText,
    size: r.querySelector('.num') && Number(r.querySelector('.num').textContent.replace(/\\D/g, '')) }))"""
CELLS = "Icicle.shown.cells.map(c => ({ i: c.i, row: c.row, x: c.x, w: c.w, size: c.size, rest: c.rest || 0 }))"
STILL = "Icicle.shown.seenFrom === Icicle.shown.from && Icicle.shown.seenTo === Icicle.shown.to"


def memory(name):
    return os.path.join(DATA, "objects", name)


class Test(pages.Case):
    command = "objects"

    def csv(self, path):
        """Without the apostrophe before what would be a formula."""
        rows = csv.DictReader(io.StringIO(pages.memprof("objects", "--format", "csv", path).decode()))
        return [{key: re.sub("^'([=+@-])", r"\1", value) for key, value in row.items()} for row in rows]

    def chosen(self, page):
        """What the detail shows."""
        return page.eval("Object.fromEntries([...document.querySelectorAll('#detail > [data-key], #detail > dl > [data-key]')]"
                         ".map(e => [e.dataset.key, e.dataset.value ?? e.textContent]))")

    def go(self, page, fragment):
        page.eval("location.hash = '%s'" % fragment)
        page.wait("document.querySelector('#detail [data-key=address]') && "
                  "document.querySelector('#detail [data-key=address]').dataset.value === '%s'" % fragment.lstrip("#"))

    def index(self, page, path):
        return page.eval("(g => { for (let i = 0; i < g.n; i++) if (g.path(i) === %s && g.rep[i] === i) return i; return -1; })(Graph.shown)" % json.dumps(path))

    def search(self, page, text):
        self.fill(page, "#tree input[type=search]", text)
        page.wait("document.body.dataset.found === %s" % json.dumps(text))
        return [row["address"] for row in self.rows(page, "hits")]

    # ---- figures ----

    def test_figures_are_the_documents(self):
        for name in FILES:
            with self.subTest(name):
                page, doc = self.open(memory(name)), self.document("--advise", memory(name))
                said = page.eval("document.querySelector('#findings').innerText").split()
                text = pages.memprof("objects", memory(name)).decode().split("\n\n")[0].split()
                self.assertEqual(said[:len(text)], text)
                for name, key in (("live", "live"), ("garbage", "collectable")):
                    self.assertEqual(page.eval("Number(document.querySelector('#totals [data-key=%s]').dataset.value)" % name), doc["heap"][key]["bytes"])
                for table, keys in TABLES.items():
                    drawn = self.rows(page, table + "-table")
                    self.assertEqual(len(drawn), min(50, len(doc[table])), table)
                    for row, of in zip(drawn, doc[table]):
                        for head, key in keys.items():
                            self.same(key(of) if callable(key) else of[key], row[head], (table, head))

    def test_advice_leads_to_its_object(self):
        page, doc = self.open(memory("qemu.mem")), self.document("--advise", memory("qemu.mem"))
        page.eval("document.querySelector('#advice-table tbody tr').click()")
        about, = doc["advice"][0]["objects"]
        page.wait("document.querySelector('#detail [data-key=address]').dataset.value === '%s'" % about["address"])
        self.assertIn("Nothing to advise.", self.open(memory("rp2.mem")).eval("document.body.innerText"))

    def test_objects_are_those_of_the_csv(self):
        for name in FILES:
            with self.subTest(name):
                page = self.open(memory(name))
                drawn, rows = page.eval(COLUMNS), self.csv(memory(name))
                self.assertEqual(len(drawn), len(rows))
                for got, row in zip(drawn, rows):
                    row.update(live=int(row["live"] == "yes"), **{key: int(row[key]) for key in ("bytes", "retained", "objects")})
                    self.assertEqual(got, row)

    def test_sums_of_the_tree(self):
        """A node takes what is its own and what it holds; its kids lie in it, one behind the other, largest first; the roots are
        all that is live, and all that is collectable. With a part that is not folded nothing changes."""
        for name in FILES:
            with self.subTest(name):
                page, heap = self.open(memory(name)), self.document(memory(name))["heap"]
                sizes = []
                parts = page.eval("[...Graph.shown.rep].map((r, i) => [r, i]).filter(([r, i]) => r !== i).map(([r, i]) => i)")
                self.assertGreater(len(parts), 10)
                for bare in (-1, parts[0], parts[-1]):
                    page.eval("Graph.shown.fold(%d)" % bare)
                    tree = page.eval(TREE)
                    live, = [node for node in tree if node[0] == page.eval("Graph.shown.LIVE")]
                    gone, = [node for node in tree if node[0] == page.eval("Graph.shown.COLLECTABLE")]
                    self.assertEqual((live[1], gone[1]), (heap["live"]["bytes"], heap["collectable"]["bytes"]))
                    self.assertEqual(sum(own for _, _, own, *_ in tree), heap["used"])
                    for i, size, own, inner, start, starts, inners in tree:
                        self.assertEqual(size, own + inner, i)
                        self.assertEqual(inners, sorted(inners, reverse=True))
                        self.assertEqual(starts, [start + sum(inners[:k]) for k in range(len(inners))])
                    sizes.append(len(tree))
                self.assertEqual(sizes, [sizes[0], sizes[0] + 1, sizes[0] + 1])

    def test_rows_of_the_globals(self):
        """What the table of globals says of each is what its row in the tree says."""
        page, doc = self.both(memory("qemu.mem"))
        self.assertEqual(page.eval(ROWS)[0]["size"], doc["heap"]["live"]["bytes"])
        for k, of in enumerate(doc["globals"]):
            page.click("#globals-table tbody tr:nth-child(%d)" % (k + 1))
            page.wait("document.querySelector('#detail [data-key=path]').textContent === %s" % json.dumps(of["path"]))
            shown, = [row for row in page.eval(ROWS) if row["chosen"]]
            self.assertEqual(shown["size"], of["retained"])
            detail = self.chosen(page)
            self.assertEqual((int(detail["retained"]), int(detail["count"])), (of["retained"], of["objects"]))
            self.assertEqual(detail["what"], of["class"] or of["kind"])

    def test_modules_lead_somewhere(self):
        page, doc = self.both(memory("rp2.mem"))
        page.click("#tab-modules")
        for k, of in enumerate(doc["modules"]):
            page.click("#modules-table tbody tr:nth-child(%d)" % (k + 1))
            page.wait("document.querySelector('#detail [data-key=path]').textContent === %s" % json.dumps(of["name"]))
            self.assertEqual(int(self.chosen(page)["retained"]), of["retained"])

    def test_parts_are_folded(self):
        """A list has its items' bytes; the items themselves are a row only if their address is asked for."""
        page = self.open(memory("qemu.mem"))
        rows = {(row["path"], row["kind"]): row for row in self.csv(memory("qemu.mem"))}
        owner, items = rows["handlers", "list"], rows["handlers", "list items"]
        self.go(page, "#" + owner["address"])
        self.assertEqual(int(self.chosen(page)["own"]), int(owner["bytes"]) + int(items["bytes"]))
        n = page.eval("Graph.shown.at('%s')" % items["address"])
        self.assertNotIn(n, [row["i"] for row in page.eval(ROWS)])
        page.click("#detail a[data-to='%d']" % n)
        page.wait("document.body.dataset.chosen === '%d'" % n)
        shown, = [row for row in page.eval(ROWS) if row["chosen"]]
        self.assertEqual((shown["i"], shown["size"]), (n, int(items["retained"])))
        self.assertEqual((self.chosen(page)["what"], int(self.chosen(page)["own"])), ("list items", int(items["bytes"])))
        self.go(page, "#" + owner["address"])
        self.assertNotIn(n, [row["i"] for row in page.eval(ROWS)])

    def test_since(self):
        """What has changed, with its sign, and a way to what has."""
        args = ["--since", memory("before.mem"), memory("after.mem")]
        page, since = self.open(*args), self.document(*args)["since"]
        text = pages.memprof("objects", *args).decode()
        part = "[...document.querySelectorAll('main h2')].find(h => h.textContent.startsWith('Since '))"
        said = page.eval(part + ".closest('section').querySelector('li').textContent")
        self.assertIn(said, text)
        for table, rows, name in (("came", since["owners"], "owner"), *(("since-" + key, since[key], "name") for key in ("globals", "classes", "kinds"))):
            drawn = self.rows(page, table + "-table")
            self.assertEqual([(row["name"], row["change"], row["objects"]) for row in drawn],
                             [(row[name], str(row["bytes"]), str(row["objects"])) for row in rows])
            signs = page.eval("[...document.querySelectorAll('#%s-table tbody .barred')].map(c => ['grown', 'shrunk'].find(name => c.classList.contains(name)) || null)" % table)
            self.assertEqual(signs, ["grown" if row["bytes"] > 0 else "shrunk" if row["bytes"] < 0 else None for row in rows])
        page.click("#tab-came")
        page.click("#came-table tbody tr")
        page.wait("document.querySelector('#detail [data-key=path]').textContent === 'handlers'")
        page = self.open("--since", memory("qemu.mem"), memory("rp2.mem"))
        self.assertIn("only names are compared", page.eval("document.body.innerText"))
        self.assertIsNone(page.eval("document.querySelector('#came-table')"))
        self.assertIsNone(self.open(memory("rp2.mem")).eval(part + " || null"))

    # ---- search ----

    def test_search(self):
        page, rows = self.open(memory("qemu.mem")), self.csv(memory("qemu.mem"))
        folded = {rows[i]["address"] for i in page.eval("[...Graph.shown.rep].map((r, i) => [r, i]).filter(([r, i]) => r !== i).map(([r, i]) => i)")}
        for text, test in (("handlers[1", lambda row: "handlers[1" in row["path"]), ("CACHE tuple", lambda row: "cache" in row["path"] and row["kind"] == "tuple"),
                           ("dev", lambda row: "Dev" in row["class"] or "dev" in row["path"].lower()), ("generator", lambda row: row["kind"].startswith("generator")),
                           ("kind:list items", lambda row: row["kind"] == "list items"), ("class:Dev", lambda row: row["class"] == "Dev"), ("class:De", lambda row: False),
                           ("no such thing", lambda row: False)):
            counted = text.startswith(("kind:", "class:"))
            wanted = [row for row in rows if (row["live"] == "yes" if counted else row["address"] not in folded) and test(row)]
            found = self.search(page, text)
            self.assertEqual(len(found), min(8, len(wanted)), text)
            self.assertLessEqual(set(found), {row["address"] for row in wanted})
            self.assertEqual(page.eval("parseInt(document.getElementById('found').textContent)"), len(wanted), text)
            by_size = sorted((int(row["retained"]) for row in wanted), reverse=True)[:len(found)]
            self.assertEqual([int(row["retained"]) for address in found for row in rows if row["address"] == address], by_size)
        page.eval("document.activeElement.blur()")
        page.key("/")
        self.assertEqual(page.eval("document.activeElement.type"), "search")
        self.fill(page, "#tree input[type=search]", "")
        self.assertEqual(page.eval("document.querySelector('#hits').offsetHeight"), 0)

    def test_search_by_address(self):
        """Any address in an object finds it, first, and also where it is a part."""
        page, rows = self.open(memory("unix-split.mem")), self.csv(memory("unix-split.mem"))
        for row in rows[::9]:
            inside = "0x%x" % (int(row["address"], 16) + int(row["bytes"]) - 1)
            self.assertEqual(self.search(page, inside)[0], row["address"])
        self.assertEqual(self.search(page, "0x10"), [row["address"] for row in rows if "0x10" in row["address"]])

    def test_enter_opens_the_tree_at_hits(self):
        page = self.open(memory("qemu.mem"))
        found = self.search(page, "handlers .hist")
        page.eval("document.querySelector('#tree input[type=search]').focus()")
        for key, k in (("Enter", 0), ("Enter", 1), ("Enter", 2)):
            page.key(key)
            page.wait("document.body.dataset.chosen === String(Graph.shown.at('%s'))" % found[k])
            rows = page.eval(ROWS)
            at, = [n for n, row in enumerate(rows) if row["chosen"]]
            self.assertEqual(rows[at]["i"], page.eval("Graph.shown.at('%s')" % found[k]))
            box = page.eval("(r => r.top)(document.querySelector('.holders [aria-selected]').getBoundingClientRect())")
            tree = page.eval("(b => [b.top, b.bottom])(document.querySelector('.holders').getBoundingClientRect())")
            self.assertTrue(tree[0] <= box <= tree[1], (box, tree))
            chain = page.eval("Graph.shown.chain(%d)" % rows[at]["i"])
            self.assertEqual([row["i"] for row in rows if row["i"] in chain], chain)
        page.key("Enter", pages.chromium.SHIFT)
        page.wait("document.body.dataset.chosen === String(Graph.shown.at('%s'))" % found[1])

    # ---- references ----

    def test_references_both_ways(self):
        """Each object that another refers to has that one among those that refer to it, so often."""
        for name in FILES:
            page = self.open(memory(name))
            to, back = page.eval("""(g => { const to = [], back = []; for (let i = 0; i < g.n; i++) if (g.rep[i] === i) {
                for (const r of g.references(i)) to.push([i, r.i, r.n].join());
                for (const r of g.referrers(i)) if (r.i !== g.LIVE) back.push([r.i, i, r.n].join()); } return [to, back]; })(Graph.shown)""")
            self.assertGreater(len(to), 50)
            self.assertEqual(sorted(to), sorted(back))
            rooted = page.eval("(g => { let n = 0; for (let i = 0; i < g.n; i++) n += g.referrers(i).some(r => r.i === g.LIVE) !== Boolean(g.rooted[i] && g.rep[i] === i); return n; })(Graph.shown)")
            self.assertEqual(rooted, 0)

    def test_references_to_itself(self):
        """A list refers to itself if it is one of its items, not because it has items."""
        page = self.open(memory("qemu.mem"))
        for path, times in (("loop", [1]), ("handlers", []), ("cache", [])):
            i = self.index(page, path)
            for way in ("references", "referrers"):
                self.assertEqual(page.eval("Graph.shown.%s(%d).filter(r => r.i === %d).map(r => r.n)" % (way, i, i)), times)

    def test_click_through_references(self):
        page = self.open(memory("qemu.mem"))
        self.go(page, "#" + page.eval("Graph.shown.address(%d)" % self.index(page, "cache['ev3'][2]")))
        self.assertEqual(self.chosen(page)["path"], "cache['ev3'][2]")
        for path, what in (("cache['ev3']", "list"), ("cache", "dict"), ("__main__", "attributes")):
            page.click("#referrers tbody a")
            page.wait("document.querySelector('#detail [data-key=path]').textContent === %s" % json.dumps(path))
            self.assertEqual(self.chosen(page)["what"], what)
            self.assertEqual(page.eval("location.hash"), "#" + self.chosen(page)["address"])
        self.assertIn("a root of the collector", page.eval("document.querySelector('#referrers').innerText"))
        self.assertIn("handlers", page.eval("document.querySelector('#references').innerText"))
        page.eval("history.back()")
        page.wait("document.querySelector('#detail [data-key=path]').textContent === 'cache'")

    def test_click_through_a_path(self):
        """Each step of a path is a link to the object that has it."""
        page = self.open(memory("qemu.mem"))
        self.go(page, "#" + page.eval("Graph.shown.address(%d)" % self.index(page, "cache['ev3'][2]['t'][1]")))
        self.assertEqual(page.eval("[...document.querySelectorAll('#detail .path a')].map(a => a.textContent)"), ["cache", "['ev3']", "[2]", "['t']"])
        page.click("#detail .path a:nth-of-type(2)")
        page.wait("document.querySelector('#detail [data-key=path]').textContent === \"cache['ev3']\"")
        self.assertEqual(self.chosen(page)["what"], "list")

    def test_focus_stays_in_the_tree(self):
        """Also where choosing a row folds a part, and so makes rows anew."""
        page, rows = self.open(memory("qemu.mem")), self.csv(memory("qemu.mem"))
        items, = [row for row in rows if (row["path"], row["kind"]) == ("handlers", "list items")]
        self.go(page, "#" + items["address"])
        page.eval("document.querySelector('.holders [tabindex=\"0\"]').focus()")
        page.key("ArrowUp")
        page.key("Enter")
        page.wait("document.querySelector('#detail [data-key=what]').dataset.value === 'list'")
        self.assertEqual(page.eval("document.activeElement.getAttribute('aria-selected')"), "true")

    def test_linked(self):
        """A fragment chooses, at once and later; one that is no object's changes nothing."""
        address = [row for row in self.csv(memory("rp2.mem")) if row["kind"] == "list"][0]["address"]
        page = self.open(memory("rp2.mem"), fragment="#0x%x" % (int(address, 16) + 1))
        self.assertEqual(self.chosen(page)["address"], address)
        self.assertEqual(len([row for row in page.eval(ROWS) if row["chosen"]]), 1)
        for fragment in ("0x1", "0x" + "f" * 16, "0x" + "f" * 40, "0xq", "<b>", "%3Cimg%20src=x%3E"):
            page.eval("location.hash = '#%s'" % fragment)
            page.frame()
            self.assertEqual(self.chosen(page)["address"], address)

    # ---- the tree ----

    def test_keys_of_the_tree(self):
        page = self.open(memory("qemu.mem"))
        focused = "document.activeElement.dataset.i === undefined ? null : Number(document.activeElement.dataset.i)"
        kids = lambda i: page.eval("[...Graph.shown.kids(%s)]" % i)
        live = page.eval("Graph.shown.LIVE")
        page.eval("document.querySelector('.holders [tabindex=\"0\"]').focus()")
        self.assertEqual(page.eval(focused), live)
        page.key("ArrowDown")
        main = page.eval(focused)
        self.assertEqual(main, kids(live)[0])
        page.key("ArrowLeft")               # it is open, as it holds most
        n = len(page.eval(ROWS))
        page.key("ArrowRight")
        self.assertEqual(page.eval(focused), main)
        self.assertEqual(len(page.eval(ROWS)), n + len(kids(main)))
        page.key("ArrowRight")
        self.assertEqual(page.eval(focused), kids(main)[0])
        page.key("ArrowDown")
        self.assertEqual(page.eval(focused), kids(main)[1])
        page.key("ArrowLeft")
        self.assertEqual(page.eval(focused), main)
        page.key("ArrowLeft")
        self.assertEqual(len(page.eval(ROWS)), n)
        page.key("End")
        self.assertEqual(page.eval(focused), page.eval("Graph.shown.COLLECTABLE"))
        page.key("Home")
        page.key("ArrowDown")
        page.key("Enter")
        page.wait("document.body.dataset.chosen === '%d'" % main)
        self.assertEqual(self.chosen(page)["path"], "__main__")

    def test_slices(self):
        """Of a level with many, some are shown; the row that stands for others has their number and bytes, and shows some of them."""
        page = self.open(memory("qemu.mem"))
        page.eval("Holders.FIRST = 5; Holders.MORE = 10; Holders.shown.renew()")
        i = self.index(page, "handlers")
        page.eval("Holders.shown.show(%d); Holders.shown.expand(Holders.shown.rowOf(%d))" % (i, i))
        size, kids = page.eval("[Graph.shown.size[%d], [...Graph.shown.kids(%d)].map(k => Graph.shown.size[k])]" % (i, i))
        self.assertGreater(len(kids), 30)
        shown = 5
        while shown < len(kids):
            gap = ".holder.gap[data-of='%d']" % i
            self.assertEqual(page.eval("document.querySelectorAll(\"%s\").length" % gap), 1)
            self.assertEqual(page.eval("document.querySelector(\"%s\").innerText.trim()" % gap),
                             "\u2026 %d more, %s" % (len(kids) - shown, page.eval("page.human(%d)" % sum(kids[shown:]))))
            page.click(gap)
            shown = min(len(kids), shown + 10)
        self.assertEqual(len([row for row in page.eval(ROWS) if "handlers" not in row["text"] and row["text"].startswith("\u25b8\n[")]), len(kids))

    def test_shown_in_the_middle_of_many(self):
        page = self.open(memory("qemu.mem"))
        page.eval("Holders.FIRST = 5; Holders.shown.renew()")
        i = self.index(page, "handlers")
        k = page.eval("Graph.shown.kids(%d)[20]" % i)
        self.go(page, "#" + page.eval("Graph.shown.address(%d)" % k))
        rows = page.eval(ROWS)
        self.assertIn(k, [row["i"] for row in rows if row["chosen"]])
        gaps = page.eval("[...document.querySelectorAll(\".holder.gap[data-of='%d']\")].map(r => [Number(r.dataset.from), Number(r.dataset.to)])" % i)
        self.assertEqual(gaps, [[6, 17], [24, page.eval("Graph.shown.kids(%d).length" % i)]])
        page.click(".holder.gap[data-of='%d']" % i)
        order = [row["i"] for row in page.eval(ROWS)]
        kids = page.eval("[...Graph.shown.kids(%d)].slice(0, 24)" % i)
        self.assertEqual([one for one in order if one in kids], kids)

    def test_deep(self):
        """What is 80 levels down is shown below one that is not, and the rest can be had."""
        page = self.open(memory("hostile.mem"))
        deepest = page.eval("(g => { let best = -1, most = 0; for (let i = 0; i < g.n; i++) if (g.live[i] && g.rep[i] === i) {"
                            " const n = g.chain(i).length; if (n > most) { most = n; best = i; } } return best; })(Graph.shown)")
        levels = page.eval("Graph.shown.chain(%d).length" % deepest)
        self.assertGreater(levels, 80)
        self.assertTrue(page.eval("Graph.shown.path(%d)" % deepest).startswith("...[1]"))
        self.go(page, "#" + page.eval("Graph.shown.address(%d)" % deepest))
        self.assertEqual([row["i"] for row in page.eval(ROWS) if row["chosen"]], [deepest])
        self.assertLess(max(row["level"] for row in page.eval(ROWS)), 26)
        for _ in range(12):
            if not page.count("#tree .crumbs:not(.off) button"):
                break
            page.click("#tree .crumbs button:last-of-type")
        self.assertEqual(page.eval(ROWS)[0]["i"], page.eval("Graph.shown.LIVE"))
        self.assertIn(deepest, [row["i"] for row in page.eval(ROWS)])

    def test_rises_to_where_it_was(self):
        """What the tree began at is still a row once it begins above that, also among many."""
        page = self.open(memory("qemu.mem"))
        page.eval("Holders.DEEP = 2; Holders.AROUND = 1; Holders.FIRST = 3")
        i = self.index(page, "handlers[30].hist")
        self.go(page, "#" + page.eval("Graph.shown.address(%d)" % i))
        top = page.eval(ROWS)[0]["i"]
        self.assertNotEqual(top, page.eval("Graph.shown.LIVE"))
        for _ in range(3):
            if page.count("#tree .crumbs:not(.off) button"):
                page.click("#tree .crumbs button:last-of-type")
        rows = [row["i"] for row in page.eval(ROWS)]
        self.assertEqual(rows[0], page.eval("Graph.shown.LIVE"))
        self.assertIn(top, rows)
        self.assertIn(i, rows)

    # ---- the icicle ----

    def picture(self, page):
        """Cells of a row do not lie on each other, each lies below its holder, and is as wide as what it retains."""
        page.wait(STILL)
        cells = page.eval(CELLS)
        width, span = page.eval("[Icicle.shown.width, Icicle.shown.to - Icicle.shown.from]")
        by_row = {}
        for cell in cells:
            by_row.setdefault(cell["row"], []).append(cell)
        for row, of in by_row.items():
            of.sort(key=lambda c: c["x"])
            for a, b in zip(of, of[1:]):
                self.assertLessEqual(a["x"] + a["w"], b["x"] + .01)
            for cell in of:
                if 0 < cell["x"] and cell["x"] + cell["w"] < width - .01:
                    self.assertAlmostEqual(cell["w"], cell["size"] / span * width, 3)
                if row and by_row.get(row - 1):
                    self.assertTrue(any(a["x"] <= cell["x"] + .01 and cell["x"] + cell["w"] <= a["x"] + a["w"] + .01 for a in by_row[row - 1]), cell)
        return cells

    def point(self, page, cell):
        page.middle(".icicle canvas")
        box = page.eval("(b => [b.left, b.top])(document.querySelector('.icicle canvas').getBoundingClientRect())")
        return box[0] + cell["x"] + cell["w"] / 2, box[1] + (cell["row"] + .5) * page.eval("Icicle.ROW_PX")

    def press(self, page, cell):
        page.press(*self.point(page, cell))

    def test_icicle(self):
        for name in FILES:
            with self.subTest(name):
                page = self.open(memory(name))
                page.wait("Icicle.shown.width")
                cells = self.picture(page)
                self.assertEqual((cells[0]["i"], cells[0]["w"]), (page.eval("Graph.shown.LIVE"), page.eval("Icicle.shown.width")))

    def test_icicle_by_mouse(self):
        """A click goes into an object and chooses it, its words are told, and the way back is in the crumbs."""
        page = self.open(memory("qemu.mem"))
        page.wait("Icicle.shown.width")
        i = self.index(page, "handlers")
        cell, = [c for c in self.picture(page) if c["i"] == i and not c["rest"]]
        page.point(*self.point(page, cell))
        tip = page.eval("document.querySelector('.tip:not(.off)').innerText").split("\n")
        self.assertEqual(tip[:3], ["handlers", "list", "own 272 B"])
        self.press(page, cell)
        page.wait("document.querySelector('#detail [data-key=path]').textContent === 'handlers'")
        wide, = [c for c in self.picture(page) if c["i"] == i]
        self.assertEqual((wide["x"], wide["w"]), (0, page.eval("Icicle.shown.width")))
        self.assertEqual(page.eval("document.querySelector('#picture .crumbs').innerText.replace(/\\s+/g, ' ')"), "live \u203a __main__ \u203a handlers 4.5 KiB")
        page.click("#picture .crumbs button")
        narrow, = [c for c in self.picture(page) if c["i"] == i]
        self.assertAlmostEqual(narrow["w"], cell["w"], 3)

    def test_icicle_shows_what_is_too_narrow(self):
        page = self.open(memory("hostile.mem"), width=400)
        page.wait("Icicle.shown.width")
        page.eval("Icicle.SIDE_PX = 12; Icicle.shown.draw()")
        rest = max((c for c in self.picture(page) if c["rest"]), key=lambda c: c["rest"])
        before = {c["i"] for c in self.picture(page) if not c["rest"]}
        self.press(page, rest)
        after = {c["i"] for c in self.picture(page) if not c["rest"]}
        self.assertTrue(after - before, (before, after))

    def test_icicle_by_wheel(self):
        """With Ctrl it gets larger around the pointer, with Shift it moves along, and without it is the page that moves."""
        page = self.open(memory("qemu.mem"))
        page.wait("Icicle.shown.width")
        view, all_bytes = "[Icicle.shown.from, Icicle.shown.to]", page.eval("Graph.shown.size[Graph.shown.LIVE]")
        page.wheel(".icicle canvas", -400, pages.chromium.CTRL)
        a, b = page.eval(view)
        self.assertAlmostEqual((a + b) / 2, all_bytes / 2, -1)
        self.assertLess(b - a, all_bytes * .6)
        page.wheel(".icicle canvas", 100, pages.chromium.SHIFT)
        c, d = page.eval(view)
        self.assertAlmostEqual(d - c, b - a, 3)
        self.assertGreater(c, a)
        self.picture(page)
        page.wheel(".icicle canvas", 100)
        self.assertEqual(page.eval(view), [c, d])
        page.wheel(".icicle canvas", 5000, pages.chromium.CTRL)
        self.assertEqual(page.eval(view), [0, all_bytes])

    def test_icicle_by_keys(self):
        page = self.open(memory("qemu.mem"))
        page.wait("Icicle.shown.width")
        page.eval("document.querySelector('.icicle canvas').focus()")
        cursor = "Icicle.shown.cursor"
        kids = lambda i: page.eval("[...Graph.shown.kids(%s)]" % i)
        live = page.eval("Graph.shown.LIVE")
        page.key("ArrowDown")
        main = page.eval(cursor)
        self.assertEqual(main, kids(live)[0])
        page.key("ArrowDown")
        page.key("ArrowRight")
        self.assertEqual(page.eval(cursor), kids(main)[1])
        self.assertIn(page.eval("Graph.shown.path(%d)" % kids(main)[1]), page.text("#picture .says"))
        page.key("Enter")
        page.wait("document.body.dataset.chosen === '%d'" % kids(main)[1])
        self.assertEqual(page.eval("Icicle.shown.focus"), kids(main)[1])
        page.key("Backspace")
        self.assertEqual(page.eval("Icicle.shown.focus"), main)
        page.key("Home")
        self.assertEqual(page.eval(cursor), live)
        self.picture(page)

    def test_icicle_has_colours(self):
        """What is painted is the colour of its kind, and another in the dark."""
        seen = []
        for is_dark in (False, True):
            page = self.open(memory("qemu.mem"))
            if is_dark:
                page.click(".theme")
            page.wait("Icicle.shown.width")
            i = self.index(page, "handlers")
            cell, = [c for c in self.picture(page) if c["i"] == i]
            wanted = page.eval("page.color('--o-list').map((v, k) => v / 2 + page.color('--panel')[k] / 2)")
            seen.append(page.eval("(s => { const k = devicePixelRatio; return [...s.canvas.getContext('2d').getImageData(%f * k,"
                                  " (%f * Icicle.ROW_PX + 4) * k, 1, 1).data].slice(0, 3); })(Icicle.shown)"
                                  % (cell["x"] + cell["w"] * .6, cell["row"])))
            self.assertLess(max(abs(a - b) for a, b in zip(seen[-1], wanted)), 3)
        self.assertNotEqual(*seen)

    def test_many(self):
        """Of 165,000 objects few are elements of the page, and each can be found, and seen in the picture."""
        small = memory("unix-split.mem")
        page, doc = self.both(self.write("large.mem", large_heap.text(pathlib.Path(small).read_bytes(), 165000, self.csv(small))))
        self.assertGreater(doc["heap"]["live"]["objects"], 165000)
        self.assertEqual(page.eval("Graph.shown.size[Graph.shown.LIVE]"), doc["heap"]["live"]["bytes"])
        self.assertEqual({g["path"]: g["retained"] for g in doc["globals"]},
                         dict(zip([g["path"] for g in doc["globals"]], page.eval("(t => t.rows().map(row => Graph.shown.size[Graph.shown.at(t.value(row, 'address'))]))(page.tables.get('globals-table'))"))))
        i = self.index(page, "handlers")
        self.go(page, "#" + page.eval("Graph.shown.address(%d)" % i))
        page.eval("Holders.shown.expand(Holders.shown.rowOf(%d))" % i)
        n = page.eval("Graph.shown.kids(%d).length" % i)
        self.assertEqual(n, 33000)
        self.assertIn("\u2026 32\u202f950 more, 5.0 MiB", page.eval("document.querySelector(\".gap[data-of='%d']\").innerText" % i))
        self.search(page, "handlers[31234][0]")
        page.eval("document.querySelector('#tree input[type=search]').focus()")
        page.key("Enter")
        page.wait("document.querySelector('#detail [data-key=path]').textContent === 'handlers[31234][0]'")
        self.assertEqual(len([row for row in page.eval(ROWS) if row["chosen"]]), 1)
        self.assertLess(page.count("*"), 5000)
        self.picture(page)
        page.click("#picture .crumbs button")           # the way down again, by clicks on what is too narrow alone
        for _ in range(8):
            cells = [c for c in self.picture(page) if c["rest"]]
            if not cells:
                break
            self.press(page, max(cells, key=lambda c: c["w"]))
        self.assertGreater(len([c for c in self.picture(page) if not c["rest"] and c["w"] > 10]), 20)

    # ---- as every page ----

    def test_text_stays_text(self):
        path = self.write("</title><img src=x>\u202e.mem".replace("/", "\u2215"), pathlib.Path(memory("hostile.mem")).read_bytes())
        plain, page = self.open(memory("qemu.mem")), self.open(path)
        i = self.index(page, EVIL)
        self.assertGreaterEqual(i, 0)
        self.search(page, EVIL)
        self.go(page, "#" + page.eval("Graph.shown.address(%d)" % i))
        for tab in ("classes", "largest", "duplicates", "kinds", "globals"):
            page.click("#tab-" + tab)
            seen = self.no_markup(page, plain)
        self.assertEqual(page.count("main b b, main svg, main img"), 0)
        self.assertIn(EVIL, seen)
        page.click("#tab-classes")
        self.assertIn("</style><b>\"\\u202e&lt;", page.eval("document.querySelector('#classes-table').innerText"))
        page.click("#tab-duplicates")
        self.assertIn("</script><img src=x onerror=alert(3)>\\u202e", page.eval("document.querySelector('#duplicates-table').innerText"))
        page.click("#tab-classes")
        page.click("#classes-table tbody tr:nth-child(2)")
        page.wait("document.body.dataset.found")
        self.assertEqual(len(self.rows(page, "hits")), 3)
        self.held_to_its_policy(page)

    def test_tables_ask(self):
        """A kind or a class leads to its objects: as many as its row says."""
        page, doc = self.both(memory("qemu.mem"))
        for table, key in (("classes", "name"), ("kinds", "kind")):
            page.click("#tab-" + table)
            for k, of in enumerate(doc[table]):
                page.click("#%s-table tbody tr:nth-child(%d)" % (table, k + 1))
                page.wait("document.body.dataset.found === %s" % json.dumps({"name": "class:", "kind": "kind:"}[key] + of[key]))
                self.assertEqual(page.eval("parseInt(document.getElementById('found').textContent)"), of["objects"], of)

    def test_begins_where_it_was_asked_to(self):
        row = [row for row in self.csv(memory("qemu.mem")) if row["path"] == "cache['ev3'][2]"][0]
        page = self.open("--path", "0x%x" % (int(row["address"], 16) + 3), memory("qemu.mem"))
        self.assertEqual(self.chosen(page)["address"], row["address"])
        page = self.open("--path", "cache['ev3']", memory("qemu.mem"))
        self.assertEqual(self.chosen(page)["path"], "cache['ev3']")
        page = self.open(memory("qemu.mem"))
        self.assertEqual(self.chosen(page)["path"], "all that is live")

    def test_narrow(self):
        for width in (320, 400):
            page = self.open(memory("qemu.mem"), width=width)
            self.assertEqual(page.eval("document.documentElement.scrollWidth"), width)
            self.assertLess(page.eval("Math.max(...[...document.querySelectorAll('.holder')].map(row => row.offsetHeight))"), 48)   # two lines each: the name, and its figures
            self.search(page, "handlers")
            self.go(page, "#" + page.eval("Graph.shown.address(%d)" % self.index(page, "handlers[3]")))
            self.assertEqual(page.eval("document.documentElement.scrollWidth"), width)

    def test_who_cannot_see_it(self):
        page = self.open(memory("qemu.mem"))
        self.go(page, "#" + page.eval("Graph.shown.address(%d)" % self.index(page, "handlers[3]")))
        self.named(page, "button", "searchbox", "tab", "image", "treeitem")
