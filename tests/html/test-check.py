"""The page of a check in a headless Chromium: the limits on top in the words of the JSON, each leading to the row of its subject;
below them the page of a map, a diff or a report.
"""
import json
import os
import re

import pages
from pages import DATA, EVIL, SEEN

OLD, NEW = (os.path.join(DATA, "images", "riscv64-bfd-%s.map" % letter) for letter in "ab")
LOG = os.path.join(DATA, "dumps", "qemu-1.25.0-fragmented.txt")
# Rows of the limits: what, its class, the other cells.
LIMITS = """[...document.querySelectorAll('#limits tbody tr')].map(tr => ({ class: tr.className, link: Boolean(tr.querySelector('.link')),
    cells: [...tr.cells].map(cell => cell.textContent) }))"""
BUILD = [
    {"name": "flash", "region": "FLASH", "max_used": "1K"},
    {"region": "RAM", "max_used": "90%", "warn_at": "1%"},
    {"component": "libapp", "max_size": 900},
    {"object": "*", "each": True, "max_size": 100},
    {"symbol": "format_sample", "max_size": 100},
    {"section": ".text", "max_size": "100K"},
    {"section": ".nowhere", "max_size": "100K"},
    {"heap": "gc", "max_used": "10K"},
]
HEAP = [
    {"heap": "gc", "at": "every", "max_used": "10K"},
    {"heap": "gc", "at": "max", "max_fragmentation": 0.01},
    {"heap": "gc", "max_used": "1M"},
]


