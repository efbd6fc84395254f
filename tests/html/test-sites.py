"""The page of an allocation profile in a headless Chromium: figures that are those of the JSON, the flame graph by mouse and keys, search,
what is alive, names that stay text.
"""
import json
import os
import subprocess

import pages
from pages import DATA, SHOW_SITES, visible

EVIL = "a;b \"c\"\\x0a</script><script>alert(1)</script>\\x1b[31m\\xff=1.py"
CALLBACKS, FIXED = (os.path.join(DATA, "sites", name) for name in ("callbacks.json", "fixed/callbacks.json"))
# The cells that are drawn: their names.
CELLS = "icicle.cells.map(c => icicle.name(c.i))"
SPY = "(() => { const draw = Icicle.prototype.draw; Icicle.prototype.draw = function() { window.icicle = this; draw.call(this); }; })();" \
      "document.dispatchEvent(new Event('themechange'))"


def show(name, form):
    return subprocess.run([SHOW_SITES, name, form], check=True, capture_output=True).stdout


class Test(pages.Case):
    def page(self, name, **how):
        page = self.open_file(self.write(name + ".html", show(name, "html")), **how)
        page.eval(SPY)
        return page

    def said(self, page):
        return page.text("#found")

    def test_figures_are_those_of_the_document(self):
        for name in ("program", "many"):
            page, doc = self.page(name), json.loads(show(name, "json"))
            own = {}
            for site in doc["sites"]:
                key = site["stack"][-1] if site["stack"] else "[calls not known]"
                sums = own.setdefault(key, [0, 0, 0, 0])
                for i, member in enumerate(("bytes", "count", "alive_bytes", "samples")):
                    sums[i] += site[member]
            drawn = self.rows(page, "lines-table")
            self.assertEqual(len(drawn), min(50, len(page.eval("page.tables.get('lines-table').rows()"))))
            for row in drawn:
                sums = own.get(row["line"], [0, 0, 0, 0])
                self.assertEqual([int(row[key]) for key in ("own", "count", "alive", "samples")], sums, row["line"])
            self.assertEqual(page.eval("page.tables.get('lines-table').has('[calls not known]')"), "[calls not known]" in own)
            self.assertEqual([int(row["own"]) for row in drawn], sorted((int(row["own"]) for row in drawn), reverse=True))

    def test_flame_graph_and_icicle(self):
        page = self.page("program")
        self.assertEqual(page.eval(CELLS)[:2], ["all", "main.py:3 <module>"])
        rows = "(c => [c.row, icicle.rowAt(c.row)])(icicle.cells.find(c => icicle.name(c.i) === 'main.py:30 run'))"
        row, at = page.eval(rows)
        self.assertEqual(at, page.eval("icicle.rows") - 1 - row)
        page.click("[data-id=icicle]")
        self.assertEqual(page.eval(rows), [row, row])
        widths = page.eval("Object.fromEntries(icicle.cells.map(c => [icicle.name(c.i), c.w / icicle.width]))")
        self.assertAlmostEqual(widths["net.py:16 connect"], 20 / 85, 3)
        self.assertAlmostEqual(widths["main.py:30 run"], 60 / 85, 3)

    def test_zoom_by_click_and_keys(self):
        for shape, into in (("flame", "ArrowUp"), ("icicle", "ArrowDown")):
            page = self.page("program")
            page.click("[data-id=%s]" % shape)
            page.eval("document.querySelector('.icicle canvas').focus()")
            for key in (into, into, "Enter"):
                page.key(key)
            page.wait("Math.abs(icicle.seenTo - icicle.to) < 1")
            self.assertEqual(page.eval("icicle.name(icicle.focus)"), "main.py:30 run")
            self.assertEqual(page.eval(CELLS)[0], "all")        # what it is within stays in sight
            self.assertIn("main.py:30 run", page.text(".crumbs"))
            page.key("Backspace")
            self.assertEqual(page.eval("icicle.name(icicle.focus)"), "main.py:3 <module>")
        page = self.page("program")
        page.eval("document.querySelector('.icicle canvas').scrollIntoView({ block: 'center' })")
        x, y = page.eval("(c => [(c.x + c.w / 2) / icicle.width, (icicle.rowAt(c.row) + .5) / icicle.rows])"
                         "(icicle.cells.find(c => icicle.name(c.i) === 'main.py:41 retry'))")
        page.click(".icicle canvas", x, y)
        self.assertEqual(page.eval("icicle.name(icicle.focus)"), "main.py:41 retry")

    def test_search(self):
        page = self.page("program")
        self.fill(page, "#calls input", "CONNECT")
        self.assertEqual(self.said(page), "35\u202f840 B, 82.4\u202f%")
        faint = "icicle.cells.filter(c => c.i && !icicle.isFaint(c.i)).map(c => icicle.name(c.i))"
        self.assertEqual(sorted(page.eval(faint)), ["net.py:14 connect", "net.py:14 connect", "net.py:16 connect"])
        page.eval("document.querySelector('.icicle canvas').focus()")
        page.key("/")
        self.assertEqual(page.eval("document.activeElement.type"), "search")
        for modifiers, name in ((0, "net.py:14 connect"), (0, "net.py:16 connect"), (pages.chromium.SHIFT, "net.py:14 connect")):
            page.key("Enter", modifiers)
            self.assertEqual(page.eval("icicle.name(icicle.focus)"), name)
        self.fill(page, "#calls input", "parse")        # called by itself: counted once
        self.assertEqual(self.said(page), "4096 B, 9.4\u202f%")
        self.fill(page, "#calls input", "nowhere")
        self.assertEqual(self.said(page), "no match")
        page.eval("document.querySelector('#lines-table tbody tr').click()")
        self.assertEqual(page.eval("document.querySelector('#calls input').value"), "net.py:14 connect")
        self.assertEqual(self.said(page), "25\u202f600 B, 58.8\u202f%")

    def test_from_the_lines_and_alive(self):
        page = self.page("program")
        page.click("[data-id=up]")
        self.assertEqual(page.eval("icicle.graph.kids(0).map(i => icicle.name(i))")[:2], ["net.py:14 connect", "net.py:16 connect"])
        self.assertEqual(page.eval("icicle.graph.size[0]"), 85 * 512)
        self.assertEqual(page.text(".crumbs"), "all 42.5 KiB")
        page.click("#alive")
        self.assertEqual(page.eval("document.getElementById('alive').getAttribute('aria-pressed')"), "true")
        self.assertEqual(page.text(".crumbs"), "all 6.5 KiB")
        self.assertEqual(page.eval("icicle.graph.size[0]"), 13 * 512)
        self.assertEqual(page.eval("icicle.graph.kids(0).map(i => icicle.name(i))"), ["lib/json.py:7 parse", "net.py:14 connect"])
        page.click("[data-id=down]")
        self.assertEqual(page.eval("icicle.graph.kids(0).map(i => icicle.name(i))"), ["main.py:3 <module>"])
        page.click("#alive")
        self.assertEqual(page.eval("icicle.graph.size[0]"), 85 * 512)

    def test_two_profiles(self):
        text, doc = (pages.memprof("diff", "--format", form, CALLBACKS, FIXED) for form in ("html", "json"))
        page = self.open_file(self.write("two.html", text))
        changes = json.loads(doc)["compared"]["changes"]
        rows = self.rows(page, "changes-table")
        self.assertEqual(rows.pop(0)["line"], "TOTAL")
        changes = [change for change in changes if change["change"]]
        self.assertEqual(sorted((row["line"], int(row["change"])) for row in rows), sorted((change["name"], change["change"]) for change in changes))
        self.assertEqual(sorted((row["before"] or "", row["after"] or "", row.get("~") == "~") for row in rows),
                         sorted((*("" if change[key] is None else str(change[key]) for key in ("before", "after")), change["may_be_chance"])
                                for change in changes))

    def test_what_is_left(self):
        kept = json.loads(pages.read(CALLBACKS))["kept"]
        page = self.open_file(self.write("kept.html", pages.memprof("sites", "--format", "html", CALLBACKS)))
        rows = self.rows(page, "kept-table")
        self.assertEqual([(int(row["size"]), int(row["samples"]), row[" "]) for row in rows],
                         [(row["bytes"], row["samples"], "+" if row["leak"] else None) for row in kept])
        self.assertEqual([(row["held by"], row["allocated at"]) for row in rows if row[" "]],
                         [("handlers", "callbacks.py:3 __init__"), ("handlers", "callbacks.py:7 step")])
        self.assertIn("Still allocated at the end", page.text("#kept"))

    def test_source(self):
        page = self.page("program")
        hot = page.eval("[...document.querySelectorAll('#panel-source0 tr.hot')].map(tr => [...tr.cells].map(td => td.textContent))")
        self.assertEqual(hot, [["25\u202f600", "58.8\u202f%", "14", "        buffer = bytearray(512)"],
                               ["10\u202f240", "23.5\u202f%", "16", "    return socket.socket()"]])
        self.assertIn("</script><script>alert(1)</script>", page.text("#panel-source0"))

    def test_names_stay_text(self):
        page = self.page("hostile")
        self.assertEqual(page.text("h1"), EVIL.rpartition("/")[2])
        self.assertEqual(self.rows(page, "lines-table")[0]["line"], visible(EVIL + ":5 f;g\\x0a\"<b>\\u202e"))
        self.assertIsNone(page.eval("document.getElementById('alive')"))
        self.held_to_its_policy(page)

    def test_themes_and_names_of_controls(self):
        page = self.page("many")
        self.themes(page)
        page = self.page("many", width=390)
        self.named(page, "button", "searchbox", "image")
        self.assertLessEqual(page.eval("document.documentElement.scrollWidth"), 390)
