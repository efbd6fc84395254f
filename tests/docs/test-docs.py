#!/usr/bin/python3
"""Holds the documents to the program.

usage: test-docs.py Pages|Examples|Board MEMPROF ROOT [MAN_PAGE...]

Pages     man pages against --help, the built MAN_PAGEs by man, links, limits, environment
Examples  every command line in the documents that needs no board, run as written
Board     those that need one, on the firmware in $MEMPROF_FIRMWARE (as tests/device/run-device)

A command line is what follows "$ " in the EXAMPLES of a man page or in a ```console block, a line of an
indented block that begins with "memprof ", and each example of --help. It must end with 0, unless the
text before it or its comment says "exits with N". One that runs "until Ctrl-C" gets one. Where output
follows it in a ```console block, that is what it must print; MEMPROF_BLESS=1 writes it there anew.
"""
import contextlib
import fcntl
import glob
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import termios
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import default_signals  # noqa: E402, F401
from waits import wait_for  # noqa: E402

MEMPROF, ROOT, BUILT = os.path.abspath(sys.argv[2]), os.path.abspath(sys.argv[3]), sys.argv[4:]
SOURCES = sorted(glob.glob(os.path.join(ROOT, "src", "cmd", "*.1.scd")))
DOCUMENTS = [os.path.join(ROOT, "README.md"), *sorted(glob.glob(os.path.join(ROOT, "docs", "*.md")))]
# A command that means the only board.
AUTO = re.compile(r"^(.*\bmemprof (?:attach|snap|record|serve|(?:run|leaks) \S+\.py|sites (?:--first-alloc \S+ )?\S+\.py|test \S+\.py|agent \w+)\b)(?!.*(?:exec:|/dev/|tcp:|ws:|sim:|gdb:))")
CONFIG = tempfile.TemporaryDirectory(prefix="memprof-docs-")     # the user's own stays as it is
SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "EXIT STATUS", "SEE ALSO"]
# What the examples read, and what it is a copy of.
SAMPLES = {
    "crash.log": "tests/data/dumps/rp2-1.25.0-fragmented.txt", "strings.log": "tests/data/synthetic/strings.txt",
    "esphome.log": "tests/data/figures/esphome.log", "flash.bin": "tests/data/hex/flash.bin", "before.mem": "tests/data/objects/qemu.mem",
    **dict.fromkeys(("night.log", "monday.log", "tuesday.log"), "tests/data/dumps/unix-1.25.0-leak-64k.txt"),
    "firmware.elf.map": "tests/data/images/arm-bfd-a.map", "firmware.elf": "tests/data/images/arm-bfd-a.elf",
    "link-output.txt": "tests/data/images/arm-bfd-a.memory.txt",
    "old.map": "tests/data/images/riscv64-bfd-a.map", "new.map": "tests/data/images/riscv64-bfd-b.map",
    **{name: "tests/data/layout/" + name for name in ("pico.map", "pico-too-large.map", "esp32c3.map", "partitions.csv", "esp8266.ld", "esp8266.elf")},
    **{name: "tests/data/sites/" + name for name in ("callbacks.json", "callbacks.py")}, "fixed.json": "tests/data/sites/fixed/callbacks.json",
    **{name: "examples/" + name for name in ("leak.stream", "budget.json", "heap-budget.json", "heap_test.py")},
}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def environment(**more):
    ours = {k: v for k, v in os.environ.items()
            if k not in ("COLUMNS", "NO_COLOR", "MEMPROF_PAGER", "PAGER", "LESS", "LANGUAGE")}
    return {**ours, "LC_ALL": "C.UTF-8", "TERM": "dumb", "XDG_CONFIG_HOME": CONFIG.name, **more}


def memprof(*arguments):
    return subprocess.run([MEMPROF, *arguments], capture_output=True, text=True, timeout=60,
                          env=environment())


def commands():
    return re.findall(r"^  ([a-z]+) +\S", memprof("--help").stdout, re.M)


