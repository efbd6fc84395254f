#!/usr/bin/python3
"""How much longer a program takes under memprof run: with samples against --no-samples, in turn, the best of three each. By
its own clock; QEMU's board has none, and no asyncio, so there by memprof's clock, from the moment the program is sent.

usage: bench-run.py MEMPROF FIRMWARE_FOLDER
"""
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "device"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "leaks"))
from programs import library  # noqa: E402
from rig import FIRMWARE, memprof  # noqa: E402

LIMIT = 1.10
TRIES = 3
PROGRAMS = {
    "integers in a loop": "s = 0\nfor i in range(N * 300):\n    s += i & 3\n",
    "allocation": "for i in range(N * 20):\n    keep = [i, str(i), [i] * 6]\n",
    "JSON": "import json\ntext = json.dumps({'t': [1, 2, 3], 'name': 'sensor', 'a': {'b': [None, 1.5]}})\n"
            "for i in range(N * 6):\n    json.dumps(json.loads(text))\n",
    "asyncio": "import asyncio\nasync def one(n):\n    for i in range(n):\n        await asyncio.sleep_ms(0)\n"
               "async def main():\n    await asyncio.gather(*[one(N * 2) for k in range(4)])\nasyncio.run(main())\n",
    "strings": "for i in range(N * 2):\n    s = ''\n    for k in range(20):\n        s += '%d,' % (i + k)\n",
}
BEGIN = "import time as _t, gc as _g\n_g.collect()\n_a = _t.ticks_ms()\n"
END = "\nprint('took', _t.ticks_diff(_t.ticks_ms(), _a))\n"
N = {"unix": 12000, "rp2": 300, "qemu": 36000}


def took(name, script, *options):
    if name == "unix":
        p = memprof("run", "--quiet", "--bytes", *options, script, FIRMWARE.exec_uri("unix", heap="256k"), seconds=300)
    else:
        with FIRMWARE.board(name) as board:
            p = memprof("run", "--quiet", "--bytes", *options, script, board.path, seconds=600)
    n_samples = int(re.search(r"(\d+) samples? of its heap", p.stdout)[1])
    took_ms = re.search(r"^took (\d+)", p.stdout, re.M)
    return int(took_ms[1]) if took_ms else float(re.search(r"^  after ([\d.]+) s", p.stdout, re.M)[1]) * 1000, n_samples


missed = False
os.environ["MICROPYPATH"] = library(FIRMWARE)
for name, n in N.items():
    print("a program under run / without samples, %s" % name)
    for title, text in PROGRAMS.items():
        if name == "qemu" and title == "asyncio":
            continue
        with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
            text = text.replace("N *", "%d *" % n)
            script.write(text if name == "qemu" else BEGIN + text + END)
            script.flush()
            runs = [(took(name, script.name, "--no-samples"), took(name, script.name)) for _ in range(TRIES)]
        alone, under = (min(run[i][0] for run in runs) for i in range(2))
        ratio = under / alone
        print("  %-50s %8.2f x  limit %6.2f%s" % ("%s (%d / %d ms, %d samples)" % (title, under, alone, runs[-1][1][1]),
                                                  ratio, LIMIT, "  MISSED" if ratio > LIMIT else ""), flush=True)
        missed |= ratio > LIMIT
sys.exit(missed)
