"""A page of every kind that memprof makes, for what must hold of them all (test-all.py)."""

import json
import os
import subprocess

import pages
from pages import DATA


def data(*parts):
    """By a link in the folder of make(): pages show the name, and that of a clone may be of any length."""
    return os.path.join("data", *parts)


DUMP = data("dumps", "rp2-1.25.0-fragmented.txt")
OLD, NEW = (data("images", "riscv64-bfd-%s.map" % letter) for letter in "ab")
LIMITS = [
    {"name": "flash", "region": "FLASH", "max_used": "1K"},
    {"region": "RAM", "max_used": "90%", "warn_at": "1%"},
    {"component": "libapp", "max_size": 900},
    {"section": ".nowhere", "max_size": "100K"},
    {"heap": "gc", "at": "every", "max_used": "10K"},
    {"heap": "gc", "max_used": "1M"},
]
# name: command, arguments, exit code; BUDGET and the current folder, a repository, are those of make().
PAGES = {
    "report": ("report", [DUMP], 0),
    "report-agent": ("report", [data("agent", "pools")], 0),
    "report-tasks": ("report", [data("agent", "tasks")], 0),
    "snap": ("snap", ["sim:badgeware"], 0),
    "map": ("map", [data("images", "micropython-qemu-a.map")], 0),
    "map-elf": ("map", [data("images", "riscv64-bfd-a.elf")], 0),
    "map-stack": ("map", ["--by", "stack", data("elf", "arm-lines.elf")], 0),
    "map-overflow": ("map", [data("images", "arm-overflow.map")], 0),
    "diff": ("diff", [OLD, NEW], 0),
    "diff-heaps": ("diff", ["--old-dump", "1", DUMP, DUMP], 0),
    "diff-none": ("diff", [OLD, OLD], 0),
    "check": ("check", ["BUDGET"], 2),
    "check-map": ("check", ["BUDGET", "--map", NEW], 2),
    "check-diff": ("check", ["BUDGET", "--map", NEW, "--baseline", OLD], 2),
    "check-dump": ("check", ["BUDGET", "--dump", DUMP], 2),
    "history": ("history", [], 0),
    "layout": ("layout", ["--board", "raspberrypi-pico", "--map", data("layout", "pico.map"), "--dump", DUMP], 0),
    "layout-conflict": ("layout", ["--board", "raspberrypi-pico", "--map", data("layout", "pico-too-large.map")], 0),
    "trend": ("trend", [data("synthetic", "trend-leak-1.txt")], 0),
    "trend-pools": ("trend", [data("agent", "pools")], 0),
    "leaks": ("leaks", [data("dumps", "unix-1.25.0-leak-64k.txt")], 0),
    "leaks-list": ("leaks", [data("fleet"), data("synthetic", "trend-leak-1.txt")], 0),
    "objects": ("objects", [data("objects", "unix-split.mem")], 0),
    "sites": ("sites", [data("sites", "callbacks.json")], 0),
    "sites-since": ("sites", ["--since", data("sites", "callbacks.json"), data("sites", "callbacks.json")], 0),
    "objects-since": ("objects", ["--since", data("objects", "before.mem"), data("objects", "after.mem")], 0),
}


def make(folder):
    """All of them, in a folder: name: path."""
    def git(*arguments):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments], check=True, capture_output=True,
                       cwd=folder)

    os.symlink(os.path.abspath(DATA), os.path.join(folder, "data"))
    budget = os.path.join(folder, "budget.json")
    with open(budget, "w", encoding="utf-8") as f:
        json.dump({"schema": "memprof.budget/1", "budgets": LIMITS}, f)
    git("init", "-q", "-b", "main", ".")
    for k in range(4):
        figures = [{"subject": "region", "name": "FLASH", "used": 1000 + 7 * k}, {"subject": "component", "name": "py", "bytes": 2000 - 10 * k},
                   {"subject": "section", "name": ".text", "bytes": 900 + k}]
        git("commit", "--allow-empty", "-q", "-m", "change %d" % k)
        git("notes", "--ref", "memprof", "add", "-m", json.dumps({"schema": "memprof.history/1", "builds": [
            {"name": "rp2", "format": "gnu-ld", "image_bytes": 4000 + k, "figures": figures}]}))
    made = {}
    for name, (command, arguments, code) in PAGES.items():
        made[name] = os.path.join(folder, name + ".html")
        arguments = [budget if one == "BUDGET" else one for one in arguments]
        pages.memprof(command, "-o", made[name], *arguments, codes=(code,), cwd=folder)
    return made