def page(name):
    """The sections of a man page's source."""
    text = read(os.path.join(ROOT, "src", "cmd", name + ".1.scd"))
    parts = re.split(r"^# (.*)$", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def plain(text):
    return re.sub(r"\\(.)|[*_]", r"\1", text).strip()


class Pages(unittest.TestCase):
    def test_every_command_has_a_page_and_every_page_a_command(self):
        names = ["memprof"] + ["memprof-" + c for c in commands()]
        self.assertGreater(len(names), 4)
        self.assertEqual(sorted(names), sorted(os.path.basename(p)[:-6] for p in SOURCES))
        overview = page("memprof")
        for name in commands():
            self.assertIn("*%s*" % name, overview["COMMANDS"])
            self.assertIn("*memprof-%s*(1)" % name, overview["SEE ALSO"])

    def test_every_page_has_its_sections_in_order(self):
        for name in ["memprof"] + ["memprof-" + c for c in commands()]:
            with self.subTest(name):
                self.assertEqual([s for s in page(name) if s in SECTIONS],
                                 [s for s in SECTIONS if s != "EXIT STATUS"][:4] +
                                 (["EXIT STATUS", "EXAMPLES"] if name == "memprof" else
                                  ["EXAMPLES", "EXIT STATUS"]) + ["SEE ALSO"])

    def test_help_is_narrow_and_ends_with_0(self):
        for arguments in [["--help"], ["--version"], *([c, h] for c in commands() for h in ("--help", "--help=all"))]:
            with self.subTest(arguments):
                p = memprof(*arguments)
                self.assertEqual((p.returncode, p.stderr), (0, ""))
                self.assertEqual([line for line in p.stdout.splitlines() if len(line) > 80], [])
        self.assertEqual((memprof().returncode, memprof().stdout), (2, memprof("--help").stdout))

    def test_options_of_help_and_page_are_the_same(self):
        for name in commands():
            with self.subTest(name):
                text, sections = memprof(name, "--help=all").stdout, page("memprof-" + name)
                self.assertEqual(
                    re.findall(r"^(?:\*(-.)\*, )?\*--([a-z-]+)\*(?: _([A-Za-z|]+)_)?$", sections["OPTIONS"], re.M),
                    re.findall(r"^  (?:(-.), )?--([a-z-]+)(?: ([A-Za-z|]+))?  +\S", text, re.M))
                head = re.match(r"memprof (\S+: .*)\n\nUsage: (.*)\n", text)
                self.assertEqual(plain(sections["NAME"]), "memprof-" + head[1].replace(": ", " - ", 1))
                self.assertEqual(plain(sections["SYNOPSIS"]), head[2])
                self.assertIn("See memprof-%s(1)." % name, text)

    def test_help_has_the_common_options_and_counts_the_others(self):
        n_short = 0
        for name in commands():
            with self.subTest(name):
                short, full = memprof(name, "--help").stdout, memprof(name, "--help=all").stdout
                options = [set(re.findall(r"^  (?:-., )?--(\S+)", text, re.M)) for text in (short, full)]
                more = re.search(r"^--help=all shows (\d+) more options?\. See memprof-", short, re.M)
                self.assertLessEqual(options[0], options[1])
                self.assertEqual(len(options[1] - options[0]), int(more[1]) if more else 0)
                self.assertNotIn("--help=all shows", full)
                self.assertLess(len(short.splitlines()), 24)
                n_short += more is not None
        self.assertGreater(n_short, 10)
        p = memprof("map", "--help=some")
        self.assertEqual((p.returncode, p.stdout, p.stderr),
                         (2, "", "memprof: error: --help takes no value, or all, not 'some'\n"))

    def test_what_else_memprof_1_lists(self):
        overview = page("memprof")
        kinds, simulated = memprof("help", "sources").stdout.split("\n\n")
        for name in re.findall(r"^  (\S.*?)  ", kinds, re.M):
            self.assertIn(name, plain(overview["SOURCES"]))
        profiles = re.findall(r"^  sim:(\w+)", simulated, re.M)
        self.assertGreater(len(profiles), 5)
        for name in profiles:
            self.assertRegex(plain(overview["SIMULATED BOARDS"]), r"(?m)^%s$" % name)
        asked = set()
        for path in glob.glob(os.path.join(ROOT, "src", "**", "*.c"), recursive=True):
            asked |= set(re.findall(r'getenv\("(\w+)"\)', read(path)))
        self.assertGreater(len(asked), 3)
        for name in asked:
            self.assertTrue("*%s*" % name in overview["ENVIRONMENT"], name)
        codes = re.findall(r"^\tEXIT_\w+ = (\d),", read(os.path.join(ROOT, "include/memprof/cli/command.h")), re.M)
        self.assertEqual(re.findall(r"^\*(\d)\*$", overview["EXIT STATUS"], re.M), codes)

    def test_what_logs_md_lists(self):
        text = read(os.path.join(ROOT, "docs", "logs.md"))
        for line in memprof("help", "formats").stdout.splitlines():
            self.assertIn(line.split()[0], text)
        for header, name in (("include/memprof/model/heap.h", "HEAP_BLOCKS_MAX"),
                             ("include/memprof/model/heap.h", "HEAP_AREAS_MAX"),
                             ("src/protocol/console/lines.h", "LINE_MAX_BYTES")):
            value = re.search(name + r"\s*= ([0-9 <]+)", read(os.path.join(ROOT, header)))[1]
            self.assertTrue(re.search(r"\| %d\b" % eval(value), text), "%s, %s" % (name, value))

    def test_links_lead_somewhere(self):
        for path in DOCUMENTS + [os.path.join(ROOT, name) for name in (
                "HACKING.md", "CHANGELOG.md", "tests/README.md", "firmware-agent/README.md", "firmware-agent/PORTING.md",
                "examples/bare-metal/README.md")]:
            for link in re.findall(r"\]\(([^)#:]+)\)", read(path)):
                self.assertTrue(os.path.exists(os.path.join(os.path.dirname(path), link)), (path, link))

    def test_the_readme_is_short_and_its_pictures_exist(self):
        self.assertLessEqual(os.path.getsize(os.path.join(ROOT, "README.md")), 8192)
        for path in DOCUMENTS:
            for link in re.findall(r'\bsrc(?:set)?="([^"]+)"', read(path)):
                self.assertTrue(os.path.exists(os.path.join(os.path.dirname(path), link)), (path, link))

    def test_index_has_every_document(self):
        linked = re.findall(r"\]\(([a-z-]+\.md)\)", read(os.path.join(ROOT, "docs", "README.md")))
        documents = {os.path.basename(path) for path in DOCUMENTS} - {"README.md"}
        self.assertEqual(sorted(linked), sorted(documents))
        installed = re.findall(r"'([a-z-]+\.md)'", read(os.path.join(ROOT, "docs", "meson.build")))
        self.assertEqual(sorted(installed), sorted(documents))

    def test_paths_in_hacking_md_exist(self):
        tops = tuple(name + "/" for name in ("src", "viewers", "include", "firmware-agent", "tests", "docs", "layouts", "scripts"))
        paths = [p for p in re.findall(r"`([\w./*-]+)`", read(os.path.join(ROOT, "HACKING.md")))
                 if p.startswith(tops) and not re.search(r"NAME|BOARD", p)]
        self.assertGreater(len(paths), 40)
        self.assertEqual([p for p in paths if not glob.glob(os.path.join(ROOT, p))], [])

    def test_changelog_begins_with_the_version(self):
        version = memprof("--version").stdout.split()[1]
        headings = re.findall(r"^## \[(\S+)\]", read(os.path.join(ROOT, "CHANGELOG.md")), re.M)
        self.assertEqual(headings[0], version)

    def test_built_pages_please_man(self):
        if not BUILT or not shutil.which("man"):
            self.skipTest("no scdoc or no man here")
        self.assertEqual(len(BUILT), len(SOURCES))
        for path in BUILT:
            p = subprocess.run(["man", "--warnings", "-l", path], capture_output=True, text=True,
                               env=environment(MANWIDTH="80", MANROFFSEQ="t"))
            self.assertEqual((p.returncode, p.stderr), (0, ""), path)
            wide = [line for line in p.stdout.splitlines() if len(line) > 80]
            self.assertEqual(wide, [], path)


class Block:
    """Command lines that belong together, and what is said about them."""

    def __init__(self, place, said, lines):
        self.place, self.steps = place, []
        for line in lines:
            if line.startswith("$ "):
                self.steps.append([line[2:], said + line, []])
            elif self.steps and self.steps[-1][0].endswith("\\"):
                self.steps[-1][0] += "\n" + line
            elif self.steps:
                self.steps[-1][2].append(line)

    def needs_board(self):
        return any(re.search(r"exec:|/dev/|gdb:", line) or AUTO.search(line) for line, _, _ in self.steps)


def fences(text, language):
    """(what is said before it, its lines) of every ``` block of that language."""
    for found in re.finditer(r"^```%s\n(.*?)^```$" % language, text, re.M | re.S):
        said = text[:found.start()].rstrip().rsplit("\n\n", 1)[-1]
        yield " ".join(said.split()), found[1].splitlines()


def blocks_of(path):
    text = read(path)
    name = os.path.relpath(path, ROOT)
    if path.endswith(".scd"):
        for said, lines in fences(page(os.path.basename(path)[:-6])["EXAMPLES"], ""):
            yield Block(name, said, lines)
        return
    for said, lines in fences(text, "console"):
        yield Block(name, said, lines)
    for line in re.findall(r"^    (?:\$ )?(memprof .*)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S),
                           re.M):
        yield Block(name, "", ["$ " + line])


def blocks_of_help():
    for name in commands():
        for line in memprof(name, "--help").stdout.split("Examples:\n")[1].splitlines():
            if line.startswith("  memprof "):
                endless = (" attach " in line and "--count" not in line) or " record " in line or " serve " in line
                yield Block("memprof %s --help" % name, "until Ctrl-C" if endless else "", ["$ " + line[2:]])


class Runner(unittest.TestCase):
    """Runs the blocks of a document, one after another, in a folder of its own."""

    def prepare(self, folder, path):
        def at(*names):
            return os.path.join(folder, *names)
        for name in ("bin", "build", ".local/share/bash-completion/completions"):
            os.makedirs(at(name))
        os.symlink(MEMPROF, at("bin", "memprof"))
        os.symlink(MEMPROF, at("build", "memprof"))
        os.symlink(os.path.join(ROOT, "tests"), at("tests"))
        shutil.copytree(os.path.join(ROOT, "examples"), at("examples"))
        for name, source in SAMPLES.items():
            shutil.copy(os.path.join(ROOT, source), at(name))
        with open(at("esp.log"), "w") as esp, open(at("node.log"), "w") as node:
            for i in range(9):
                free, largest = 81234 - 1000 * i, 31744 - 2048 * i
                esp.write("I (%d312) app: Heap: %d/327680 bytes free, min 63112, largest %d\n" % (i, free, largest))
                node.write("heap %d of 327680\nFree memory: %d\nLargest block: %d\n" % (free, free, largest))
        for name, log in (("night", "leak.stream"), ("monday", "monday.log"), ("tuesday", "leak.stream")):
            subprocess.run([MEMPROF, "convert", "-q", "-o", at(name + ".mprof"), at(log)], check=True)
        shutil.copy(at("night.mprof"), at("damaged.mprof"))
        self.make_tests(at)
        self.make_repository(folder)
        table = pathlib.Path(ROOT, "tests/data/synthetic/table.bin").read_bytes()
        pathlib.Path(at("atb.bin")).write_bytes(table.ljust(15384 // 4, b"\0"))
        for _, lines in fences(read(path), "log") if path else ():
            write(at("twelve.log"), "\n".join(lines) + "\n")
        for _, lines in fences(read(os.path.join(ROOT, "docs/board-files.md")), "json"):
            write(at("acme-camera.json"), "\n".join(lines) + "\n")

    @staticmethod
    def make_tests(at):
        """Test files, limits for them, and what an older run wrote."""
        row = {"outcome": "passed", "peak": 90000, "peak_is_least": False, "kept": 90000, "largest_free": 1000, "collections": 0,
               "collecting_us": 0}
        for name, text in (("test_net.py", "log = [bytearray(40) for i in range(20)]\n"), ("test_radio.py", "print('SKIP')\n"),
                           ("tests.json", json.dumps({"schema": "memprof.budget/1", "budgets": [
                               {"test": "test_net.py", "max_peak": "64K", "max_growth": 0}]})),
                           ("old.json", json.dumps({"schema": "memprof.check/1", "tests": [dict(row, name="test_net.py")]}))):
            write(at(name), text)

    def make_repository(self, folder):
        """Two commits, on main and on a branch, of which old.map and new.map are."""
        def run(*command):
            subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment(
                HOME=folder, GIT_CONFIG_NOSYSTEM="1", **{"GIT_%s_%s" % (who, what): value for who in ("AUTHOR", "COMMITTER")
                                                        for what, value in (("NAME", "memprof"), ("EMAIL", "m@example.org"),
                                                                            ("DATE", "2026-11-%02d 12:00 +0000" % self.n_day))}))
        for self.n_day, branch, name, subject in (18, "main", "old.map", "app: start"), (20, "filters", "new.map", "app: filter samples"):
            if self.n_day == 18:
                run("git", "init", "-q", "-b", branch)
                write(os.path.join(folder, "Makefile"), "all:\n\tmkdir -p build && cp tests.map build/firmware.elf.map\n")
            else:
                run("git", "checkout", "-q", "-b", branch)
            shutil.copy(os.path.join(folder, name), os.path.join(folder, "tests.map"))
            run("git", "add", "Makefile", "tests.map")
            run("git", "commit", "-q", "-m", subject)
            run(MEMPROF, "history", "add", "--name", "riscv", name)

    def run_on_a_screen(self, folder, line):
        """On a terminal, with a q typed once there is something on it."""
        ours, theirs = pty.openpty()
        env = environment(HOME=folder, PATH=os.path.join(folder, "bin") + ":" + os.environ["PATH"], TERM="xterm")
        p = subprocess.Popen(["bash", "-o", "pipefail", "-c", line], cwd=folder, env=env, stdin=theirs,
                             stdout=theirs, stderr=subprocess.PIPE, text=True, start_new_session=True,
                             preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(theirs)
        seen, typed = b"", False
        while select.select([ours], [], [], 60)[0]:
            try:
                seen += os.read(ours, 65536)
            except OSError:     # it has ended
                break
            if not typed and (b"snapshot" in seen or b"PROFILE" in seen):
                os.write(ours, b"q")
                typed = True
        os.close(ours)
        _, err = p.communicate(timeout=10)
        return p.returncode, "", err

    @staticmethod
    def n_recorded(path):
        """Of each session, its snapshots."""
        with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(sqlite3.connect("file:%s?mode=ro" % path, uri=True)) as db:
            return dict(db.execute("SELECT session, snapshots FROM sessions"))
        return {}

    def when_it_works(self, folder, line):
        """A function of what it has printed: whether it has shown, or recorded, three snapshots of each board."""
        if " record " not in line:
            shown = r"^ +\d+:\d\d\.\d{3} |^\{" if " attach " in line else r"^serving |samples are taken|agent found"
            return lambda printed: len(re.findall(shown, printed, re.M)) >= (3 if " attach " in line else 1)
        path = os.path.join(folder, re.search(r" -o (\S+)", line)[1])
        n_boards, before = len(re.findall(r" \w+=", line)) or 1, self.n_recorded(path)
        return lambda printed: sum(n >= 3 for session, n in self.n_recorded(path).items() if session not in before) >= n_boards

    def run_line(self, folder, line, until_ctrl_c):
        line = re.sub(r"\bmemprof serve\b(?!.*--listen)", "memprof serve --listen 127.0.0.1:0", line)   # whoever has the usual port
        if re.search(r"\bmemprof view\b", line):
            return self.run_on_a_screen(folder, line)
        env = environment(HOME=folder, PATH=os.path.join(folder, "bin") + ":" + os.environ["PATH"])
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            def printed():
                return [os.pread(file.fileno(), 1 << 24, 0).decode().replace("\r\n", "\n") for file in (out, err)]
            works = self.when_it_works(folder, line) if until_ctrl_c else None
            p = subprocess.Popen(["bash", "-o", "pipefail", "-c", line], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=err, start_new_session=True)
            try:
                if until_ctrl_c:
                    wait_for(lambda: p.poll() is not None or works("".join(printed())), lambda: "%s: %s" % (line, printed()), every=0.05)
                if until_ctrl_c and p.poll() is None:
                    os.killpg(p.pid, signal.SIGINT)
                p.wait(90)
            except subprocess.TimeoutExpired:
                self.fail("it does not end: " + line)
            finally:
                if p.poll() is None:
                    os.killpg(p.pid, signal.SIGKILL)
                    p.wait()
            return p.returncode, *printed()

    def run_block(self, folder, block):
        for line, said, wanted in block.steps:
            with self.subTest(block.place, line=line):
                code, out, err = self.run_line(folder, self.on_a_board(line), "until Ctrl-C" in said)
                exits = re.search(r"exits with (\d)", said)
                self.assertEqual(code, int(exits[1]) if exits else 0, err)
                if wanted and out.splitlines() != wanted and os.environ.get("MEMPROF_BLESS"):
                    bless(os.path.join(ROOT, block.place), line, wanted, out)
                elif wanted:
                    self.assertEqual(out, "\n".join(wanted) + "\n")
                self.n_run += 1

    def on_a_board(self, line):
        return line

    def run_all(self, wants_board):
        self.n_run, self.n_left = 0, 0
        for path in [*SOURCES, *DOCUMENTS, None]:
            blocks = list(blocks_of(path) if path else blocks_of_help())
            with tempfile.TemporaryDirectory() as folder:
                self.prepare(folder, path)
                for block in blocks:
                    if block.needs_board() == wants_board:
                        self.run_block(folder, block)
                    else:
                        self.n_left += len(block.steps)
        print("%d command lines run, %d %s" % (self.n_run, self.n_left, "that need no board are not"
              if wants_board else "that need a board are not: test docs-board runs them"))
        self.assertGreater(self.n_run, 10)


def bless(path, line, wanted, out):
    text = read(path)
    before = "$ %s\n%s\n```" % (line, "\n".join(wanted))
    assert text.count(before) == 1, path
    write(path, text.replace(before, "$ %s\n%s```" % (line, out)))


class Examples(Runner):
    def test_command_lines(self):
        self.run_all(False)


class Board(Runner):
    """With a micropython on the PATH, a pty in place of each /dev/ttyACM0, /dev/pts/3 and of the only board, and QEMU in place
    of gdb:localhost:3333."""

    SAMPLED = "import memprof\nmemprof.start(300)\nwhile True:\n bytearray(100)\n"
    PRINTS_DUMPS = ("import micropython, time\nwhile True:\n micropython.mem_info(1)\n time.sleep_ms(300)\n")

    def prepare(self, folder, path):
        super().prepare(folder, path)
        self.program, self.sampled = (os.path.join(folder, name) for name in ("dumps.py", "sampled.py"))
        write(self.program, self.PRINTS_DUMPS)
        write(self.sampled, self.SAMPLED)
        write(os.path.join(folder, "bin", "micropython"), '#!/bin/sh\nexec %s "$@"\n' % " ".join(self.firmware.command("unix")), 0o755)
        os.symlink(self.firmware.file("qemu.elf"), os.path.join(folder, "mps2.elf"))

    def on_a_board(self, line):
        if self.board:
            self.board.close()
            self.board = None
        if "gdb:localhost:3333" in line:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                server = "127.0.0.1:%d" % free.getsockname()[1]
            self.board = self.make(self.firmware.command("qemu") + ["-gdb", "tcp:" + server])
            return line.replace("localhost:3333", server).replace("firmware.elf", "mps2.elf")
        line = AUTO.sub(r"\1 /dev/ttyACM0", line)
        if not re.search(r"/dev/(ttyACM0|pts/3)\b", line):
            return line
        if "socat" in line and not shutil.which("socat"):
            self.skipTest("no socat here")
        if "memprof test" in line:  # which resets the board
            self.board = self.make(self.firmware.command("qemu"), prompt=True)
            return line.replace("/dev/ttyACM0", self.board.path)
        if "--attach" in line:      # a program that has started the agent in its firmware
            self.board = self.make(self.firmware.command("unix-agent-pools") + [self.sampled], prompt=False)
            return line.replace("/dev/ttyACM0", self.board.path)
        listens = "--listen-only" in line
        folder = os.path.dirname(self.program)  # what is written there is gone afterwards
        self.board = self.make(["env", "-C", folder, "HOME=" + folder] + self.firmware.command("unix")
                               + [self.program] * listens, prompt=not listens)
        return re.sub(r"/dev/(ttyACM0|pts/3)\b", self.board.path, line)

    def test_command_lines(self):
        self.board = None
        try:
            self.run_all(True)
        finally:
            if self.board:
                self.board.close()


def find_firmware():
    cache = os.environ.get("MEMPROF_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "memprof")
    folder = os.environ.get("MEMPROF_FIRMWARE") or os.path.join(cache, "firmware", "out")
    if not os.path.exists(os.path.join(folder, "unix.elf")):
        n = sum(len(b.steps) for p in [*SOURCES, *DOCUMENTS] for b in blocks_of(p) if b.needs_board())
        n += sum(len(b.steps) for b in blocks_of_help() if b.needs_board())
        print("no firmware in %s; %d command lines that need a board are skipped" % (folder, n))
        sys.exit(77)
    sys.path.insert(0, os.path.join(ROOT, "tests", "device"))
    import board
    Board.make, Board.firmware = board.Board, board.Firmware(folder)


if __name__ == "__main__":
    if sys.argv[1] == "Board":
        find_firmware()
    unittest.main(argv=[sys.argv[0], "-v", sys.argv[1]])
