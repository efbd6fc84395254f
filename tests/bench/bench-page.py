#!/usr/bin/python3
"""The page of a heap of 524,288 blocks: how large it is, how soon it can be used, how it moves. In a headless Chromium, which
draws without a graphics card.

usage: bench-page.py MEMPROF LOG     (LOG: a small one, for what a page weighs without data)
"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "html"))
import chromium  # noqa: E402

MEMPROF = os.path.abspath(sys.argv[1])
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
missed = []


def say(what, value, unit, limit, is_most):
    bad = value > limit if is_most else value < limit
    print("%-58s %9.1f %-9s %s %g%s" % (what, value, unit, "<=" if is_most else ">=", limit, "  MISSED" if bad else ""))
    if bad:
        missed.append(what)


def main():
    with tempfile.TemporaryDirectory() as folder, chromium.Browser() as browser:
        path, stream = os.path.join(folder, "page.html"), os.path.join(folder, "saved")
        subprocess.run([MEMPROF, "attach", "-q", "--count", "60", "--save", stream, "sim:big"], check=True, stdout=subprocess.DEVNULL)
        inputs = {"sim:big, one snapshot": ["snap", "-q", "sim:big"], "sim:big, 60 snapshots": ["report", "-q", stream]}
        for name, args in inputs.items():
            subprocess.run([MEMPROF, *args, "--format", "html", "-o", path], check=True)
            print(name)
            say("  size of the file", os.path.getsize(path) / 1e6, "MB", 2, True)
            ready = []
            for _ in range(5):
                page = browser.open(path)
                ready.append(page.eval("performance.getEntriesByName('ready')[0].startTime"))
                rates = [page.eval(PANNING % cell) for cell in (1, 4, 14)] if len(ready) == 5 else []
                blocks = page.eval("HeapMap.shown.heap.n")
                page.close()
            say("  %d blocks, from opening to ready, best of 5" % blocks, min(ready), "ms", 1000, True)
            for cell, rate in zip(("a pixel a block", "4 pixels a block", "14 pixels and a letter a block"), rates):
                say("  panning, " + cell, rate, "frames/s", 30, False)
        subprocess.run([MEMPROF, "report", "-q", "--format", "html", "-o", path, sys.argv[2]], check=True)
        say("a page of a small dump: what all have", os.path.getsize(path) / 1e3, "kB", 300, True)
    return 1 if missed else 0


sys.exit(main())
