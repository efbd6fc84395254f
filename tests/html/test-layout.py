"""The page of a layout in a headless Chromium: its picture and its tables show the same, in the order that is asked for; what is
pointed at is marked in both; names stay text. That the figures are those of the JSON, tests/checks/pictures tells.
"""
import os

import pages
from pages import DATA

LAYOUT = os.path.join(DATA, "layout")
PICO = ["--board", "raspberrypi-pico", "--map", os.path.join(LAYOUT, "pico.map"), "--dump",
        os.path.join(DATA, "dumps", "rp2-1.25.0-fragmented.txt")]
TOO_LARGE = ["--board", "raspberrypi-pico", "--map", os.path.join(LAYOUT, "pico-too-large.map")]
HOSTILE = ["--partitions", os.path.join(LAYOUT, "hostile.csv"), "--flash-size", "4M"]
MARKED = "[...document.querySelectorAll('.%s')].map(n => [n.tagName.toLowerCase(), n.dataset.row])"
COLUMN = "[...document.querySelectorAll('table:last-of-type')].pop().tBodies[0].rows"


class Test(pages.Case):
    command = "layout"

    def marked(self, page, name="shown"):
        return sorted(page.eval(MARKED % name))

    def test_picture_and_rows_are_of_one_number(self):
        for inputs in (PICO, TOO_LARGE, HOSTILE):
            page = self.open(*inputs)
            pairs = page.eval("[...document.querySelectorAll('tr[data-row]')].map(tr => { const g = document.querySelectorAll(`g[data-row=\"${tr.dataset.row}\"]`);"
                              " return [g.length, tr.cells[0].textContent, tr.querySelector('.num').dataset.value, g[0].querySelector('title').textContent]; })")
            self.assertGreater(len(pairs), 3)
            for n, start, size, title in pairs:
                self.assertEqual(n, 1)
                self.assertIn("\n%s to " % start, title)
                self.assertIn("\n%s B, " % "{:,}".format(int(size)).replace(",", "\u202f") if int(size) > 9999 else "\n%s B, " % size, title)
            self.assertEqual(page.count("g[data-row]"), len(pairs))

    def test_what_is_pointed_at(self):
        page = self.open(*PICO)
        row = page.eval("[...document.querySelectorAll('tr[data-row]')].find(tr => tr.querySelector('.name').textContent === 'file system').dataset.row")
        page.point(*page.middle("g[data-row='%s'] > rect" % row))
        self.assertEqual(self.marked(page), [["g", row], ["tr", row]])
        page.point(*page.middle("tr[data-row='3']"))
        self.assertEqual(self.marked(page), [["g", "3"], ["tr", "3"]])
        page.click("g[data-row='%s'] > rect" % row)
        page.point(*page.middle("tr[data-row='3']"))
        self.assertEqual(self.marked(page), [["g", row], ["tr", row]])       # held
        page.eval("document.querySelector('tr[tabindex=\"0\"]').focus()")
        self.assertEqual(self.marked(page), [["g", "0"], ["tr", "0"]])
        page.key("ArrowDown")
        self.assertEqual(self.marked(page), [["g", "1"], ["tr", "1"]])
        page.key("Home")
        self.assertEqual(self.marked(page), [["g", "0"], ["tr", "0"]])
        page.key("Escape")
        self.assertEqual(self.marked(page), [])

    def test_search(self):
        page = self.open(*PICO)
        names = lambda: sorted(page.eval("[...document.querySelectorAll('tr[data-row]')].map(tr => tr.querySelector('.name').textContent)"))
        n_all = len(names())
        self.fill(page, "#search", "heap")
        self.assertEqual(names(), [".heap", "GC heap", "gc.0"])
        self.assertEqual(self.marked(page, "found"), sorted(["g", row] for row in
                         page.eval("[...document.querySelectorAll('tr[data-row]')].map(tr => tr.dataset.row)")))
        self.assertEqual(page.eval("[...document.querySelectorAll('tr[data-row]')].filter(tr => tr.offsetParent).length"), 3)
        self.assertIn("3 of ", page.text("#found"))
        self.fill(page, "#search", "0x20002010")
        self.assertEqual(names(), [".heap", "GC heap", "RAM", "SRAM"])
        page.eval("[...document.querySelectorAll('th:last-child button')].pop().focus()")
        page.key("Tab")                 # to the first row that is there
        self.assertEqual(page.eval("document.activeElement.querySelector('.name').textContent"), "SRAM")
        self.fill(page, "#search", "0x5")
        self.assertIn("boot2", names())
        self.fill(page, "#search", "nothing of it")
        self.assertEqual(names(), [])
        self.fill(page, "#search", "")
        self.assertEqual(self.marked(page, "found"), [])
        self.assertEqual(len(names()), n_all)
        page.eval("document.activeElement.blur()")
        page.key("/")
        self.assertEqual(page.eval("document.activeElement.id"), "search")

    def test_order(self):
        page = self.open(*PICO)
        column = lambda k: page.eval("[...%s].map(tr => tr.cells[%d].textContent.replace(/\\u202f/g, ''))" % (COLUMN, k))
        before = column(0)
        head = lambda k: page.eval("(b => { b.focus(); b.click(); })([...document.querySelectorAll('table')].pop().tHead.rows[0].cells[%d].firstChild)" % k)
        head(2)
        self.assertEqual([int(size) for size in column(2)], sorted((int(size) for size in column(2)), reverse=True))
        head(2)
        self.assertEqual([int(size) for size in column(2)], sorted(int(size) for size in column(2)))
        head(6)
        self.assertEqual(column(6), page.eval("(%s).sort(new Intl.Collator('en', { numeric: true }).compare)" % column(6)))
        head(4)
        known = [int(free) for free in column(4) if free]
        self.assertEqual(known, sorted(known, reverse=True))
        self.assertEqual([free for free in column(4)][len(known):], [""] * (len(before) - len(known)))
        head(0)
        self.assertEqual(column(0), before)

    def test_conflicts_are_told_first(self):
        page = self.open(*TOO_LARGE)
        self.assertIn("1 conflict", page.text("#findings p"))
        self.assertIn("overlap by", page.text("#findings ul"))
        self.assertGreater(page.count("rect.bad"), 1)

    def test_without_scripts(self):
        """The page says all of it alone."""
        page = self.open(*PICO)
        rows = page.count("tr[data-row]")
        bare = self.browser.open(os.path.join(self.folder.name, self.id() + ".html"))
        self.addCleanup(bare.close)
        bare.call("Emulation.setScriptExecutionDisabled", value=True)
        bare.call("Page.reload")
        bare.wait("document.querySelectorAll('tr[data-row]').length === %d && document.readyState === 'complete'" % rows)
        self.assertIsNone(bare.eval("document.body.dataset.ready || null"))
        self.assertIn("With JavaScript", bare.eval("document.body.innerText"))

    def test_text_stays_text(self):
        page, plain = self.open(*HOSTILE), self.open(*PICO)
        self.no_markup(page, plain)
        names = [span["name"] for space in self.document(*HOSTILE)["spaces"] for span in space["spans"][0]["spans"]]
        shown = page.eval("[...document.querySelectorAll('th.name[scope=row]')].map(td => td.textContent)")
        self.assertTrue(any("<" in name for name in names), names)
        for name in names:
            self.assertIn(pages.visible(name), shown)
        self.held_to_its_policy(page)

    def test_theme(self):
        page = self.open(*PICO)
        fill = lambda: page.eval("getComputedStyle(document.querySelector('g[data-row] > rect')).fill")
        light = fill()
        page.click(".theme")
        self.assertNotEqual(fill(), light)
