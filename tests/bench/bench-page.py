#!/usr/bin/python3
"""The pages of a heap of 524,288 blocks, of an image of 50,000 symbols and of a heap of 165,000 objects: how large they are, how
soon they can be used, how they move. In a headless Chromium, which draws without a graphics card.

usage: bench-page.py MEMPROF LOG MAP     (small ones, for what a page weighs without data)
"""
import csv
import io
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "html"))
import chromium  # noqa: E402
import large_heap  # noqa: E402
import large_map  # noqa: E402
from bench import MEMPROF, missed, row  # noqa: E402

MEMORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "objects", "unix-split.mem")
# Frames of a second in which the map moves with every one of them.
PANNING = """(async () => {
	const map = HeapMap.shown;
	map.view(20, 20, %d);
	let n = 0, x = 3;
	const began = performance.now();
	while (performance.now() - began < 2000) {
		map.pan(x, x / 2);
		if (++n %% 60 === 0)
			x = -x;
		await new Promise(requestAnimationFrame);
	}
	return n / (performance.now() - began) * 1000;
})()"""
# From all components to the sections, and back; the slowest of five, drawn.
ARRANGING = """(async () => {
	let longest = 0;
	for (const id of ['section', 'component', 'section', 'component', 'section']) {
		const began = performance.now();
		document.querySelector('[data-id=' + id + ']').click();
		await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
		longest = Math.max(longest, performance.now() - began);
	}
	return longest;
})()"""
# From a link to what it shows, drawn, and from a search to its hits; the slowest of each.
CHOOSING = """(async () => {
	const drawn = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
	let longest = 0, slowest = 0;
	for (let i = 0; i < 10; i++) {
		const began = performance.now(), chosen = document.body.dataset.chosen;
		location.hash = '#' + Graph.shown.address(Math.floor((i + .5) / 10 * Graph.shown.n));
		while (document.body.dataset.chosen === chosen)
			await new Promise(done => setTimeout(done));
		await drawn();
		longest = Math.max(longest, performance.now() - began);
	}
	const box = document.querySelector('#tree input');
	for (const text of ['tuple', 'handlers[3', 'row [0]', '0x5a', 'none of them']) {
		const began = performance.now();
		box.value = text;
		box.dispatchEvent(new Event('input'));
		while (document.body.dataset.found !== text)
			await new Promise(done => setTimeout(done));
		await drawn();
		slowest = Math.max(slowest, performance.now() - began);
	}
	return [longest, slowest];
})()"""


def ready_ms(browser, path, then=lambda page: None):
    """From opening to ready, best of five; and what then() says of the last one."""
    ready = []
    for i in range(5):
        page = browser.open(path)
        ready.append(page.eval("performance.getEntriesByName('ready')[0].startTime"))
        answer = then(page) if i == 4 else None
        page.close()
    return min(ready), answer


def image(browser, folder, path):
    n_symbols, large = 50000, os.path.join(folder, "large.map")
    with open(large, "w", encoding="ascii") as f:
        f.write(large_map.text(n_symbols, 1500))
    subprocess.run([MEMPROF, "map", "-q", "--format", "html", "-o", path, large], check=True)
    print("an image of %d symbols" % n_symbols)
    row("  size of the file", os.path.getsize(path) / 1e6, "MB", 2)
    ready, longest = ready_ms(browser, path, lambda page: page.eval(ARRANGING))
    row("  from opening to ready, best of 5", ready, "ms", 1000)
    row("  other areas, longest of 5", longest, "ms", 1000)


def objects(browser, folder, path):
    n_objects, large = 165000, os.path.join(folder, "large.mem")
    rows = subprocess.run([MEMPROF, "objects", "--format", "csv", MEMORY], check=True, stdout=subprocess.PIPE, text=True).stdout
    with open(MEMORY, "rb") as f, open(large, "wb") as out:
        out.write(large_heap.text(f.read(), n_objects, list(csv.DictReader(io.StringIO(rows)))))
    subprocess.run([MEMPROF, "objects", "-q", "--format", "html", "-o", path, large], check=True)
    print("a heap of %d objects" % n_objects)
    row("  size of the file", os.path.getsize(path) / 1e6, "MB", 2)
    ready, (longest, slowest) = ready_ms(browser, path, lambda page: page.eval(CHOOSING))
    row("  from opening to ready, best of 5", ready, "ms", 1000)
    row("  another object, longest of 10", longest, "ms", 500)
    row("  a search, longest of 5", slowest, "ms", 1000)


def main():
    with tempfile.TemporaryDirectory() as folder, chromium.Browser() as browser:
        path, stream = os.path.join(folder, "page.html"), os.path.join(folder, "saved")
        subprocess.run([MEMPROF, "attach", "-q", "--count", "60", "--save", stream, "sim:big"], check=True, stdout=subprocess.DEVNULL)
        inputs = {"sim:big, one snapshot": ["snap", "-q", "sim:big"], "sim:big, 60 snapshots": ["report", "-q", stream]}
        for name, args in inputs.items():
            subprocess.run([MEMPROF, *args, "--format", "html", "-o", path], check=True)
            print(name)
            row("  size of the file", os.path.getsize(path) / 1e6, "MB", 2)
            ready, (blocks, rates) = ready_ms(browser, path, lambda page: (
                page.eval("HeapMap.shown.heap.n"), [page.eval(PANNING % cell) for cell in (1, 4, 14)]))
            row("  %d blocks, from opening to ready, best of 5" % blocks, ready, "ms", 1000)
            for cell, rate in zip(("a pixel a block", "4 pixels a block", "14 pixels and a letter a block"), rates):
                row("  panning, " + cell, rate, "frames/s", 30, at_least=True)
        image(browser, folder, path)
        objects(browser, folder, path)
        for what, command, of in ("dump", "report", sys.argv[2]), ("image", "map", sys.argv[3]):
            subprocess.run([MEMPROF, command, "-q", "--format", "html", "-o", path, of], check=True)
            row("a page of a small %s: what all have" % what, os.path.getsize(path) / 1e3, "kB", 300)
    return bool(missed)


sys.exit(main())
