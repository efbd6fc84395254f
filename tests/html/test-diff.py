"""The page of a diff in a headless Chromium: figures and signs that are those of the JSON, bars to the right side, hands that do
what they should, names that stay text.
"""
import os

import pages
from pages import DATA, EVIL, SEEN, SHARED

LISTS = ("regions", "sections", "components", "archives", "objects", "symbols", "frozen", "kinds")
HEAP = os.path.join(DATA, "dumps", "rp2-1.25.0-fragmented.txt")
LEAK = os.path.join(DATA, "dumps", "unix-1.25.0-leak-64k.txt")
HEAPS = ["--old-dump", "1", HEAP, HEAP]
# Of each row: the change as text, and to which side its bar goes, and how far.
SIGNS = """(id => [...document.querySelectorAll('#' + id + ' tbody .barred')].map(td =>
    [td.textContent, ['grown', 'shrunk'].find(name => td.classList.contains(name)) || null, parseFloat(td.style.getPropertyValue('--part')),
        parseFloat(getComputedStyle(td, '::after').left) > td.clientWidth * .49]))"""


def image(name):
    return os.path.join(DATA, "images", name)


def figure(text):
    return int(text.replace("\u202f", "").replace("\u2212", "-"))


class Test(pages.Case):
    command = "diff"

    def figures(self, page, doc):
        for name in LISTS:
            of = doc.get(name, [])
            drawn = self.rows(page, name + "-table")
            signs = page.eval(SIGNS + "('%s-table')" % name)
            if name == "regions":       # also those that are as they were
                signs = [sign for row, sign in zip(drawn, signs) if row["word"] != "same"]
                drawn = [row for row in drawn if row["word"] != "same"]
                of = [row for row in of if row["change"] != "same" and (row["old"] or row["new"])]
                if name not in doc:
                    continue
            self.assertEqual(len(drawn), min(50, len(of)), name)
            most = max((abs(row["delta"]) for row in of), default=0)
            by_name = {one["name"]: one for one in of}
            for row, (text, side, width, is_right) in zip(drawn, signs):
                called = (row.get("name") or row["region"]).split("  ")[0]
                one = by_name[called] if name == "regions" else of[drawn.index(row)]
                for key, head in (("old", "old"), ("new", "new"), ("delta", "change"), ("change", "word")):
                    self.same(one[key], row.get(head), (name, key))
                self.assertEqual(called, pages.visible(one["name"]))
                self.assertEqual({region: figure(row[region]) for region in one.get("by_region", {}) if region in row},
                                 {region: size for region, size in one.get("by_region", {}).items() if region in row})
                self.assertEqual(figure(text), one["delta"])
                self.assertEqual(text[0] if one["delta"] else "", {1: "+", -1: "\u2212", 0: ""}[(one["delta"] > 0) - (one["delta"] < 0)])
                self.assertEqual(side, "grown" if one["delta"] > 0 else "shrunk" if one["delta"] < 0 else None)
                self.assertAlmostEqual(width, 100 * abs(one["delta"]) / most if most else 0, 2)
                if width > 5:
                    self.assertEqual(is_right, one["delta"] >= 0, one)
        for i, pool in enumerate(doc.get("pools", [])):
            for row in self.rows(page, "pools-table") if i == 0 else []:
                key = {"Total": "total", "Used": "used", "Free": "free", "Largest free": "largest_free", "Objects": "objects",
                       "Free runs": "free_runs"}[row["figure"]]
                self.same(pool[key]["old"], row["old"], key)
                self.same(pool[key]["new"], row["new"], key)
                self.same(pool[key]["new"] - pool[key]["old"], row["change"], key)
        drawn = self.rows(page, "runs-table")
        self.assertEqual(len(drawn), min(50, len(doc.get("runs", []))))
        for row, run in zip(drawn, doc.get("runs", [])):
            for key, head in (("start", "address"), ("bytes", "size"), ("pool", "pool")):
                self.same(run[key], row[head], key)
            self.assertEqual((row["was"][0], row["is"][0]), (run["old"], run["new"]))

    def test_figures_are_the_documents(self):
        pairs = [("micropython-qemu-a.map", "arm-bfd-a.map"), ("arm-bfd-a.map", "arm-bfd-features.map"),
                 ("riscv64-bfd-a.elf", "riscv64-bfd-b.elf"), ("riscv64-bfd-a.map", "riscv64-bfd-b.map"), ("x86-gold.map", "x86-mold.map")]
        pairs = [[image(old), image(new)] for old, new in pairs]
        shared = [os.path.join(SHARED, "images", "micropython-rp2-%s.map" % letter) for letter in "ab"]
        if all(map(os.path.exists, shared)):
            pairs.append(shared)
        else:
            print("two maps of %s are not there" % SHARED)
        for pair in pairs + [["--all", pairs[1][0], pairs[1][1]], HEAPS]:
            with self.subTest(pair):
                self.figures(*self.both(*pair))

    def test_moments_of_a_recording(self):
        made = os.path.join(self.folder.name, "made.mprof")
        pages.memprof("convert", "-q", "-o", made, LEAK)
        page, doc = self.both(made + "@#2", made + "@#4")
        self.figures(page, doc)
        for side in ("old", "new"):
            self.assertIn("(dump %d of %d)" % (doc[side]["dump"], doc[side]["dumps"]), page.text("#source"))

    def test_the_same_twice(self):
        page = self.open(image("arm-bfd-a.map"), image("arm-bfd-a.map"))
        self.assertIn("No difference", page.text("#findings"))
        self.assertEqual(page.count("table"), 0)
        for option in (["--threshold", "1M"], ["--filter", "no such thing"]):
            page = self.open(*option, image("arm-bfd-a.map"), image("arm-bfd-features.map"))
            self.assertEqual(page.text("#findings p").strip(), "No difference in what was asked for")

    def test_first_line_is_that_of_the_text(self):
        for args in ([image("arm-bfd-a.map"), image("arm-bfd-features.map")], HEAPS):
            page, text = self.open(*args), pages.memprof("diff", *args).decode().replace("\u2212", "-")
            said = page.text("#findings").replace("\u2212", "-").split()
            self.assertEqual(said, text.split()[:len(said)])
            self.assertGreater(len(said), 3)

    def test_only_what_was_added(self):
        page, doc = self.both(image("arm-bfd-a.map"), image("arm-bfd-features.map"))
        page.click("#tab-symbols")
        for change in ("added", "removed"):
            page.click("#panel-symbols [data-id=%s]" % change)
            self.assertEqual([row["name"] for row in self.rows(page, "symbols-table")],
                             [s["name"] for s in doc["symbols"] if s["change"] == change])
        page.click("#panel-symbols [data-id='']")
        self.assertEqual(len(self.rows(page, "symbols-table")), min(50, len(doc["symbols"])))
        page.click("#symbols-table th:first-child button")
        deltas = [float(row["change"]) for row in self.rows(page, "symbols-table")]
        self.assertEqual(deltas, sorted((s["delta"] for s in doc["symbols"]), reverse=True)[:50])
        name = doc["symbols"][0]["name"]
        self.fill(page, "#symbols-table input", name.upper())
        self.assertIn(name, [row["name"] for row in self.rows(page, "symbols-table")])
        self.assertTrue(all(name in " ".join(filter(None, row.values())) for row in self.rows(page, "symbols-table")))

    def test_strip(self):
        """Runs lie one behind the other in the order of their addresses, and what is pointed at is told."""
        page, doc = self.both(*HEAPS)
        page.wait("Strip.shown.width")          # it is drawn once it is known how wide
        runs = page.eval("Strip.shown.runs.map(r => [r.run.start, r.at, r.bytes])")
        self.assertEqual([start for start, _, _ in runs], [run["start"] for run in doc["runs"]])
        for (_, at, size), (_, behind, _) in zip(runs, runs[1:]):
            self.assertLessEqual(at + size, behind)
        largest = max(range(len(runs)), key=lambda i: runs[i][2])
        x, y = page.eval("(s => { const r = s.runs[%d], per = s.length / s.rows, mid = r.at + r.bytes / 2; scrollBy(0,"
                         " s.canvas.getBoundingClientRect().top + Math.floor(mid / per) * Strip.ROW_PX - 300);"
                         " const b = s.canvas.getBoundingClientRect(); return [b.left + mid %% per / per * s.width,"
                         " b.top + Math.floor(mid / per) * Strip.ROW_PX + 5]; })(Strip.shown)" % largest)
        page.point(x, y)
        run, tip = doc["runs"][largest], self.tip(page)
        self.assertIn(run["start"], tip)
        self.assertIn("%d B" % run["bytes"], tip)
        page.press(x, y)
        self.assertIn(run["start"], page.text("#runs > [role=status]"))
        page.click("#runs-table tbody tr:nth-child(3)")
        self.assertEqual(page.eval("Strip.shown.chosen.start"), doc["runs"][2]["start"])

    def test_strip_has_their_colours(self):
        """What is painted above and below a run that is wide enough is its old and its new kind."""
        page, doc = self.both(*HEAPS)
        page.wait("Strip.shown.width")
        i = max(range(len(doc["runs"])), key=lambda k: doc["runs"][k]["bytes"])
        got = page.eval("(s => { const c = s.canvas.getContext('2d'), k = devicePixelRatio, r = s.runs[%d], per = s.length / s.rows;"
                        " const at = r.at + r.bytes * .3, x = at %% per / per * s.width, y = Math.floor(at / per) * Strip.ROW_PX;"
                        " const d = c.getImageData(x * k, (y + 2) * k, 1, (Strip.LANE_PX + 3) * k).data; return [[...d.slice(0, 3)], [...d.slice(-4, -1)]]; })(Strip.shown)" % i)
        wanted = [page.eval("page.color('%s')" % ("--k-free" if letter == "." else "--k-" + letter))
                  for letter in (doc["runs"][i]["old"], doc["runs"][i]["new"])]
        for a, b in zip(got, wanted):
            self.assertLess(max(abs(p - q) for p, q in zip(a, b)), 3, (got, wanted))

    def test_regions_called_as_what_scripts_have(self):
        old = self.write("names.map", pages.read(image("arm-bfd-a.map")).replace("CCM", "constructor"))
        page, doc = self.both(old, image("arm-bfd-features.map"))
        self.figures(page, doc)
        for row, of in zip(self.rows(page, "components-table"), doc["components"]):
            for region in ("constructor", "RAM"):
                self.same(of["by_region"].get(region), row[region], row)

    def test_text_stays_text(self):
        text = pages.read(image("arm-bfd-a.map"))
        old = self.write("old \"x'\u202egnp</script>.map".replace("/", "\u2215"), text)
        for name in ("crc16", "obj-arm-bfd-a/main.o", ".ramfunc"):
            text = text.replace(name, name + EVIL)
        new = self.write("new&lt;.map", text.replace("0x40 obj", "0x44 obj"))
        plain, page, doc = self.open(image("arm-bfd-a.map"), image("arm-bfd-features.map")), self.open(old, new), self.document(old, new)
        self.figures(page, doc)
        page.click("#tab-symbols")
        seen = self.no_markup(page, plain)
        self.assertIn("crc16" + SEEN, seen)
        self.assertIn("new&lt;.map", seen)
        self.held_to_its_policy(page)
