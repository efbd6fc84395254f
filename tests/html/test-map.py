"""The page of an image in a headless Chromium: figures that are those of the JSON, areas that are as large as what they stand for,
hands that do what they should, names that stay text.
"""
import json
import os
import re
import subprocess

import large_map
import pages
from pages import DATA, EVIL, SEEN, SHARED, visible

TABLES = {  # of the page: keys of the JSON's rows, and their heads
    "components": {"name": "name", "size": "size"}, "archives": {"name": "name", "size": "size"}, "objects": {"size": "size"},
    "symbols": {"name": "symbol", "address": "address", "size": "size", "section": "section"}, "sections": {"name": "section", "size": "size", "vma": "address"},
    "frozen": {"name": "module", "size": "size", "strings": "strings"}, "gaps": {"start": "address", "size": "size", "region": "region"},
}
# Every node of the tree, with what lies in it.
TREE = """(() => { const out = (n, path) => [[...path, n.name].join(' / '), n.size, n.kids ? n.kids.reduce((s, k) => s + k.size, 0) : null, n.what];
    const walk = (n, path) => [out(n, path), ...(n.kids || []).flatMap(k => walk(k, [...path, n.name]))];
    return walk(Treemap.shown.root, []); })()"""
# The cells that are drawn: name, size, depth and box.
CELLS = """Treemap.shown.cells.map((c, i) => { const b = Treemap.shown.box.children[i].getBoundingClientRect();
    return { name: c.node.name, size: c.node.size, depth: c.depth, x: b.x, y: b.y, w: b.width, h: b.height }; })"""


def image(name):
    return os.path.join(DATA, "images", name)