class Test(pages.Case):
    command, codes = "check", (0, 1, 2)

    def budget(self, entries):
        return self.write("budget.json", json.dumps({"schema": "memprof.budget/1", "budgets": entries}))

    def limits(self, page, doc):
        """The rows of the page are those of the document, the broken ones first."""
        rows, checks = page.eval(LIMITS), doc["checks"]
        order = lambda check: ({"fail": 0, "error": 1, "pass": 2, "skip": 5}[check["status"]] +
                               ((2 - bool(check["idle"])) if check["status"] == "pass" and not check["warned"] else 0))
        plain = lambda text: re.sub("[\u2009\u202f]", "", text).replace("\u2212", "-")
        self.assertEqual(len(rows), len(checks))
        for row, check in zip(rows, sorted(checks, key=order), strict=True):
            subject, cells = check["what"].split(" ")[0], [plain(cell) for cell in row["cells"]]
            self.assertIn("%s %s" % (subject, check["found"] or check["what"].split(" ")[1]), cells[0])
            if check["status"] in ("pass", "fail"):
                value, margin = (("%.2f" % check[key] if check["unit"] == "ratio" else str(check[key])) for key in ("value", "margin"))
                self.assertIn(value, cells[1])
                self.assertIn(margin, cells[3])
                for cause in check["because"] if check["status"] == "fail" else []:
                    self.assertIn(cause["name"], cells[4])
            else:
                self.assertIn(check["message"].split(": ", 1)[1], cells[1])
        return {row["cells"][0].split(" ")[0].rstrip(":"): row["link"] for row in rows}

    def test_a_build(self):
        page, doc = self.both(self.budget(BUILD), "--map", NEW)
        self.limits(page, doc)
        self.assertEqual(page.eval("document.querySelector('main').firstElementChild.id"), "limits")
        self.assertEqual(page.eval("page.tables.get('symbols-table').rows().length"), len(json.loads(pages.memprof("map", "--json", NEW))["symbols"]))
        links = page.eval("[...document.querySelectorAll('#limits .link')].map(b => b.textContent)")
        self.assertEqual(len(links), 6)
        self.assertNotIn("section .nowhere size", links)
        self.assertNotIn("heap gc used", links)
        for i, table in enumerate(("regions", "components", "objects", "symbols")):
            page.eval("document.querySelectorAll('#limits .link')[%d].click()" % i)
            row = page.eval("""(tr => tr && { name: tr.querySelector('.name').textContent, shown: Boolean(tr.offsetParent),
                seen: (b => b.top >= 0 && b.bottom <= innerHeight)(tr.getBoundingClientRect()) })
                (document.querySelector('#%s-table tr[aria-current]'))""" % table)
            self.assertIn(row["name"], links[i])
            self.assertTrue(row["shown"] and row["seen"], table)

    def test_each_of_many_limits_is_there(self):
        page, doc = self.both(self.budget([{"symbol": "format_sample", "max_size": 1}] * 600), "--map", NEW)
        self.assertEqual(page.eval("document.querySelectorAll('#limits tr.failed').length"), 600)

    def test_rows_left_out_come_back(self):
        """A filter and a region do not hide where a limit leads."""
        page = self.open(self.budget([{"symbol": "format_sample", "max_size": 1}]), "--map", NEW)
        self.fill(page, "#symbols-table input", "no such thing")
        self.fill(page, "#region", "RAM")
        page.click("#limits .link")
        self.assertEqual(page.text("#symbols-table tr[aria-current] .name"), "format_sample")
        self.assertEqual(page.eval("document.getElementById('region').value"), "")
        self.assertEqual(page.eval("document.querySelector('#symbols-table input').value"), "")

    def test_a_build_and_its_baseline(self):
        page, doc = self.both(self.budget(BUILD + [{"component": "libapp", "max_growth": 2}]), "--map", NEW, "--baseline", OLD)
        self.limits(page, doc)
        rows = json.loads(pages.memprof("diff", "--json", OLD, NEW))["symbols"]
        self.assertEqual([row["name"] for row in self.rows(page, "symbols-table")], [row["name"] for row in rows])
        page.click("#tab-symbols")
        page.click("#panel-symbols [data-id=shrunk]")
        page.eval("[...document.querySelectorAll('#limits .link')].find(b => b.textContent === 'symbol format_sample size').click()")
        self.assertEqual(page.text("#symbols-table tr[aria-current] .name"), "format_sample")

    def test_a_log(self):
        page, doc = self.both(self.budget(HEAP), "--dump", LOG)
        self.limits(page, doc)
        self.assertEqual(page.eval("page.data('report')"), json.loads(pages.memprof("report", "--json", LOG)))
        self.assertEqual(page.eval("document.body.dataset.dump"), "2")
        page.click("#limits .link")
        page.wait("document.body.dataset.dump === '1'")
        page.wait("document.querySelector('#pool-table tr[aria-current]')")

    def test_the_dump_that_broke_it(self):
        """A link to it where the page has it, also from elsewhere; else its file and line."""
        entries = [{"heap": "gc", "at": "every", "max_used": "10K"}]
        page = self.open(self.budget(entries), "--dump", LOG)
        self.assertEqual(page.eval("document.body.dataset.dump"), "2")
        said = page.text("#limits .failed th")
        self.assertRegex(said, r"\(dump 1, line \d+\)$")
        for _ in range(2):              # again after another one was chosen, though the address is the same
            page.click("#limits th a")
            page.wait("document.body.dataset.dump === '1'")
            page.wait("(b => b.top >= 0 && b.top < innerHeight)(document.getElementById('pools').getBoundingClientRect())")
            page.click("#after")
            page.wait("document.body.dataset.dump === '2'")
        self.assertEqual(page.eval("location.hash"), "#dump-1")
        for fragment, dump in (("#dump-1", "1"), ("#dump-9", "2"), ("#dump-x", "2")):
            there = self.browser.open(page.url[len("file://"):], fragment=fragment)
            self.assertEqual(there.eval("document.body.dataset.dump"), dump, fragment)
            self.assertEqual(there.complaints, [])
            there.close()
        named = self.write("dump 7.txt", pages.read(LOG))
        there = self.open(self.budget(entries), "--dump", named)
        self.assertEqual(there.text("#limits th a"), "dump 1")
        other = self.open(self.budget(entries), "--dump", LOG, "--map", NEW)
        self.assertEqual(other.count("#limits th a"), 0)
        self.assertEqual(other.text("#limits .failed th"), said)

    def test_nothing_to_draw(self):
        """Then it is a page of its own."""
        page, doc = self.both(self.budget(HEAP))
        self.assertEqual(page.count("tr.erred"), len(doc["checks"]))
        self.assertEqual(page.count("#limits"), 0)

    def test_a_budget_that_cannot_be_read(self):
        page = self.open(self.write("bad.json", "{"))
        self.assertIn("The budget could not be read".lower(), page.text("#findings"))

    def test_names_stay_text(self):
        path = self.write("evil.map", pages.read(NEW).replace("format_sample", EVIL.replace(" ", "")))
        entries = [{"name": EVIL, "symbol": "*", "each": True, "except": "x", "max_size": 10}, {"section": EVIL, "max_size": 1}]
        page = self.open(self.budget(entries), "--map", path)
        text = page.text("#limits")
        self.assertIn(SEEN, text)
        self.assertEqual(page.count("#limits img, #limits script"), 0)
        self.held_to_its_policy(page)

    def test_narrow_and_wide(self):
        args = [self.budget(BUILD), "--map", NEW]
        for width in (390, 1200):
            page = self.open(*args, width=width)
            self.assertEqual(page.eval("document.documentElement.scrollWidth"), width)
            self.assertTrue(page.eval("[...document.querySelectorAll('#limits :is(th, td)')].filter(cell => cell.offsetParent)"
                                      ".every(cell => cell.getBoundingClientRect().right <= %d)" % width))
