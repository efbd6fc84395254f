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

    def table(self, page, title):
        """Its rows by their heads: data-value of numbers, the text of all else."""
        return page.eval("""(title => {
            const table = [...document.querySelectorAll('h2')].find(h => h.textContent === title).nextElementSibling.querySelector('table');
            const heads = [...table.tHead.rows[0].cells].map(cell => cell.textContent);
            return [...table.tBodies[0].rows].map(tr => [...tr.cells].map((cell, k) => [heads[k], cell.matches('.num') ? cell.dataset.value ?? null : cell.textContent]));
        })(%s)""" % json.dumps(title))

    def test_figures_are_those_of_the_document(self):
        page, doc = self.both()
        self.assertEqual([b["name"] for b in doc["builds"]], [EVIL, "esp", "rp2"])
        for i, build in enumerate(doc["builds"]):
            drawn = [dict(row) for row in self.table(page, "Figures of " + (SEEN if i == 0 else build["name"]))]
            self.assertEqual(len(drawn), len(build["figures"]))
            for figure, row in zip(build["figures"], drawn):
                points = figure["points"]
                self.same(figure["name"], row["name"], i)
                self.same(figure["subject"], row["kind"], figure)
                self.same(points[0]["bytes"], row["now"], figure)
                self.same(points[0]["bytes"] - points[-1]["bytes"] if len(points) > 1 else None, row.get("change"), figure)
        commits = self.table(page, "Commits of rp2")
        self.assertEqual([head for head, _ in commits[0]], ["commit", "date", "FLASH", "change", "subject"])
        self.assertEqual([(row[2][1], row[3][1]) for row in commits], [("1028", "7"), ("1021", "14"), ("1007", "7"), ("1000", None)])

    def test_curves_say_the_commit_and_its_bytes(self):
        page, doc = self.both()
        short = [commit["short"] for commit in doc["commits"]]
        point = """((name, side) => { const svg = [...document.querySelectorAll('tr')].findLast(tr => tr.cells[0].textContent === name).querySelector('svg');
            const r = svg.getBoundingClientRect();
            svg.dispatchEvent(new PointerEvent('pointermove', { clientX: r[side], clientY: r.top, bubbles: true })); return 1; })('%s', '%s')"""
        page.eval(point % ("FLASH", "right"))       # of rp2, the last
        self.assertRegex(self.tip(page), r"^%s \S+ change 4 .*: 1028 \(\+7\)$" % short[1])
        page.eval(point % ("py", "left"))
        self.assertRegex(self.tip(page), r"^%s \S+ change 0 .*: 2000$" % short[-1])
        page.eval("document.querySelectorAll('.curve svg').forEach(svg => svg.dispatchEvent(new PointerEvent('pointerleave')))")
        self.assertIsNone(self.tip(page))
        height = "document.querySelector('.curve svg').getBoundingClientRect().height"
        before = page.eval(height)
        page.eval("document.querySelector('tr:has(svg)').focus()")
        self.assertGreater(page.eval(height), 3 * before)       # a larger one

    def test_a_commit_without_a_figure(self):
        page = self.open("--name", "rp2", "--filter", EVIL.replace("[", "\\[").replace("*", "\\*"))
        self.assertEqual(page.eval("document.querySelector('.curve path').getAttribute('d')"), "M0 16h0M2 7h0L3 0")

    def test_one_commit_alone(self):
        page = self.open("--last", "1", "--name", EVIL)
        self.assertEqual(page.eval("[...document.querySelectorAll('.curve path')].map(line => line.getAttribute('d'))"), ["M0 0h0", None] * 6)
