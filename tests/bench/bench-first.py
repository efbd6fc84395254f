#!/usr/bin/python3
"""CPU time against version 0.1, which read less and so is what a reader may cost: both run in turns, after a program that all
know. Version 0.1 is built here, from the repository's history.

usage: bench-first.py MEMPROF ROOT FOLDER MAP ELF LOG...      FOLDER is for what is made; logs are repeated up to 50 MB
"""
import os
import shutil
import subprocess
import sys

from bench import MEMPROF, missed, row

VERSION_0_1 = "33684f1"
LOG_BYTES = 50_000_000
ROOT, FOLDER, MAP, ELF = sys.argv[2:6]
LOGS = sys.argv[6:]


def build_first():
    at = os.path.join(FOLDER, "memprof-0.1")
    if not os.path.exists(at + "/build/memprof"):
        archive = subprocess.run(["git", "-C", ROOT, "archive", VERSION_0_1], capture_output=True)
        if archive.returncode:
            print("version 0.1 is not in the history of this copy: skipped")
            sys.exit(77)
        os.makedirs(at, exist_ok=True)
        subprocess.run(["tar", "-x", "-C", at], input=archive.stdout, check=True)
        subprocess.run(["meson", "setup", at + "/build", at], stdout=subprocess.DEVNULL, check=True)
        subprocess.run(["ninja", "-C", at + "/build", "memprof"], stdout=subprocess.DEVNULL, check=True)
    return at + "/build/memprof"


def make_log():
    path = os.path.join(FOLDER, "first.log")
    samples = [open(log, "rb").read() for log in LOGS]
    with open(path, "wb") as out:
        while out.tell() < LOG_BYTES:
            out.writelines(samples)
    return path


def cpu_s(command, nowhere=os.open("/dev/null", os.O_WRONLY)):
    to_nowhere = [(os.POSIX_SPAWN_DUP2, nowhere, fd) for fd in (1, 2)]
    pid = os.posix_spawn(shutil.which(command[0]), command, dict(os.environ, LC_ALL="C"), file_actions=to_nowhere)
    status, used = os.wait4(pid, 0)[1:]
    if status:
        raise SystemExit("%s: exit status %d" % (" ".join(command), status))
    return used.ru_utime + used.ru_stime


def compare(what, n_tries, other, options, limit):
    commands = [other, [first, *options], [MEMPROF, *options]]
    best = [min(times) for times in zip(*[[cpu_s(command) for command in commands] for _ in range(n_tries)])]
    row(what, best[2] / best[1], "x", limit)
    print("  against %s: %.2fx, and %.2fx in 0.1 (%.1f ms)" % (other[0], best[2] / best[0], best[1] / best[0], best[0] * 1e3))


first = build_first()
log = make_log()
compare("--version", 100, ["true"], ["--version"], 1.7)
compare("map of %.1f MB" % (os.path.getsize(MAP) / 1e6), 50, ["wc", MAP], ["map", MAP], 1.3)
if os.path.exists(ELF):
    compare("map --by symbol of an ELF, %.1f MB" % (os.path.getsize(ELF) / 1e6), 30, ["nm", "-S", "--size-sort", ELF],
            ["map", "--by", "symbol", ELF], 1.3)
compare("report of %d MB of dumps" % (LOG_BYTES / 1e6), 5, ["wc", log], ["report", log], 1.75)
os.unlink(log)
sys.exit(bool(missed))
