"""What tests of pages have in common: a page is made, opened, and held to what must be so of every page."""

import functools
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import chromium

MEMPROF, SHOW_SITES = map(os.path.abspath, sys.argv[1:3])
TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DATA = os.path.join(TESTS, "data")
SHARED = os.environ.get("MEMPROF_SHARED_DATA", "/work/shared/data")    # more real maps, where they are there

EVIL = "</script><script>alert(1)</script><img/src=x/onerror=alert(2)>\"'&amp;\u202egnp.\u2066"
SEEN = "</script><script>alert(1)</script><img/src=x/onerror=alert(2)>\"'&amp;\\u202egnp.\\u2066"

# The rows of a table that are drawn, by the keys or the heads of its columns, each value as the page was told it; and the word that a row is chosen by.
ROWS = """(id => [...document.querySelectorAll('#' + id + ' tbody tr')].map(tr => Object.fromEntries([['word', tr.dataset.word ?? null],
    ...[...tr.cells].map((td, k) => [td.dataset.key ?? tr.closest('table').tHead.rows[0].cells[k].textContent,
        td.dataset.value ?? (td.dataset.key === undefined && td.textContent || null)])])))"""

# Of accessibility: what must have a name.
ROLES = ("button", "slider", "searchbox", "combobox", "image", "img", "scrollbar", "application", "tab", "treeitem")


def visible(text):
    """As far as the tests' names need it."""
    return re.sub("[\u200b-\u200f\u2028-\u202e\u2066-\u2069]", lambda m: "\\u%04x" % ord(m[0]), text)


@functools.cache
def browser():
    """One for all tests: it takes longer to start than most of them."""
    return chromium.Browser(int(os.environ.get("MEMPROF_PATIENCE", 180)))


def read(path):
    return pathlib.Path(path).read_text("utf-8")


def memprof(command, *args, codes=(0,), cwd=None):
    run = subprocess.run([MEMPROF, command, "-q", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd)
    assert run.returncode in codes, run.stderr
    return run.stdout


class Case(unittest.TestCase):
    command, codes = None, (0,)

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.browser = browser()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def document(self, *args):
        return json.loads(memprof(self.command, "--json", *args, codes=self.codes))

    def open(self, *args, **how):
        path = os.path.join(self.folder.name, self.id() + ".html")
        self.assertEqual(memprof(self.command, "--format", "html", "-o", path, *args, codes=self.codes), b"")
        return self.open_file(path, **how)

    def open_file(self, path, **how):
        """A page; what must hold of every one is held when the test ends."""
        page = self.browser.open(path, **how)
        self.addCleanup(page.close)
        self.addCleanup(lambda: self.assertEqual([], page.dialogs))
        self.addCleanup(lambda: self.assertEqual([page.url], page.requests))
        self.addCleanup(lambda: self.assertEqual([], page.complaints))
        return page

    def both(self, *args):
        """The page and the document that it is held to."""
        return self.open(*args), self.document(*args)

    def write(self, name, content):
        path = pathlib.Path(self.folder.name, name)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def same(self, doc_value, cell, where):
        if doc_value is None or cell is None:
            self.assertEqual((doc_value, cell), (None, None), where)
        elif isinstance(doc_value, (int, float)):
            self.assertEqual(doc_value, float(cell), where)
        else:
            self.assertEqual(visible(doc_value), cell, where)

    def rows(self, page, name):
        return page.eval(ROWS + "('%s')" % name)

    def fill(self, page, selector, text):
        page.eval("(s => { s.value = %s; s.dispatchEvent(new Event('input')); s.dispatchEvent(new Event('change')); })"
                  "(document.querySelector(%s))" % (json.dumps(text), json.dumps(selector)))

    def tip(self, page):
        """What is said of that which is pointed at; None."""
        text = page.eval("document.querySelector('.tip:not(.off)')?.textContent")
        return text and text.replace("\u202f", "")

    def no_markup(self, page, plain):
        """What names of an input could bring is not there: no more of it than in a plain page."""
        for things in ("scripts", "images", "forms"):
            self.assertEqual(*(one.eval("document.%s.length" % things) for one in (page, plain)))
        self.assertTrue(page.eval("[...document.links].every(a => a.getAttribute('href').startsWith('#'))"))
        seen = page.eval("document.body.innerText + [...document.querySelectorAll('[aria-label]')].map(e => e.ariaLabel)")
        self.assertNotRegex(seen + page.eval("document.title"), "[\u202e\u2066\u2028\x00\x1b]")
        return seen

    def held_to_its_policy(self, page):
        """Were text of an input markup, it still would not run."""
        page.eval("document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = 1' }))")
        self.assertIsNone(page.eval("window.ran"))
        self.assertEqual(len(page.complaints), 1)
        self.assertIn("Content Security Policy", page.complaints.pop())

    def themes(self, page):
        """Light and dark by the button and by the system; light on paper."""
        back = lambda: page.eval("getComputedStyle(document.body).backgroundColor")
        light = back()
        page.click(".theme")
        dark = back()
        self.assertNotEqual(light, dark)
        page.click(".theme")
        self.assertEqual(back(), light)
        page.eval("delete document.documentElement.dataset.theme")
        page.media(dark=True)
        self.assertEqual(back(), dark)
        page.media("print", dark=True)
        self.assertEqual(page.eval("getComputedStyle(document.documentElement).colorScheme"), "light")
        self.assertEqual(page.eval("getComputedStyle(document.querySelector('.theme')).display"), "none")

    def named(self, page, *wanted):
        """Every control and picture has a name for who cannot see it; these roles are there."""
        seen = set()
        for node in page.call("Accessibility.getFullAXTree")["nodes"]:
            role = node.get("role", {}).get("value")
            if role in (*ROLES, *wanted) and not node.get("ignored"):
                seen.add(role)
                self.assertTrue(node.get("name", {}).get("value"), node)
        self.assertLessEqual(set(wanted), seen)
        self.assertEqual(page.count("h1"), 1)
