"""The page of a history in a headless Chromium: figures that are those of the JSON, curves that show commits and bytes, names that
stay text.
"""
import json
import os
import subprocess

import pages
from pages import EVIL, SEEN

NAMES = {"FLASH": "region", "RAM": "region", ".text": "section", "py": "component", EVIL: "component"}


class Test(pages.Case):
    command = "history"

    def setUp(self):
        """A repository with notes made by hand: commit k has FLASH = 1000 + 7 * k, and so on."""
        folder = os.path.join(self.folder.name, self.id())
        os.mkdir(folder)
        os.chdir(folder)
        self.addCleanup(os.chdir, "/")
        self.git("init", "-q", "-b", "main", ".")
        for k in range(6):
            self.git("commit", "--allow-empty", "-q", "-m", "change %d %s" % (k, EVIL))
            if k != 2:
                self.note([self.build(EVIL if k == 5 else "rp2", k)] + [self.build("esp", 9 * k)] * (k > 3))

    def git(self, *arguments):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments], check=True, capture_output=True)

    def build(self, name, k):
        sizes = {"FLASH": 1000 + 7 * k, "RAM": 500, ".text": 900 + k, "py": 2000 - 10 * k, EVIL: 33 + k * k}
        return {"name": name, "format": "gnu-ld", "image_bytes": 4000 + k, "figures": [
            {"subject": subject, "name": label, "used" if subject == "region" else "bytes": sizes[label]}
            for label, subject in NAMES.items() if not (label == EVIL and k == 1)]}

    def note(self, builds):
        self.git("notes", "--ref", "memprof", "add", "-m", json.dumps({"schema": "memprof.history/1", "builds": builds}))

    def test_figures_are_those_of_the_document(self):
        page, doc = self.both()
        self.assertEqual(page.eval("page.packed('history')"), doc)
        self.assertEqual([b["name"] for b in doc["builds"]], [EVIL, "esp", "rp2"])
        self.assertEqual(page.eval("[...document.querySelectorAll('h2')].map(h => h.textContent)")[0], SEEN + ": Regions")
        for i, build in enumerate(doc["builds"]):
            charts = page.eval("[...document.querySelectorAll('#regions%d .chart svg')].map(s => s.getAttribute('aria-label'))" % i)
            self.assertEqual(len(charts), 3)        # FLASH, RAM and the image
            drawn = self.rows(page, "component%d-table" % i)
            figures = [f for f in build["figures"] if f["subject"] == "component"]
            self.assertEqual(len(drawn), len(figures))
            for figure, row in zip(figures, drawn):
                points = figure["points"]
                self.same(figure["name"], row["name"], i)
                self.same(points[0]["bytes"], row["now"], figure)
                self.same(points[0]["bytes"] - points[-1]["bytes"] if len(points) > 1 else None, row["delta"], figure)
        commits = self.rows(page, "commits2-table")
        self.assertEqual([(row["bytes0"], row["delta0"]) for row in commits], [("1028", "7"), ("1021", "14"), ("1007", "7"), ("1000", None)])

    def test_curves_say_the_commit_and_its_bytes(self):
        page, doc = self.both()
        short = doc["commits"][1]["short"]      # change 4, the last of rp2
        box = page.eval("(() => { const r = document.querySelector('#regions2 .chart svg').getBoundingClientRect();"
                        " scrollTo(0, r.top + scrollY - 200); return 0; })()")
        self.assertEqual(box, 0)
        at = "(({ clientX, clientY }) => { %s.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY, bubbles: true })); return %s.textContent; })" \
             "((() => { const r = %s.getBoundingClientRect(); return { clientX: r.%s, clientY: r.top + 9 }; })())"
        chart, curve = "document.querySelector('#regions2 .chart svg')", "document.querySelector('#component2-table .curve')"
        said = page.eval(at % (chart, "document.querySelector('#regions2 .chart .read')", chart, "right"))
        self.assertTrue(said.startswith(short + " "), said)
        self.assertTrue(said.endswith("\u201cchange 4 " + SEEN + "\u201d: 1028 B (+7)"), said)
        said = page.eval(at % (curve, "document.querySelector('.tip')", curve, "left"))
        self.assertIn("change 0 ", said)
        self.assertIn(": 2000 B", said)
        page.eval("document.querySelector('#component2-table tbody tr').click()")
        self.assertEqual(page.text("#lists2 .chosen figcaption"), "py")

    def test_one_commit_alone(self):
        page = self.open("--last", "1")
        self.assertEqual(page.count(".chart path.line"), 6)
        self.assertEqual(page.eval("getComputedStyle(document.body).overflowX"), "visible")
