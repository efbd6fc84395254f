"""What must hold of every page (every.py), in a headless Chromium: the rules of WCAG that axe-core checks, light and dark, wide and on a
phone; nothing is cut off at 390 px; all is reached by keys; it can be printed; one head for all.
axe-core is in MEMPROF_NODE (scripts/install-node-packages); without that, its test is skipped.
"""
import os
import re
import shutil
import subprocess
import unittest

import every
import pages

NODE = os.environ.get("MEMPROF_NODE")
PAPER_PX = 718      # A4 without margins of 1 cm
UNFOLD = """(document.querySelectorAll('details').forEach(d => { d.open = true; }),
    document.querySelectorAll('[role=tabpanel]').forEach(p => p.classList.remove('off')), 1)"""
OF_COLOURS = "color-contrast"       # all that the theme changes
RULES = """axe.run(document, { runOnly: %s, resultTypes: ['violations'] })
    .then(found => found.violations.flatMap(rule => rule.nodes.map(node => rule.id + ': ' + node.html.slice(0, 200) + ': ' + node.failureSummary)))"""
# What is wider than its box, and cannot be moved by keys or is not to be moved at all.
CUT = """[...document.querySelectorAll('main *, header *')].filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1
    && !['visible', 'clip'].includes(getComputedStyle(e).overflowX) && getComputedStyle(e).textOverflow !== 'ellipsis'
    && !e.closest('[aria-hidden], .treemap, .region, .fill') && e.tabIndex < 0 && !e.querySelector('a, button, [tabindex="0"]')).map(e => e.outerHTML.slice(0, 200))"""
# Words that stand alone in the last line of a heading.
ALONE = """[...document.querySelectorAll('h1, h2, h3, .verdict, #findings > p:first-child')].filter(e => e.checkVisibility()).flatMap(e => {
    const words = [], walker = document.createTreeWalker(e, NodeFilter.SHOW_TEXT), range = document.createRange();
    for (let node; (node = walker.nextNode());)
        for (const match of node.data.matchAll(/[^\\s/]+/g)) {
            range.setStart(node, match.index);
            range.setEnd(node, match.index + match[0].length);
            words.push([Math.round(range.getClientRects()[0].top), match[0]]);
        }
    const last = words.filter(([top]) => top === words[words.length - 1][0]);
    return words.length > 3 && last.length === 1 && last[0][1].length < 12 ? [e.textContent] : [];
})"""
# Cells that are not to be seen, or without the head that tells what they are; names that take many lines.
HIDDEN = """[...document.querySelectorAll('main .table > table:not(.source) > tbody > tr > *')].filter(e => e.textContent.trim() && !e.closest('.off, #limits') && (
    !e.checkVisibility() || e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().height > 24 * (2 + e.textContent.length / 30)
    || e.matches('td') && e.closest('table').tHead && !getComputedStyle(e, '::before').content.includes(e.dataset.head))).map(e => e.outerHTML.slice(0, 200))"""
# Words of cells that are broken in the middle.
BROKEN = """[...document.querySelectorAll('main :is(td, th)')].filter(e => e.checkVisibility()).flatMap(e => {
    const walker = document.createTreeWalker(e, NodeFilter.SHOW_TEXT), range = document.createRange(), broken = [];
    for (let node; (node = walker.nextNode());)
        for (const match of node.data.matchAll(/[\\w.]+/g)) {
            range.setStart(node, match.index);
            range.setEnd(node, match.index + match[0].length);
            if (match[0].length < 24 && range.getClientRects().length > 1)
                broken.push(match[0] + ' of ' + e.textContent);
        }
    return broken;
})"""
CONTROLS = """[...document.querySelectorAll('button:not(.link, th > button, .legend > button), input, select, .no-print, .theme')].filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 100))"""
CUT_BY_PAGES = """[...document.querySelectorAll('tr, figure, .map, .icicle, .treemap, .picture')].filter(e => getComputedStyle(e).breakInside !== 'avoid').map(e => e.outerHTML.slice(0, 100))"""
FOCUSABLE = """[...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')].filter(e => e.checkVisibility() && e.tabIndex >= 0 && !e.disabled)"""
WATCH = """(window.reached = new Set(), window.unseen = [], document.addEventListener('focusin', event => {
    window.reached.add(event.target);
    if (getComputedStyle(event.target).outlineStyle === 'none')
        window.unseen.push(event.target.outerHTML.slice(0, 200));
}), 1)"""
MOVING = """[...document.querySelectorAll('*')].filter(e => (s => !/^[0s, ]*$/.test(s.transitionDuration) || s.animationName !== 'none' || s.scrollBehavior !== 'auto')
    (getComputedStyle(e))).map(e => e.outerHTML.slice(0, 100))"""


