"""What tests of pages have in common: a page is made, opened, and held to what must be so of every page."""

import functools
import json
import os
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

# The rows of a table that are drawn, each value as the page was told it.
ROWS = """(id => [...document.querySelectorAll('#' + id + ' tbody tr')].map(tr =>
    Object.fromEntries([...tr.cells].map(td => [td.dataset.key, td.dataset.value ?? null]))))"""


def visible(text):
    """As far as the tests' names need it."""
    return re.sub("[\u200b-\u200f\u2028-\u202e\u2066-\u2069]", lambda m: "\\u%04x" % ord(m[0]), text)


@functools.cache
def browser():
    """One for all tests: it takes longer to start than most of them."""
    return chromium.Browser()


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
        """A page; what must hold of every one is held when the test ends."""
        path = os.path.join(self.folder.name, self.id() + ".html")
        self.assertEqual(memprof(self.command, "--format", "html", "-o", path, *args, codes=self.codes), b"")
        page = self.browser.open(path, **how)
        self.addCleanup(page.close)
        self.addCleanup(lambda: self.assertEqual([], page.dialogs))
        self.addCleanup(lambda: self.assertEqual([page.url], page.requests))
        self.addCleanup(lambda: self.assertEqual([], page.complaints))
        return page

    def write(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(text)
        return path

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
            if role in ("button", "searchbox", "combobox", "image", "img", "tab") and not node.get("ignored"):
                seen.add(role)
                self.assertTrue(node.get("name", {}).get("value"), node)
        self.assertLessEqual(set(wanted), seen)
        self.assertEqual(page.eval("document.querySelectorAll('h1').length"), 1)
