"""The page of a report in a headless Chromium: nothing on its console, nothing loaded, figures that are those of the JSON,
letters that are those of the dump, hands that do what they should, and text of a board that stays text.
"""
import functools
import html
import json
import math
import os
import re

import chromium
import pages
from pages import DATA

# Figures of the tables: selector, what of the document a row is, keys.
OF_A_POOL = ["total", "used", "free", "largest_free", "unknown", "overhead", "fragmentation", "objects"]


def dump(name):
    return os.path.join(DATA, "dumps", name + ".txt")


def read_letters(path):
    """The block tables of a log as they stand there: a second reader, of logs without noise."""
    tables = []
    with open(path, encoding="utf-8", errors="replace") as f:
        lines = f.read().replace("\r", "").split("\n")
    for line in lines:
        row = re.search(r"\b[0-9a-f]{8}: ([A-Za-z=.]+)\s*$", line)
        free = re.search(r"\s\((\d+) lines all free\)", line)
        if "GC memory layout" in line:
            tables.append("")
        elif row and tables:
            tables[-1] += row[1]
        elif free:
            tables[-1] += "." * 64 * int(free[1])
    return tables


EYES = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((.152286, 1.052583, -.204868), (.114503, .786281, .099216), (-.003882, -.048116, 1.051998)),
    "no green": ((.367322, .860646, -.227968), (.280085, .672501, .047413), (-.011820, .042940, .968881)),
    "no blue": ((1.255528, -.076749, -.178779), (-.078411, .930809, .147602), (.004733, .691367, .303900)),
}


def lab(rgb, eyes):
    """A colour as it is seen, in CIE Lab under D65."""
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + .055) / 1.055) ** 2.4 for c in rgb]
    r, g, b = (min(1, max(0, sum(m * c for m, c in zip(row, linear)))) for row in eyes)
    x, y, z = (t ** (1 / 3) if t > .008856 else 7.787 * t + 16 / 116
               for t in ((.4124 * r + .3576 * g + .1805 * b) / .9505, .2126 * r + .7152 * g + .0722 * b,
                         (.0193 * r + .1192 * g + .9505 * b) / 1.089))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