class Test(pages.Case):
    command = "map"

    def at(self, page):
        return page.eval("document.body.dataset.at")

    def sort(self, page, head):
        page.eval("[...document.querySelectorAll('#symbols-table th button')].find(b => b.textContent === '%s').click()" % head)

    def figures(self, page, doc):
        """Tables of the page, as far as they are drawn, row by row."""
        for row, region in zip(self.rows(page, "regions-table"), doc["regions"], strict=True):
            self.same(region["name"], row["region"], region["name"])
            self.same(region["used"], row["used"], region["name"])
            for key in ("length", "free"):
                self.same(region[key], row.get(key), (key, region["name"]))
            self.assertEqual(*(address and int(address, 16) for address in (region["origin"], row.get("origin"))), region["name"])
        for name, heads in TABLES.items():
            if doc["input"]["format"] == "size-a" and name in ("components", "objects"):
                continue    # it has none: all is of the linker
            drawn, rows = self.rows(page, name + "-table"), [row for row in doc[name] if row.get("alloc", True)]
            self.assertEqual(len(drawn), min(50, len(rows)), name)
            for row, of in zip(drawn, rows):
                for key, head in heads.items():
                    if head == "address":
                        self.assertEqual(int(row[head], 16), int(of[key], 16), name)
                    else:
                        self.same(of[key], row[head], (name, key))
                for region, size in of.get("by_region", {}).items():
                    self.same(size, row[visible(region)], (name, region))

    def areas(self, page):
        """Cells do not lie on each other, are in the picture, and those of a level are as large as their sizes, to a pixel or so."""
        cells = page.eval(CELLS)
        outer = [c for c in cells if c["depth"] == 0]
        box = page.eval("(b => ({ x: b.x, y: b.y, w: b.width, h: b.height }))(Treemap.shown.box.getBoundingClientRect())")
        total = sum(c["size"] for c in outer)
        for i, c in enumerate(outer):
            self.assertGreaterEqual(c["x"], box["x"] - 1)
            self.assertLessEqual(c["x"] + c["w"], box["x"] + box["w"] + 1)
            self.assertLessEqual(c["y"] + c["h"], box["y"] + box["h"] + 1)
            wanted = c["size"] / total * box["w"] * box["h"]
            self.assertLess(abs(c["w"] * c["h"] - wanted), 2 * (c["w"] + c["h"]) + 4, c)
            for d in outer[i + 1:]:
                apart = c["x"] + c["w"] <= d["x"] + 1 or d["x"] + d["w"] <= c["x"] + 1 or c["y"] + c["h"] <= d["y"] + 1 \
                    or d["y"] + d["h"] <= c["y"] + 1
                self.assertTrue(apart, (c, d))

    def test_figures_are_the_documents(self):
        paths = [image(name) for name in ("micropython-qemu-a.map", "arm-bfd-a.map", "arm-lld-a.map", "arm-overflow.map", "armlink-6.map",
                                          "iar-9.map", "x86-mold.map", "lua-gold-a.map", "riscv64-bfd-a.elf", "avr-bfd-a.memory.txt",
                                          "arm-bfd-a.size.txt")]
        shared = [os.path.join(SHARED, "images", name) for name in ("micropython-rp2-b.map", "micropython-unix-a.map")]
        there = [path for path in shared if os.path.exists(path)]
        for path in paths + there:
            with self.subTest(path):
                page, doc = self.both(path)
                self.figures(page, doc)
                if page.eval("Boolean(window.Treemap && Treemap.shown)"):
                    self.areas(page)
                self.doCleanups()

    def test_tree_is_the_documents(self):
        """What lies in something takes what it does, and the leaves of an object are its symbols."""
        for name in ("micropython-qemu-a.map", "arm-bfd-a.map"):
            page, doc = self.both(image(name))
            tree = page.eval(TREE)
            components = {path.split(" / ")[1]: size for path, size, _, what in tree if what == "component"}
            self.assertEqual(components, {c["name"]: c["size"] for c in doc["components"]})
            self.assertEqual(sorted(size for _, size, _, what in tree if what == "object"), sorted(o["size"] for o in doc["objects"]))
            self.assertEqual(sorted(size for _, size, _, what in tree if what == "symbol"), sorted(s["size"] for s in doc["symbols"]))
            for path, size, inner, what in tree:
                if what in ("image", "component"):
                    self.assertEqual(size, inner, path)
                elif inner is not None:
                    self.assertGreaterEqual(inner, size, path)
            page.click("[data-id=section]")
            sections = [(path.split(" / ")[-1], size) for path, size, _, what in page.eval(TREE) if what == "section"]
            self.assertEqual(sorted(sections), sorted((s["name"], s["size"]) for s in doc["sections"] if s["alloc"]))

    def test_a_region(self):
        page, doc = self.both(image("arm-bfd-a.map"))
        for region in ("RAM", "FLASH", "CCM"):
            self.fill(page, "#region", region)
            tree = page.eval(TREE)
            wanted = {c["name"]: c["by_region"][region] for c in doc["components"] if region in c["by_region"]}
            self.assertEqual({path.split(" / ")[1]: size for path, size, _, what in tree if what == "component"}, wanted)
            rows = self.rows(page, "components-table")
            self.assertEqual([row["name"] for row in rows], [c["name"] for c in doc["components"] if region in c["by_region"]])
            self.assertEqual([row["section"] for row in self.rows(page, "sections-table")],
                             [s["name"] for s in doc["sections"] if s["alloc"] and region in (s["region"], s["load_region"])])
        page.click("#regions-table tbody tr:nth-child(2)")
        self.assertEqual(page.eval("document.getElementById('region').value"), "RAM")
        self.fill(page, "#region", "")
        self.assertEqual(len(self.rows(page, "components-table")), len(doc["components"]))

    def test_bars_are_to_scale(self):
        page, doc = self.both(image("arm-bfd-a.map"))
        bars = "[...document.querySelectorAll('.region')].map(b => b.getBoundingClientRect().width)"
        pieces = page.eval("[...document.querySelectorAll('#regions-table tbody tr:first-child .region > i')].map(i => parseFloat(i.style.width))")
        flash = doc["regions"][0]
        self.assertAlmostEqual(sum(pieces), 100 * flash["used"] / flash["length"], 1)
        each = page.eval(bars)
        self.assertEqual(len(set(round(w) for w in each)), 1)
        page.click("[data-id=one]")
        one = page.eval(bars)
        self.assertAlmostEqual(one[1] / one[0], doc["regions"][1]["length"] / flash["length"], 2)

    def test_in_and_out(self):
        page = self.open(image("micropython-qemu-a.map"))
        root = self.at(page)
        cell = lambda name: "[data-i=\"%d\"]" % page.eval("Treemap.shown.cells.findIndex(c => c.node.name === '%s')" % name)
        page.click(cell("py"), .5, .01)
        self.assertEqual(self.at(page), root + " / py")
        self.areas(page)
        page.click(cell("compile.o"), .5, .02)
        self.assertEqual(self.at(page), root + " / py / compile.o")
        page.click(".crumbs button:first-of-type")
        self.assertEqual(self.at(page), root)
        page.eval("document.querySelector('.cell[tabindex=\"0\"]').focus()")
        said = lambda: page.text(".says")
        focused = lambda: page.eval("Treemap.shown.cells[document.activeElement.dataset.i].node.name")
        page.key("Home")
        x = lambda: page.eval("(b => b.x + b.width / 2)(document.activeElement.getBoundingClientRect())")
        first, before = focused(), x()
        page.key("ArrowRight")
        self.assertNotEqual(focused(), first)
        self.assertIn(focused(), said())
        self.assertGreater(x(), before)
        before = x()
        page.key("ArrowLeft")
        self.assertLess(x(), before)
        page.key("Home")
        self.assertEqual(focused(), first)
        page.key("Enter")
        self.assertTrue(self.at(page).endswith(" / " + first), self.at(page))
        page.key("Enter")
        self.assertEqual(len(self.at(page).split(" / ")), 3)
        page.key("Backspace")
        page.key("Escape")
        self.assertEqual(self.at(page), root)

    def test_hover(self):
        page, doc = self.both(image("micropython-qemu-a.map"))
        page.point(*page.middle(".cell.inner"))
        tip = self.tip(page)
        self.assertIn(doc["objects"][0]["path"], tip)
        self.assertIn("%d B" % doc["objects"][0]["size"], tip)
        self.assertIn("RAM", tip)
        page.point(5, 5)
        self.assertIsNone(self.tip(page))

    def test_rows_lead_to_areas(self):
        page, doc = self.both(image("micropython-qemu-a.map"))
        root = self.at(page)
        page.click("#components-table tbody tr:nth-child(2)")
        self.assertEqual(self.at(page), root + " / " + doc["components"][1]["name"])
        page.click("#tab-symbols")
        page.click("#symbols-table tbody tr:nth-child(2)")
        symbol = doc["symbols"][1]
        self.assertEqual(self.at(page), root + " / py / " + os.path.basename(symbol["object"]))
        self.assertEqual(page.eval("document.querySelector('.cell.chosen').textContent.includes('%s')" % symbol["name"]), True)
        page.click("#tab-sections")
        page.eval("document.querySelector('#sections-table tbody tr').focus()")
        page.key("Enter")
        self.assertTrue(self.at(page).endswith(doc["sections"][0]["name"]), self.at(page))

    def test_sources(self):
        """A tree of folders whose leaves are the sources, and a table that leads to them."""
        elf = os.path.join(DATA, "elf", "arm-lines.elf")
        for by in ("source", "unit", "folder"):
            page, doc = self.open("--by", by, elf), self.document("--by", "unit" if by == "unit" else "source", elf)
            told = doc["units" if by == "unit" else "sources"]
            tree = page.eval(TREE)
            self.assertEqual(sorted(size for _, size, _, what in tree if what in ("source", "rest")), sorted(row["size"] for row in told))
            for path, size, inner, what in tree:
                if what in ("image", "folder"):
                    self.assertEqual(size, inner, path)
            self.assertEqual([(row["name"], row["size"]) for row in self.rows(page, "sources-table")],
                             [(row["name"], str(row["size"])) for row in told])
            if page.count("#tab-sources"):      # else it is the only table
                page.click("#tab-sources")
            i, row = next((i, row) for i, row in enumerate(told) if "rest" not in row)
            page.click("#sources-table tbody tr:nth-child(%d)" % (1 + i))
            self.assertIn(os.path.basename(row["name"]), page.text(".cell.chosen"))
            page.click("[data-id=section]")
            self.assertIn("section", {what for _, _, _, what in page.eval(TREE)})

    def test_stack(self):
        elf = os.path.join(DATA, "elf", "arm-lines.elf")
        page, doc = self.both("--by", "stack", elf)
        rows = self.rows(page, "stack-table")
        self.assertEqual([(row["function"], row["deepest"]) for row in rows], [(row["name"], str(row["deepest"])) for row in doc["stack"]])
        deepest = doc["stack"][0]
        following = next(row["name"] for row in doc["stack"] if row["address"] == deepest["next"])
        self.assertIn(following + " (", rows[0]["path from it"])

    def test_bounds_of_rows_that_are_packed(self):
        """Each function calls through a pointer: it takes at least so much, also in rows that are not in the page's text."""
        source = self.write("many.c", "int (*volatile pointer)(int);\n" + "".join("int f%d(int n) { return pointer(n) + 1; }\n" % i for i in range(600)))
        elf = os.path.join(self.folder.name, "many.elf")
        subprocess.run(["gcc", "-g", "-O1", "-nostdlib", "-static", "-Wl,-ef0", "-o", elf, source], check=True)
        page = self.open("--by", "stack", elf)
        page.click("#stack-table .bar button:not(.copy):not(.off)")
        cells = page.eval("[...document.querySelectorAll('#stack-table tbody td[data-head=deepest]')].map(td => td.textContent)")
        self.assertEqual(len(cells), 600)
        self.assertEqual({cell[0] for cell in cells}, {"≥"})

    def test_table_is_sorted_and_filtered(self):
        page, doc = self.both(image("micropython-qemu-a.map"))
        page.click("#tab-symbols")
        self.sort(page, "symbol")
        names = [row["symbol"] for row in self.rows(page, "symbols-table")]
        self.assertEqual(names, page.eval("%s.sort(new Intl.Collator('en', { numeric: true }).compare).slice(0, 50)" % json.dumps([s["name"] for s in doc["symbols"]])))
        self.assertEqual(page.eval("document.querySelector('#symbols-table th[aria-sort]').getAttribute('aria-sort')"), "ascending")
        self.sort(page, "size")
        self.sort(page, "size")
        sizes = [float(row["size"]) for row in self.rows(page, "symbols-table")]
        self.assertEqual(sizes, sorted(s["size"] for s in doc["symbols"])[:50])
        self.sort(page, "address")
        addresses = [int(row["address"], 16) for row in self.rows(page, "symbols-table")]
        self.assertEqual(addresses, sorted(int(s["address"], 16) for s in doc["symbols"])[:50])
        self.fill(page, "#symbols-table input", "gc_ alloc")
        wanted = {s["name"] for s in doc["symbols"] if all(word in (s["name"] + " " + str(s["object"])).lower() for word in ("gc_", "alloc"))}
        self.assertEqual({row["symbol"] for row in self.rows(page, "symbols-table")}, wanted)
        self.assertGreater(len(wanted), 0)

    def test_what_is_asked_for(self):
        """Options that leave rows out leave them out here, and symbols keep their component."""
        page, doc = self.both("--filter", "*gc_*", image("micropython-qemu-a.map"))
        self.figures(page, doc)
        self.assertGreater(len(doc["symbols"]), 0)
        symbols = [path.split(" / ") for path, _, _, what in page.eval(TREE) if what == "symbol"]
        self.assertEqual({path[-1] for path in symbols}, {s["name"] for s in doc["symbols"]})
        self.assertIn("py", {path[1] for path in symbols})
        page = self.open("--top", "3", image("micropython-qemu-a.map"))
        self.assertEqual(len(self.rows(page, "symbols-table")), 3)
        self.assertRegex(page.eval("document.getElementById('symbols').textContent"), "2156 more, ")

    def test_fifty_thousand_symbols(self):
        """No more of them are drawn than can be seen; all of them are found, and one comes to all."""
        n = 50000
        path = self.write("large.map", large_map.text(n, 1500))
        page = self.open(path)
        size = os.path.getsize(os.path.join(self.folder.name, self.id() + ".html"))
        self.assertEqual(page.eval("page.tables.get('symbols-table').rows().length"), n)
        self.assertLess(size, 2 << 20)
        count = lambda: page.count("*")
        self.assertLess(count(), 20000)
        page.click("#tab-symbols")
        self.sort(page, "symbol")
        self.assertEqual([row["symbol"] for row in self.rows(page, "symbols-table")][:3], ["f0", "f1", "f2"])
        page.click("#symbols-table > .bar:last-child button")
        self.assertEqual(len(self.rows(page, "symbols-table")), 1050)
        self.fill(page, "#symbols-table input", "f49999")
        self.assertEqual([row["symbol"] for row in self.rows(page, "symbols-table")], ["f49999"])
        page.click("#symbols-table tbody tr")
        self.assertIn("f49999", page.eval("Treemap.shown.chosen.name"))
        page.click("[data-id=section]")
        for _ in range(40):             # 50,000 in one section: those that are too small are one, into which one goes
            page.eval("Treemap.shown.enter(Treemap.shown.cells[Treemap.shown.cells.length - 1].node)")
            if not page.eval("Treemap.shown.at.rest"):
                break
        self.assertIsNone(page.eval("Treemap.shown.at.rest || null"))
        self.assertLess(count(), 20000)

    def test_text_stays_text(self):
        text = pages.read(image("arm-bfd-a.map"))
        for old in ("crc16", "obj-arm-bfd-a/main.o", ".ramfunc", "CCM"):
            text = text.replace(old, old.replace("o", "\u2028", 1) + EVIL)
        path = self.write("</script> \"x'\u202egnp.map".replace("/", "\u2215"), text)
        plain, page, doc = self.open(image("arm-bfd-a.map")), self.open(path), self.document(path)
        self.figures(page, doc)
        self.assertTrue(any(EVIL in symbol["name"] for symbol in doc["symbols"]) and any(EVIL in o["path"] for o in doc["objects"]))
        page.click("#tab-symbols")
        self.assertIn("crc16" + SEEN, self.no_markup(page, plain))
        self.held_to_its_policy(page)

    def test_nothing_fits(self):
        """Where options leave nothing, the page still works."""
        page = self.open("--filter", "no such thing", image("arm-bfd-a.map"))
        self.assertIn("No row fits --filter or --min.", page.text("#main"))
        self.assertEqual(page.count("#symbols-table, #regions-table, .treemap"), 0)

    def test_regions_called_as_what_scripts_have(self):
        text = pages.read(image("arm-bfd-a.map")).replace("CCM", "constructor").replace("FLASH", "__proto__")
        page, doc = self.both(self.write("names.map", text))
        self.figures(page, doc)
        for region in ("constructor", "__proto__"):
            for row in self.rows(page, "components-table"):
                of = next(c for c in doc["components"] if c["name"] == row["name"])
                self.same(of["by_region"].get(region), row[region], row)
            self.fill(page, "#region", region)
            self.assertEqual({row["name"] for row in self.rows(page, "components-table")},
                             {c["name"] for c in doc["components"] if region in c["by_region"]})
            self.fill(page, "#region", "")

    def test_a_region_called_as_a_column(self):
        text = pages.read(image("arm-bfd-a.map"))
        tree = self.open(self.write("one.map", text)).eval(TREE)
        for name in ("name", "size", "component", "address", "where"):
            page = self.open(self.write("one.map", text.replace("CCM", name)))
            self.assertEqual(page.eval(TREE), tree)
            self.fill(page, "#region", name)
            self.assertGreater(page.eval("Treemap.shown.root.size"), 0)

    def test_sections_far_up(self):
        """Offsets are exact at addresses of 64 bits, which numbers of scripts are not."""
        text = re.sub("0x(?:00000000)?(0800[0-9a-f]{4})\\b", r"0xffffffff\1", pages.read(image("arm-bfd-a.map")))
        page, doc = self.both(self.write("far.map", text))
        flash = doc["regions"][0]
        self.assertEqual(flash["origin"], "0xffffffff08000000")
        lefts = page.eval("[...document.querySelectorAll('#regions-table tbody tr:first-child .region > i')].map(i => parseFloat(i.style.left))")
        starts = [s["vma"] for s in doc["sections"] if s["region"] == "FLASH"] + [s["lma"] for s in doc["sections"] if s["load_region"] == "FLASH"]
        self.assertGreater(len(set(starts)), 4)
        for start in starts:
            wanted = 100 * (int(start, 16) - int(flash["origin"], 16)) / flash["length"]
            self.assertLess(min(abs(left - wanted) for left in lefts), 1e-3, start)

    def test_lower(self):
        """All areas are there where the picture is lower: in another window, or on paper."""
        page = self.open(image("micropython-qemu-a.map"))
        before = page.eval("Treemap.shown.box.clientHeight")
        page.size(1280, 600)
        page.wait("Treemap.shown.box.clientHeight < %d" % before)
        self.areas(page)
        page.media("print")
        self.areas(page)

    def test_narrow(self):
        page = self.open(image("micropython-qemu-a.map"), width=320)
        self.assertEqual(page.eval("document.documentElement.scrollWidth"), 320)
        self.areas(page)
        page.size(1000, 800)
        page.wait("Treemap.shown.width > 800")
        self.areas(page)