# Of some pages: what there is to choose and to type.
CONTROLS_OF = {"map-overflow": "button combobox tab", "diff-heaps": "button searchbox image", "layout": "button searchbox", "check-map": "button"}


# A document of one input has no more to tell of it than its title.
NO_SOURCE = "layout", "layout-conflict", "sites", "objects", "objects-since", "diff", "diff-none", "check-diff", "leaks"


class Test(pages.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made = every.make(cls.folder.name)

    def each(self, check, **how):
        """check(name, page) for each page, opened anew."""
        for name, path in self.made.items():
            page = self.browser.open(path, **how)
            with self.subTest(name, **how):
                check(name, page)
                self.assertEqual(page.complaints, [])
            page.close()

    @unittest.skipUnless(NODE, "MEMPROF_NODE is not set")
    def test_rules(self):
        axe = pages.read(os.path.join(NODE, "node_modules", "axe-core", "axe.min.js"))

        def check(_, page):
            page.eval(UNFOLD)
            page.eval(axe + ";1")
            self.assertEqual(page.eval(RULES % ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]), [])
            page.media(dark=True)
            self.assertEqual(page.eval(RULES % [OF_COLOURS]), [], "dark")

        self.each(check, width=1280)
        self.each(check, width=390)

    def test_narrow(self):
        def check(_, page):
            page.eval(UNFOLD)
            page.frame()
            self.assertLessEqual(page.eval("document.scrollingElement.scrollWidth - innerWidth"), 0)
            self.assertEqual(page.eval(CUT), [])
            if page.eval("innerWidth") == 390:
                self.assertEqual(page.eval(ALONE), [])
                self.assertEqual(page.eval(HIDDEN), [])

        self.each(check, width=390)
        self.each(check, width=320)

    def test_words_are_whole(self):
        def check(_, page):
            page.eval(UNFOLD)
            page.frame()
            self.assertEqual(page.eval(BROKEN), [])

        self.each(check, width=1400)
        self.each(check, width=900)

    def test_folders_are_private(self):
        """Inputs are "data/...": of these, as of any path, a page shows the name alone."""
        def check(name, page):
            page.eval(UNFOLD)
            shown = page.eval("[document.title, document.body.innerText, ...[...document.querySelectorAll('title')].map(e => e.textContent), ...[...document.querySelectorAll('[aria-label]')].map(e => e.ariaLabel)].join('\\n')")
            if not name.startswith("check"):
                self.assertNotIn("data/", shown)

        self.each(check)

    def test_themes_and_names(self):
        def check(name, page):
            self.named(page, *CONTROLS_OF.get(name, "").split())
            self.themes(page)

        self.each(check)

    def test_keys(self):
        """Everything that can be clicked can be reached with Tab, and has a visible focus."""
        def check(_, page):
            n = page.eval(FOCUSABLE + ".length")
            missed = FOCUSABLE + ".filter(e => !window.reached.has(e)).map(e => e.outerHTML.slice(0, 200))"
            page.eval(WATCH)
            for k in range(3 * n):      # more than once around: the first key may go to the browser's own controls
                if k % (n + 2) == 0 and not page.eval(missed):
                    break
                page.call("Input.dispatchKeyEvent", type="rawKeyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
            self.assertEqual(page.eval(missed), [])
            self.assertEqual(page.eval("window.unseen"), [])

        self.each(check)

    def test_boxes_move_by_keys(self):
        page = self.browser.open(self.made["report"], width=650)
        page.wait("document.querySelector('.table').hasAttribute('tabindex')")
        page.eval("document.querySelector('.table').focus()")
        page.key("ArrowRight")
        page.wait("document.querySelector('.table').scrollLeft > 0")
        page.size(1280, 900)
        page.wait("!document.querySelector('.table').hasAttribute('tabindex')")
        page.close()

    def test_print(self):
        def check(name, page):
            page.media(dark=True)
            heads = page.eval("[...document.querySelectorAll('h1, h2, .verdict, #findings > p')].filter(e => e.checkVisibility()).map(e => e.innerText)")
            page.call("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
            page.eval("dispatchEvent(new Event('beforeprint'))")
            page.frame()
            self.assertEqual(page.eval(CONTROLS), [])
            self.assertEqual(page.eval(CUT_BY_PAGES), [])
            self.assertLessEqual(page.eval("document.scrollingElement.scrollWidth"), PAPER_PX)
            self.assertEqual(page.eval("[...document.querySelectorAll('details:not([open])')].length"), 0)
            self.assertEqual(page.eval("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
            text = page.eval("document.body.innerText")
            for head in heads:
                self.assertIn(head, text)
            page.eval("dispatchEvent(new Event('afterprint'))")
            self.printed(page, name, heads)

        self.each(check, width=PAPER_PX)

    def printed(self, page, name, heads):
        """On paper there is something, and its text where that can be read."""
        path = os.path.join(self.folder.name, name + ".pdf")
        data = page.pdf(path)
        self.assertTrue(data.startswith(b"%PDF"))
        self.assertGreater(len(data), 10000)
        self.assertGreaterEqual(len(re.findall(rb"/Type\s*/Page\b", data)), 1)
        if shutil.which("pdftotext"):
            text = re.sub(r"\s", "", subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout.decode())
            for head in heads:
                self.assertIn(re.sub(r"\s", "", head), text)

    def test_motion(self):
        def check(name, page):
            page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
            self.assertEqual(page.eval(MOVING), [])
            if name == "objects":
                page.eval("Icicle.shown.enter(Icicle.shown.graph.kids(Icicle.shown.graph.LIVE)[0])")
                self.assertTrue(page.eval("Icicle.shown.seenTo === Icicle.shown.to"))
            self.assertEqual(page.eval("document.getAnimations().length"), 0)

        self.each(check)

    def test_head(self):
        """The same on all: what it is, of what, what was found, where its parts are, who made it."""
        version = subprocess.run([pages.MEMPROF, "--version"], capture_output=True, check=True, text=True).stdout.split()[1]

        def check(name, page):
            self.assertRegex(page.text("body > header > div > p.which"), "^memprof \u00b7 [a-z]")
            self.assertEqual(page.eval("[...document.querySelectorAll('body > header > *')].map(e => e.id || e.className)"),
                             ["", "theme no-print", *(["source"] if name not in NO_SOURCE else []), "parts no-print" + " off" * (name in ("check", "diff-none", "map-stack") or name.startswith("leaks"))])
            first = page.eval("(e => [e.id, e.querySelector('p').textContent])(document.querySelector('main').firstElementChild)")
            self.assertEqual(first[0], "limits" if name.startswith("check-") else "findings")
            self.assertTrue(first[1])
            self.assertIn("Made by memprof %s. This page loads nothing" % version, page.text("body > footer"))
            heads = page.eval("[...document.querySelectorAll('main h2')].filter(e => e.checkVisibility()).map(e => e.textContent)")
            self.assertEqual(page.eval("[...document.querySelectorAll('.parts > a')].map(e => e.textContent)"), heads)
            self.assertEqual(page.eval("new Set([...document.querySelectorAll('.parts > a')].map(e => e.hash)).size"), len(heads))
            for i in range(len(heads) if len(heads) > 1 else 0):
                page.eval("document.querySelectorAll('.parts > a')[%d].click()" % i)
                self.assertTrue(page.eval("(b => b.bottom > 0 && b.top < innerHeight)([...document.querySelectorAll('main h2')].filter(e => e.checkVisibility())[%d]"
                                          ".getBoundingClientRect())" % i), heads[i])

        self.each(check)