class Test(pages.Case):
    command, codes = "report", (0, 2)

    def show(self, page, n):
        """The n-th dump, from 1."""
        page.eval("(s => { s.value = %d; s.dispatchEvent(new Event('input')); })(document.getElementById('time'))" % n)
        page.wait("document.body.dataset.dump === '%d'" % n)

    def figures(self, page, shown):
        """What the tables say of a dump."""
        for row, pool in zip(self.rows(page, "pool-table"), shown["pools"], strict=True):
            for key in OF_A_POOL:
                if key in row:
                    self.same(pool[key], row[key], (key, shown["dump"]))
        pool = shown["pools"][0]
        for name, of in (("fits", pool["fits"]), ("runs", pool["free_histogram"]), ("culprits", pool["culprits"]),
                         ("areas", pool["areas"]), ("differences", shown["differences"])):
            for row, one in zip(self.rows(page, name), of, strict=True):
                for key in set(row) & set(one) - {"window"}:
                    self.same(one[key], row[key], (name, key, shown["dump"]))
        kinds = {row["letter"]: row for row in self.rows(page, "kinds")}
        self.assertEqual(set(kinds), set(pool["kinds"]))
        for letter, kind in pool["kinds"].items():
            self.same(kind["objects"], kinds[letter]["objects"], letter)
            self.same(kind["bytes"], kinds[letter]["bytes"], letter)

    def test_figures_are_the_documents(self):
        for name in ("rp2-1.25.0-fragmented", "unixsplit-1.25.0-near-oom-256k", "wasm-1.27.0-growing",
                     "unix-1.25.0-truncated-1M", "npmold-1.10.0-near-full-64k"):
            with self.subTest(name):
                page, doc = self.both(dump(name))
                self.assertEqual(page.eval("page.data('report')"), doc)
                for i, one in enumerate(doc["dumps"]):
                    if len(doc["dumps"]) > 1:
                        self.show(page, i + 1)
                    self.figures(page, one)

    def test_stacks_of_tasks(self):
        """Those of the dump that is shown; the table is not there for one without."""
        for name in ("freertos-9.0.0.bin", "tasks"):
            path = os.path.join(DATA, "agent", name)
            page, doc = self.both(path)
            for i, one in enumerate(doc["dumps"]):
                self.show(page, i + 1)
                tasks = one.get("tasks", [])
                self.assertEqual(page.eval("document.getElementById('tasks').classList.contains('off')"), not tasks and one.get("tasks_complete", True))
                for row, task in zip(self.rows(page, "task-table"), tasks[:100], strict=True):
                    for key in set(row) & set(task):
                        self.same(task[key], row[key], (name, key, i))
                self.assertEqual(page.count("#task-table .warn"),
                                 sum(task["low"] for task in tasks))
            self.assertNotIn("gc.collect", " ".join(self.findings(page)))    # there is no Python
        self.assertIsNone(self.open(dump("rp2-1.25.0-fragmented")).eval("document.getElementById('tasks')"))

    def test_the_first_sentence_has_the_colour_of_its_severity(self):
        """Whatever its words: with --need it is another one."""
        for name, need, severity in (("rp2-1.25.0-fresh", None, "fine"), ("rp2-1.25.0-fresh", "1K", "fine"), ("rp2-1.25.0-fresh", "1M", "act"),
                                     ("rp2-1.25.0-fragmented", None, "look"), ("unix-1.25.0-leak-64k", None, "look")):
            with self.subTest(name, need=need):
                page = self.open(dump(name), *(["--need", need] if need else []))
                self.assertEqual(page.eval("document.getElementById('findings').className"), severity)

    def findings(self, page):
        return page.eval("[...document.querySelectorAll('#findings p')].map(p => p.textContent)")

    def test_nothing_is_said_of_commands(self):
        """The sentences are those of the text, but that nobody of this page has a command line."""
        for name in ("rp2-1.25.0-fragmented", "unix-1.25.0-leak-64k", "qemu-1.25.0-memoryerror"):
            plain = re.search(r'<section id="findings".*?</section>', pages.memprof("report", "--format", "html", dump(name), codes=self.codes).decode(), re.S)[0]
            page = self.open(dump(name))
            self.assertEqual(self.findings(page), [html.unescape(text) for text in re.findall(r"<p[^>]*>(.*?)</p>", plain)])
            self.assertNotRegex(" ".join(self.findings(page)), "--|memprof")
            self.assertTrue(any(text.startswith("Next: ") for text in self.findings(page)), self.findings(page))

    def test_errors_first(self):
        """The headline is the error; the dump that it is judged by is shown, and others are a click away."""
        page = self.open(dump("qemu-1.25.0-memoryerror"))
        said = self.findings(page)
        self.assertEqual(said[0], "MemoryError at log line 8: 200\u202f000 B requested, out of memory.")
        self.assertIn("can never fit: the whole heap is 140\u202f032 B", said[1])
        self.assertTrue(said[3].startswith("Next: keep less at a time"), said)
        self.assertTrue(said[5].startswith("Dump 4 has room to spare"), said)
        self.assertEqual(page.eval("document.getElementById('findings').className"), "act")
        self.assertEqual(page.eval("document.body.dataset.dump"), "3")
        page.eval("[...document.querySelectorAll('#findings button')].find(b => b.textContent === 'dump 1').click()")
        page.wait("document.body.dataset.dump === '1'")
        page.eval("[...document.querySelectorAll('#error-table button.link')].find(b => b.textContent === 'dump 3').click()")
        page.wait("document.body.dataset.dump === '3'")
        page = self.open("--dump", "2", dump("qemu-1.25.0-memoryerror"))
        self.assertEqual(page.eval("document.body.dataset.dump"), "2")

    def test_a_leak_before_what_it_leads_to(self):
        said = self.findings(self.open(dump("unix-1.25.0-leak-64k")))
        self.assertTrue(said[0].startswith("Possible leak: "), said)
        self.assertTrue(any(text.startswith("Dump 60 is fragmented") for text in said[1:]), said)

    def test_room_to_spare_is_no_denial_of_a_leak(self):
        said = self.findings(self.open(dump("qemu-1.25.0-leak")))
        self.assertTrue(said[0].startswith("Possible leak: "), said)
        self.assertTrue(any(re.match("Dump 60: .* free, .*\\.$", text) for text in said), said)

    def test_each_dump_has_its_board(self):
        page = self.open(os.path.join(DATA, "synthetic", "two-boards.txt"))
        board = lambda: page.text("#board")
        self.assertIn("PYBv1.1 with STM32F405RG", board())
        self.show(page, 1)
        self.assertIn("Raspberry Pi Pico with RP2040", board())
        self.show(page, 2)
        self.assertIn("PYBv1.1 with STM32F405RG", board())

    def test_the_block_shown_first(self):
        """It is the largest free one, until another is chosen."""
        page, doc = self.both(dump("rp2-1.25.0-fragmented"))
        inspected = lambda: page.text("#inspector")
        self.assertIn("{:,}".format(doc["dumps"][-1]["pools"][0]["largest_free"]).replace(",", ""), re.sub("[^0-9A-Za-z]", "", inspected()))
        self.assertIn("Choose another block", inspected())
        page.eval("HeapMap.shown.moveTo(0)")
        self.assertNotIn("Choose", inspected())

    def test_widths_do_not_depend_on_when(self):
        """Nor on heights; and no observer is ahead of the page."""
        page = self.open(dump("qemu-1.25.0-memoryerror"))
        page.eval("window.errors = [], addEventListener('error', event => errors.push(event.message))")
        width = page.eval("HeapMap.shown.width")
        for size in ((700, 900), (1280, 300), (400, 900), (1280, 900)):
            page.size(*size)
            page.frame()
            page.wait("HeapMap.shown.width === document.querySelector('.map').clientWidth")
        self.assertEqual(page.eval("errors"), [])
        self.assertEqual(page.eval("HeapMap.shown.width"), width)
        self.assertEqual(page.eval("getComputedStyle(document.documentElement).overflowY"), "scroll")

    def test_numbers_are_read_as_they_are_shown(self):
        page, doc = self.both(dump("rp2-1.25.0-fragmented"))
        cells = page.eval("[...document.querySelectorAll('#pool-table tbody tr:first-child td.num')].map(td =>"
                          " [td.dataset.key, td.textContent])")
        for key, text in cells:
            self.assertAlmostEqual(float(text.replace("\u202f", "").rstrip("%")) / (100 if "%" in text else 1), round(doc["dumps"][-1]["pools"][0][key], 3), 6, key)

    def test_letters_are_the_dumps(self):
        for name in ("rp2-1.25.0-fragmented", "rp2-1.25.0-imports", "qemu-1.25.0-leak"):
            with self.subTest(name):
                expected, page = read_letters(dump(name)), self.open(dump(name))
                numbers = [d["dump"] for d in self.document(dump(name))["dumps"] if d["pools"][0]["areas"]]
                self.assertEqual(len(expected), len(numbers))
                for number, table in zip(numbers, expected):
                    got = page.eval("tables.letters(%d, 0).then(l => new TextDecoder().decode(l))" % number)
                    self.assertEqual(got, table[:len(got)], number)
                    self.assertLess(len(table) - len(got), 64)

    def test_letters_of_areas_add_up(self):
        for name in ("unixsplit-1.25.0-fragmented-1M", "unix-1.25.0-truncated-1M", "wasm-1.27.0-growing", "unixauto-1.25.0-growing-64k"):
            doc, page = self.document(dump(name)), self.open(dump(name))
            for one in doc["dumps"]:
                areas = one["pools"][0]["areas"]
                counted = page.eval("tables.letters(%d, 0).then(l => { const heap = new heaps.Heap(page.data('report').dumps[%d].pools[0], l);"
                                    " return heap.areas.map(a => l.subarray(a.first, a.first + a.n).filter(c => c === heaps.FREE).length)"
                                    ".concat(heap.largest.n); })" % (one["dump"], one["dump"] - 1))
                self.assertEqual(counted, [a["free_blocks"] for a in areas] + [max(a["largest_free_blocks"] for a in areas)])

    # ---- hands ----

    def test_zoom_and_pan(self):
        page = self.open(dump("rp2-1.25.0-fragmented"))
        view = lambda: page.eval("(m => [m.cell, m.x, m.y])(HeapMap.shown)")
        fit = view()
        self.assertTrue(page.eval("HeapMap.shown.isWhole()"))
        for zoom_in, zoom_out in ((lambda: page.click("#zoom-in"), lambda: page.click("#zoom-out")),
                                  (lambda: page.wheel("#map", -120), lambda: page.wheel("#map", 120))):
            zoom_in()
            self.assertGreater(view()[0], fit[0])
            zoom_out()
            self.assertEqual(view()[0], fit[0])
        page.eval("document.getElementById('map').focus()")
        for _ in range(4):
            page.key("+")
        large = view()
        self.assertGreater(large[0], fit[0])
        page.drag("#map", -120, -60)
        moved = view()
        self.assertEqual(moved[0], large[0])
        self.assertGreater(moved[1], large[1])
        self.assertGreater(moved[2], large[2])
        page.key("ArrowLeft", chromium.SHIFT)
        self.assertLess(view()[1], moved[1])
        self.assertFalse(page.eval("document.getElementById('overview').classList.contains('off')"))
        page.click("#overview", .5, .9)
        self.assertGreater(view()[2], moved[2])
        page.click("#fit")
        self.assertEqual(view(), fit)

    def test_whoever_scrolls_past_does_not_zoom(self):
        page = self.open(dump("rp2-1.25.0-fragmented"), height=500)
        fit = page.eval("HeapMap.shown.cell")
        page.mouse("mouseWheel", *page.middle("#map"), deltaX=0, deltaY=-120)
        page.frame()
        self.assertEqual(page.eval("HeapMap.shown.cell"), fit)

    def test_a_block(self):
        path = dump("rp2-1.25.0-fragmented")
        page, pool, letters = self.open(path), self.document(path)["dumps"][-1]["pools"][0], read_letters(path)[-1]
        base = int(pool["areas"][0]["start"], 16)
        said = lambda: page.eval("Object.fromEntries([...document.querySelectorAll('#inspector dt')].map(dt =>"
                                 " [dt.textContent, dt.nextSibling.textContent]))")
        head = letters.index("A=") if "A=" in letters else letters.index("A")
        page.eval("HeapMap.shown.moveTo(%d, true)" % head)
        n = 1 + len(re.match("=*", letters[head + 1:])[0])
        self.assertEqual(said()["Address"], hex(base + 16 * head))
        self.assertTrue(said()["Size"].startswith("%d B" % (16 * n)), said())
        self.assertIn("A bytearray", page.text("#inspector h3"))
        page.eval("document.getElementById('map').focus()")
        page.key("]")
        self.assertEqual(said()["Address"], hex(base + 16 * (head + n)))
        page.key("[")
        page.key("ArrowRight")
        self.assertEqual(page.eval("HeapMap.shown.cursor"), head + 1)
        page.key("Home")
        self.assertEqual(page.eval("HeapMap.shown.cursor"), 0)
        page.key("ArrowDown")
        self.assertEqual(page.eval("HeapMap.shown.cursor"), page.eval("HeapMap.shown.columns"))
        # what the report says that a culprit gains is what the map says of it
        culprit = pool["culprits"][0]
        page.click("#culprits tbody tr")
        page.wait("document.querySelector('#at').textContent === '%s'" % culprit["start"])
        grown = re.search(r"grows by ([\d\u202f]+) B", said()["If freed"])
        self.assertEqual(int(grown[1].replace("\u202f", "")), culprit["gain"])

    def test_owners(self):
        """Of a memory file; a log has none."""
        name = os.path.join(DATA, "objects/fragmented.mem")
        page, doc = self.both(name)
        culprits = doc["dumps"][0]["pools"][0]["culprits"]
        self.assertEqual([row["owner"] for row in self.rows(page, "culprits")], [c["owner"] for c in culprits])
        self.assertEqual(culprits[0]["owner"], "log[4]")
        self.assertIn("In the way of 18.0 KiB: log[4], 80 B.", page.eval("document.body.innerText"))
        page = self.open(dump("rp2-1.25.0-fragmented"))
        self.assertNotIn("owner", self.rows(page, "culprits")[0])

    def test_hover(self):
        page = self.open(dump("rp2-1.25.0-fragmented"))
        page.point(*page.middle("#map", .6, .9))
        self.assertIn("free run", self.tip(page))
        page.point(5, 5)
        self.assertIsNone(self.tip(page))

    def test_search(self):
        path = dump("rp2-1.25.0-fragmented")
        page, pool = self.open(path), self.document(path)["dumps"][-1]["pools"][0]
        ask = functools.partial(self.fill, page, "#search")
        found = lambda: page.text("#found").replace("\u202f", "")
        for letter in "AhM":
            ask(letter)
            self.assertEqual(found(), "%d found" % pool["kinds"][letter]["objects"])
        ask("list")
        self.assertEqual(found(), "%d found" % pool["kinds"]["L"]["objects"])
        ask(". >=64K")
        self.assertEqual(found(), "1 found")
        ask("=%d" % pool["largest_object"])
        self.assertNotEqual(found(), "0 found")
        ask(">%d" % pool["largest_object"])
        self.assertEqual(found(), "0 found")
        ask("nonsense here")
        self.assertEqual(found(), "an address, a kind or a size")
        ask(hex(int(pool["culprits"][0]["start"], 16) + 20))
        self.assertEqual(page.text("#at"), pool["culprits"][0]["start"])
        ask("M")
        page.eval("document.getElementById('map').focus()")
        page.key("n")
        self.assertIn("1 of", found())
        page.key("/")
        self.assertEqual(page.eval("document.activeElement.id"), "search")

    def test_time(self):
        page, doc = self.both(dump("qemu-1.25.0-leak"))
        self.assertEqual(page.eval("document.getElementById('time').value"), "60")
        for n in (1, 17, 60, 3):
            self.show(page, n)
            self.figures(page, doc["dumps"][n - 1])
            self.assertIn("dump %d of 60" % n, page.text(".moment"))
        page.click("#after")
        page.wait("document.body.dataset.dump === '4'")
        page.eval("document.getElementById('time').focus()")
        page.key("ArrowRight")
        page.wait("document.body.dataset.dump === '5'")
        page.click("#play")
        page.wait("Number(document.body.dataset.dump) > 6")
        page.click("#play")
        page.click(".chart svg", .06, .5)
        page.wait("document.body.dataset.dump === '1'")

    def test_what_happened_is_on_the_charts(self):
        path = os.path.join(DATA, "synthetic", "trend-lives.txt")
        page, doc = self.both(path)
        self.assertEqual([event["what"] for event in doc["events"]], ["failed", "reset"] * 2)
        signs = page.eval("[...document.querySelectorAll('.chart .sign')].map(e => [e.textContent, Number(e.getAttribute('x'))])")
        self.assertEqual([sign for sign, _ in signs], ["!", "\u21ba"] * 2)
        left, right = page.eval("(p => [p.getPointAtLength(0).x, p.getPointAtLength(1e9).x])(document.querySelector('.chart path.line'))")
        first, last = doc["dumps"][0]["at_ms"], doc["dumps"][-1]["at_ms"]
        for (_, x), event in zip(signs, doc["events"]):
            self.assertAlmostEqual(x, left + (right - left) * (event["at_ms"] - first) / (last - first), delta=1)
        self.assertEqual(page.text(".chart .key").split("  ")[0].strip(),
                         "! allocation failed \u00d7 2 \u21ba reset \u00d7 2")

    def test_callers_are_among_the_events(self):
        path = os.path.join(DATA, "agent", "allocations")
        page = self.open("--elf", os.path.join(DATA, "elf", "arm-call-sites.elf"), path)
        said = [row["says"] for row in self.rows(page, "event-table")]
        inlined = "called from buffer_new (call-sites.c:18), inlined in http_read (call-sites.c:27), inlined in serve (call-sites.c:35)"
        self.assertIn("malloc, 4096 B, largest free 1728 B, %s, task ht\\x1bpo" % inlined, said)
        self.assertIn("malloc, 3000 B, %s" % inlined, said)
        self.assertTrue(any("stopped in start (call-sites.c:43)" in text for text in said), said)

    def test_what_was_allocated_between_snapshots(self):
        page = self.open(os.path.join(DATA, "agent", "allocations"))
        self.assertEqual(self.rows(page, "allocation-table"), [])   # nothing, before the last one
        self.show(page, 2)
        malloc, packets = self.rows(page, "allocation-table")
        self.assertEqual([malloc[key] for key in ("window_ms", "allocations", "allocated", "frees", "freed", "failures", "least_free")],
                         ["94", "10", "5000", "3", "100", "2", "3000"])
        self.assertIn("to 8: 5, to 32: 7", page.text("#allocation-table"))
        self.assertEqual((packets["allocations"], packets["frees"]), (None, "3"))

    def test_samples_are_on_the_charts(self):
        """Those of a log without a dump, and those between dumps."""
        label = lambda page: page.eval("document.querySelector('.chart svg').getAttribute('aria-label')")
        page = self.open(os.path.join(DATA, "synthetic", "samples.txt"))
        self.assertIn("over 3 samples", label(page))
        self.assertIn("free from 149.6 KiB to 106.0 KiB", label(page))
        page = self.open(dump("rp2-1.25.0-fragmented"))
        self.assertIn("over 2 dumps and 1 sample", label(page))
        times = page.eval("[...document.querySelectorAll('.chart .scale')].map(e => e.textContent).slice(-2)")
        self.assertEqual([len(time) for time in times], [len("07:21:09.638")] * 2, times)
        page.click(".chart svg", .9, .5)        # the sample: the dump before it is shown
        page.wait("document.body.dataset.dump === '2'")

    def test_lines_go_to_the_right(self):
        """Also of a log whose times go back."""
        page, doc = self.both(self.write("back.txt", 2 * pages.read(dump("qemu-1.25.0-leak"))))
        self.assertGreater(doc["dumps"][59]["at_ms"], doc["dumps"][60]["at_ms"])
        for path in page.eval("[...document.querySelectorAll('.chart path.line')].map(p => p.getAttribute('d'))"):
            x = [float(n) for n in re.findall(r"[ML]([-\d.]+)", path)]
            self.assertEqual(x, sorted(x))
            self.assertGreaterEqual(x[0], 70)
        self.show(page, 60)
        picked = page.eval("Number(document.querySelector('.chart .pick').getAttribute('x1'))")
        self.assertAlmostEqual(picked, x[0] + (x[-1] - x[0]) * 59 / 119, delta=1)

    def test_modes(self):
        page = self.open(dump("rp2-1.25.0-fragmented"))
        painted = lambda: page.eval("(({ codes, colors }) => { let h = 0; for (const c of codes) for (const v of colors[c])"
                                    " h = (h * 31 + v) | 0; return h; })(HeapMap.shown.paint)")
        seen = {painted()}
        for mode in ("age", "change", "culprits", "kind"):
            page.click("[data-id=%s]" % mode)
            self.assertEqual(page.eval("document.querySelector('[data-id=%s]').getAttribute('aria-pressed')" % mode), "true")
            page.wait("document.body.dataset.mode === '%s'" % mode)
            seen.add(painted())
        self.assertEqual(len(seen), 4)
        first, last = read_letters(dump("rp2-1.25.0-fragmented"))
        used = lambda table: [c != "." for c in table]
        added = sum(b and not a for a, b in zip(used(first), used(last)))
        removed = sum(a and not b for a, b in zip(used(first), used(last)))
        page.eval("document.querySelector('[data-id=change]').click()")
        page.wait("document.body.dataset.mode === 'change'")
        legend = page.eval("[...document.querySelectorAll('.legend > *')].map(e => e.textContent)")
        sums = page.eval("HeapMap.shown.paint.codes.reduce((n, c) => (n[c] = (n[c] || 0) + 1, n), {})")
        self.assertEqual((sums.get("3", 0), sums.get("4", 0)), (added, removed), legend)

    def test_ages(self):
        """In a log whose heap only grows, what was there first is as old as the first dump, and something is new."""
        page = self.open(dump("qemu-1.25.0-leak"))
        page.eval("document.querySelector('[data-id=age]').click()")
        page.wait("document.body.dataset.mode === 'age'")
        ages = page.eval("HeapMap.shown.paint.codes.reduce((n, c) => (n[c] = (n[c] || 0) + 1, n), {})")
        self.assertGreater(ages["6"], 100)
        tables = read_letters(dump("qemu-1.25.0-leak"))
        new = sum(a == "." and b != "." for a, b in zip(tables[-2], tables[-1]))
        self.assertGreaterEqual(ages.get("2", 0), new)

    def test_ages_that_are_not_wished_for_any_more(self):
        page = self.open(dump("qemu-1.25.0-leak"))
        page.eval("document.querySelector('[data-id=age]').click()")
        self.show(page, 1)
        page.wait("document.body.dataset.mode === 'age'")
        page.eval("HeapMap.shown.moveTo(0)")
        self.assertIn("since dump 1", page.text("#inspector"))
        for n in (40, 41, 30):          # whether they are kept or not
            self.show(page, n)
            painted = page.eval("[...HeapMap.shown.paint.codes].join()")
            fresh = self.open(dump("qemu-1.25.0-leak"))
            self.show(fresh, n)
            fresh.eval("document.querySelector('[data-id=age]').click()")
            fresh.wait("document.body.dataset.mode === 'age'")
            self.assertEqual(painted, fresh.eval("[...HeapMap.shown.paint.codes].join()"))

    def test_areas_that_trade_places(self):
        """As many blocks and areas as before, but other rows."""
        page = self.open(dump("rp2-1.25.0-fragmented"))
        places = page.eval("""[[96, 304], [304, 96]].map(sizes => {
            const areas = sizes.map((blocks, k) => ({ name: 'a' + k, start: '0x' + k + '0000', blocks }));
            const pool = { name: 'gc', block_bytes: 16, areas }, map = HeapMap.shown;
            map.set(new heaps.Heap(pool, new Uint8Array(400).fill(heaps.FREE)), { ...map.paint, codes: new Uint8Array(400), outlines: [], dim: null });
            return [map.place(sizes[0]), map.columns, map.rows, sizes.map(n => Math.ceil(n / map.columns))];
        })""")
        for (column, row), _, rows, high in places:
            self.assertEqual((column, row, rows[1]), (0, high[0] + 1, high[0] + 1))

    def test_thousands_of_areas(self):
        """Where rows are short, the picture is not wider than they are."""
        page = self.open(dump("rp2-1.25.0-fragmented"))
        page.eval("""(() => {
            const areas = Array.from({ length: 4096 }, (_, k) => ({ name: 'a' + k, start: '0x' + (k * 65536).toString(16), blocks: 100 }));
            const n = 409600, map = HeapMap.shown;
            map.set(new heaps.Heap({ name: 'gc', block_bytes: 16, areas }, new Uint8Array(n).fill(heaps.FREE)),
                { ...map.paint, codes: new Uint8Array(n), outlines: [], dim: null });
        })()""")
        self.assertEqual(page.eval("HeapMap.shown.columns"), 112)
        self.assertEqual(page.eval("[HeapMap.shown.image.width, HeapMap.shown.image.height]"), [112, 8191])
        self.assertEqual(page.eval("HeapMap.shown.blockIn(...HeapMap.shown.place(409599))"), 409599)

    def test_print(self):
        """Light, whatever was chosen, and at once: a printer does not wait. Then as it was."""
        page = self.open(dump("rp2-1.25.0-fragmented"))
        colors = lambda: page.eval("HeapMap.shown.paint.colors.join()")
        page.eval("document.querySelector('[data-id=change]').click()")
        page.wait("document.body.dataset.mode === 'change'")
        light = colors()
        page.click(".theme")
        dark = colors()
        self.assertNotEqual(light, dark)
        self.assertEqual(page.eval("dispatchEvent(new Event('beforeprint')), HeapMap.shown.paint.colors.join()"), light)
        page.eval("dispatchEvent(new Event('afterprint'))")
        self.assertEqual(colors(), dark)
        page.media("print")
        width, height = page.eval("(c => [c.clientWidth / c.width, c.clientHeight / c.height])(document.getElementById('map'))")
        self.assertAlmostEqual(width, height, delta=.01)

    def test_colours_are_told_apart(self):
        """By those too who see no red, no green or no blue: distances in CIE Lab after Machado, Oliveira, Fernandes 2009."""
        page = self.open(dump("rp2-1.25.0-fragmented"))
        for theme in ("light", "dark"):
            page.eval("document.documentElement.dataset.theme = '%s'" % theme)
            for names, least in ((["free", *"hTLDSAFBM"], 8), (["free", "same", "added", "removed", "changed"], 15),
                                 (["age%d" % k for k in range(5)], 10)):
                rgb = page.eval("%s.map(name => { document.body.style.color = 'var(--k-' + name + ')';"
                                " return getComputedStyle(document.body).color.match(/\\d+/g).map(Number); })" % json.dumps(names))
                for eyes, matrix in EYES.items():
                    seen = [lab(color, matrix) for color in rgb]
                    for i, a in enumerate(seen):
                        for k in range(i):
                            self.assertGreater(math.dist(a, seen[k]), least, (theme, eyes, names[i], names[k]))

    def test_focus_stays(self):
        page = self.open(dump("rp2-1.25.0-fragmented"))
        self.assertEqual(page.eval("""(() => {
            const rows = [{ a: 1 }, { a: 2 }], table = page.table({ columns: [{ key: 'a', title: 'A' }], rows, onchoose: () => table.set(rows) });
            document.body.append(table.node);
            const row = () => table.node.querySelectorAll('tbody tr')[1];
            row().focus();
            row().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
            return document.activeElement === row();
        })()"""), True)

    def test_table_is_sorted_and_filtered(self):
        page = self.open(dump("rp2-1.25.0-fragmented"))
        column = lambda: page.eval("[...document.querySelectorAll('#runs td[data-key=bytes]')].map(td => Number(td.dataset.value))")
        page.eval("document.querySelector('#runs th:nth-child(3) button').focus()")
        page.key("Enter")
        self.assertEqual(page.eval("document.querySelector('#runs th:nth-child(3)').getAttribute('aria-sort')"), "descending")
        self.assertEqual(column(), sorted(column(), reverse=True))
        page.key("Enter")
        self.assertEqual(page.eval("document.querySelector('#runs th:nth-child(3)').getAttribute('aria-sort')"), "ascending")
        self.assertEqual(column(), sorted(column()))
        self.fill(page, "#sample-table input", "380")
        self.assertEqual(len(self.rows(page, "sample-table")), 1)
        self.fill(page, "#sample-table input", "nothing of it")
        self.assertEqual(len(self.rows(page, "sample-table")), 0)

    def test_narrow(self):
        page = self.open(dump("rp2-1.25.0-fragmented"), width=400)
        self.assertEqual(page.eval("document.documentElement.scrollWidth"), 400)
        self.assertLessEqual(page.eval("HeapMap.shown.width"), 400)
        self.assertLessEqual(*page.eval("(t => [t.scrollWidth, t.clientWidth])(document.querySelector('#pools .table'))"))
        tops = page.eval("['play', 'before', 'time', 'after'].map(id => document.getElementById(id).getBoundingClientRect()).map(b => (b.top + b.bottom) / 2)")
        self.assertLess(max(tops) - min(tops), 10)

    def test_who_cannot_see_it(self):
        """Every control has a name, every picture words, headings their order."""
        self.named(self.open(dump("qemu-1.25.0-memoryerror")), "button", "slider", "searchbox", "application", "table")

    # ---- text that would be more ----

    def test_text_stays_text(self):
        evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;"
        log = pages.read(dump("qemu-1.25.0-memoryerror"))
        log = log.replace("memory allocation failed", evil + "\x1b[31m\u202e\x00 memory allocation failed")
        log = "MicroPython v1.25.0 on 2026-11-20; " + evil + " with X<!--\u2028\r\n" + log
        log += "\n\n*** Memory info %s ***\nstack: 520 out of 7936\nGC: total: 14272, used: 1536, free: 12736\n" % evil
        log += " No. of 1-blocks: 31, 2-blocks: 2, max blk sz: 32, max free sz: 706\n***********************\n"
        path = self.write("</script><script>alert(3)</script> \"x' &lt;\u202egnp.txt".replace("/", "\u2215"), log)
        (page, doc), plain = self.both(path), self.open(dump("qemu-1.25.0-memoryerror"))
        self.assertEqual(page.eval("page.data('report')"), doc)
        self.assertIn("alert(1)", json.dumps(doc))
        text = self.no_markup(page, plain)
        self.assertIn("<script>alert(1)</script>", text)
        self.assertIn("\\u202e", text)
        self.assertEqual(page.eval("document.title").count("alert(3)"), 1)
        self.held_to_its_policy(page)

    def test_odd_inputs(self):
        """A page for whatever there is a report of."""
        for name in ("samples.txt", "caps.txt", "cut-in-row.txt", "failed-alone.txt", "row-missing.txt", "trend-lives.txt",
                     "letters.txt", "areas.txt", "total-too-small.txt", "excerpt.txt", "saved.stream"):
            with self.subTest(name):
                page, doc = self.both(os.path.join(DATA, "synthetic", name))
                self.assertEqual(page.eval("page.data('report')"), doc)
                for events in ("events", "errors", "samples"):
                    table = {"events": "event-table", "errors": "error-table", "samples": "sample-table"}[events]
                    limit = {"samples": 20, "events": 50, "errors": 100}[events]
                    self.assertEqual(len(self.rows(page, table)), min(limit, len(doc[events])), events)
                if doc["dumps"]:
                    shown = int(page.eval("document.body.dataset.dump"))
                    self.figures(page, doc["dumps"][shown - 1])

    def test_run(self):
        """What only memprof run has, which needs a board: put into the page of a log."""
        run = {"script": "a<b>.py", "outcome": "raised", "exception": "ValueError: <i>", "duration_ms": 4200, "samples": 17, "marks": 0,
               "peak_used": 90001, "lowest_largest_free": 1234, "before": {"used": 1, "free": 2, "largest_free": None},
               "after": {"used": 30, "free": 4, "largest_free": 5}, "after_collect": {"used": 6, "free": 7, "largest_free": 8}, "kept": 5}
        text = pages.memprof("report", "--format", "html", dump("rp2-1.25.0-fresh")).decode()
        embedded = json.dumps(run).replace("<", "\\u003c").replace(">", "\\u003e")
        text = text.replace('"schema": "memprof.report/1",', '"schema": "memprof.report/1", "run": %s,' % embedded, 1)
        page = self.open_file(self.write("run.html", text))
        self.assertEqual([[row.get(key) for key in ("used", "free", "largest_free")] for row in self.rows(page, "run-table")],
                         [["1", "2", None], ["30", "4", "5"], ["6", "7", "8"], ["90001", None, None], [None, None, "1234"]])
        self.assertIn("raised: ValueError: <i> after 4.2 s", page.text("#run p"))

    def test_several_files(self):
        names = [dump("rp2-1.25.0-fresh"), dump("rp2-1.25.0-fragmented")]
        page, doc = self.both(*names)
        self.assertEqual(page.eval("page.data('report')"), doc)
        self.assertEqual(page.eval("document.title"), "2 logs")
        self.assertIn(", ".join(map(os.path.basename, names)), page.text("#source"))
        self.show(page, 1)
        self.figures(page, doc["dumps"][0])

    def test_errors_of_several_logs(self):
        names = [dump("rp2-1.25.0-fragmented"), dump("qemu-1.25.0-memoryerror")]
        page = self.open(*names)
        self.assertTrue(self.findings(page)[0].startswith("MemoryError at log line 8 of " + os.path.basename(names[1])), self.findings(page))
        self.assertEqual([row["file"] for row in self.rows(page, "error-table")], [os.path.basename(names[1])] * 2)
        self.assertIn("mps2-an385", page.text("#board"))
        self.assertIn("of " + os.path.basename(names[1]), page.text(".moment"))
        self.show(page, 1)
        self.assertIn("Raspberry Pi Pico", page.text("#board"))
        self.assertIn("of " + os.path.basename(names[0]), page.text(".moment"))

    def test_no_more_tables_than_there_is_room_for(self):
        """Of a long log every second, fourth … table is there, the last among them; figures are of all; and it says so."""
        path = self.write("long.txt", 6 * pages.read(dump("qemu-1.25.0-leak")))
        page, doc = self.both(path)
        self.assertEqual(len(doc["dumps"]), 360)
        kept = page.eval("page.data('report').dumps.filter(d => tables.has(d.dump, 0)).map(d => d.dump)")
        self.assertEqual(kept, list(range(2, 361, 2)))
        expected = read_letters(path)
        for number in (2, 180, 358, 360):
            got = page.eval("tables.letters(%d, 0).then(l => new TextDecoder().decode(l))" % number)
            self.assertEqual(got, expected[number - 1][:len(got)])
        self.assertIn("180 of 360", page.text("#left-out"))
        self.show(page, 3)
        self.figures(page, doc["dumps"][2])
        self.assertIn("left out", page.text("#no-table"))
        self.show(page, 4)
        self.assertEqual(page.text("#no-table"), "")
