"""The pages of trend and leaks in a headless Chromium: their figures are those of the JSON, the chart is drawn and follows light and
dark, each pool has its own, and names stay text.
"""
import os
import shutil

import pages
from pages import DATA, EVIL, SEEN

LEAK = os.path.join(DATA, "synthetic", "trend-leak-1.txt")
CURVES = "[...document.querySelectorAll('svg path.l.used')].filter(path => path.getTotalLength() > 300).length"
INK = "getComputedStyle(document.querySelector('svg path.l.used')).stroke"


def hostile(case):
    path = os.path.join(case.folder.name, EVIL.replace("/", ":"))
    shutil.copy(LEAK, path)
    return path


class Trend(pages.Case):
    command = "trend"

    def test_figures_are_those_of_the_json(self):
        page, series = self.open(LEAK), self.document(LEAK)["series"]
        rows = page.eval("[...document.querySelectorAll('table')[0].tBodies[0].rows].map(tr => [...tr.cells].map(td => td.dataset.value))")
        self.assertEqual([[int(value) for value in row[1:]] for row in rows[:3]],
                         [[row[key] for key in ("first", "last", "min", "max")] for row in series[:3]])
        self.assertRegex(page.text("#findings p"), r"^Leak: 352 B survives each collection \(17 observed\), 2.3 KiB an hour. Out of memory in ")
        self.assertTrue(page.text("#findings p:nth-child(2)").startswith("Next: "))

    def test_the_chart_is_drawn_light_and_dark(self):
        page = self.open(LEAK)
        self.assertEqual(page.eval(CURVES), 1)
        light = page.eval(INK)
        page.media(dark=True)
        self.assertNotEqual(page.eval(INK), light)

    def test_each_pool_has_a_chart(self):
        pools = os.path.join(DATA, "agent", "pools")
        self.assertEqual(self.open(pools).count(".picture svg"), len({row["pool"] for row in self.document(pools)["series"]}))

    def test_names_stay_text(self):
        page = self.open(hostile(self))
        self.assertEqual(page.count("img"), 0)
        self.assertIn(SEEN.replace("/", ":"), page.text("h1"))


class Leaks(pages.Case):
    command = "leaks"

    def test_one(self):
        page = self.open(LEAK)
        self.assertTrue(page.text("#findings p").startswith("Leak: 352 B survives each collection"))
        self.assertEqual(page.eval(CURVES), 1)

    def test_several(self):
        page = self.open(os.path.join(DATA, "synthetic", "samples.txt"), hostile(self))
        self.assertEqual(page.text("#findings p"), "1 of 2 leaks, 1 not known yet.")
        self.assertEqual(page.count("img"), 0)
        self.assertIn(SEEN.replace("/", ":"), page.text("tbody tr:first-child"))
