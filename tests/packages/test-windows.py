#!/usr/bin/python3
"""memprof for Windows (scripts/build-windows), run by Wine: it prints what memprof prints on Linux.

usage: test-windows.py MEMPROF ROOT GOLDEN [TEST...]    exit 77 if a tool is missing; GOLDEN: the program test-golden
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import commands
from commands import call

MEMPROF, ROOT, GOLDEN = map(os.path.abspath, sys.argv[1:4])
TOOLS = ("apt-get", "dpkg-source", "meson", "ninja", "pkg-config", "wine", "wineserver", "x86_64-w64-mingw32-gcc",
         "x86_64-w64-mingw32-objdump")
TESTS = os.path.join(ROOT, "tests")
DUMP = "data/dumps/rp2-1.25.0-fragmented.txt"
OLD, NEW, ELF = "data/images/riscv64-bfd-a.map", "data/images/riscv64-bfd-b.map", "data/elf/arm-lines-z.elf"
FILES_ONLY = "reads files only"
OK = "[       OK ]"
# In thousands of runs, Wine fails to begin one, and says nothing. memprof has a reason on stderr or a budget on stdout.
NOT_BEGUN = (1, b"", b"")
# Golden files that this build prints otherwise, besides those with the message that it reads files only.
OTHERWISE = {
    "bad-nul": "nul.bin is a device there, like every nul.*",
    "devices-udev-record.txt": "there are no boards to name in rules",
    "sources.txt": "there are fewer sources",
    "usage-escapes": "an argument there is no text without UTF-8",
}
PROFILE = "data/sites/callbacks.json"
# Of each command what it is for, and each format.
SAME = (
    ("report", DUMP), ("report", "--json", DUMP), ("report", "--map", "full", DUMP), ("report", "--format", "html", DUMP),
    ("report", "--need", "64K", DUMP), ("report", "--color", "always", DUMP), ("report", "data/dumps/nothere.txt"),
    ("report", "data/dumps"), ("report", "--json", "data/dumps/unix-1.25.0-leak-64k.txt"),
    ("trend", "--json", "data/dumps/unix-1.25.0-leak-64k.txt"), ("trend", "data/dumps/unix-1.25.0-leak-64k.txt"),
    ("leaks", DUMP, "data/dumps/unix-1.25.0-leak-64k.txt"), ("leaks", "--json", "data/dumps/unix-1.25.0-leak-64k.txt"),
    ("export", "--format", "csv", DUMP), ("export", "--format", "json", "data/agent/saved"), ("export", "--format", "perfetto", DUMP),
    ("map", NEW), ("map", "--json", NEW), ("map", "--json", "--by", "symbol", "--top", "0", "data/images/micropython-qemu-a.map"),
    ("map", "--json", "--by", "source", ELF), ("map", "--json", "--by", "stack", ELF), ("map", "--format", "html", NEW),
    ("map", "--json", "--by", "source", "data/elf/x86-mold.elf"), ("map", "data/names/linkage.map"),
    ("diff", OLD, NEW), ("diff", "--json", OLD, NEW), ("diff", "--exit-code", OLD, NEW),
    ("layout", "--json", "--board", "raspberrypi-pico", "--map", "data/layout/pico.map", "--dump", DUMP),
    ("layout", "--partitions", "data/layout/partitions.csv"), ("layout", "--format", "svg", "--board", "raspberrypi-pico"),
    ("check", "data/budget/image.json", "--map", NEW), ("check", "--json", "data/budget/image.json", "--map", NEW),
    ("check", "--json", "data/budget/good.json", "--map", NEW, "--dump", DUMP), ("check", "data/budget/bad-cut.json", "--map", NEW),
    ("hex", "data/hex/flash.bin", "0", "256"), ("hex", "--json", "data/hex/pico.uf2", "0x10000000"), ("hex", ELF, "main"),
    ("objects", "data/objects/qemu.mem"), ("objects", "--json", "data/objects/rp2.mem"),
    ("objects", "--json", "--since", "data/objects/before.mem", "data/objects/after.mem"),
    ("objects", "--elf", "data/core/program.elf", "data/core/x86-64.core"),
    ("sites", "--json", PROFILE), ("sites", "--format", "html", PROFILE), ("sites", "--format", "speedscope", PROFILE),
    ("sites", "--format", "pprof", PROFILE),
    ("sites", "--by", "tree", PROFILE), ("sites", "--since", PROFILE, PROFILE), ("sites", "data/sites/nothere.json"),
    ("report", "--figures", "\\free {free}", DUMP), ("boards",), ("boards", "raspberrypi-pico"), ("report", "--help"), ("check", "--help=all"), ("help", "formats"), ("nothing",),
)


def setUpModule():
    global FOLDER, PROGRAM, ENVIRONMENT, WRAPPER
    folder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(folder.cleanup)
    FOLDER = folder.name
    PROGRAM = os.path.join(FOLDER, "memprof.exe")
    ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "DISPLAY", "LANG", "NO_COLOR")}
    ENVIRONMENT.update(LC_ALL="C.UTF-8", TZ="UTC", XDG_CONFIG_HOME="/nonexistent", WINEDEBUG="-all", WINEPREFIX=os.path.join(FOLDER, "wine"))
    p = subprocess.run(["nice", "-n", "5", os.path.join(ROOT, "scripts/build-windows"), "-o", PROGRAM], stdin=subprocess.DEVNULL,
                       capture_output=True, text=True)
    if p.returncode:
        raise AssertionError(p.stderr[-8000:])
    os.mkdir(ENVIRONMENT["WINEPREFIX"])
    unittest.addModuleCleanup(subprocess.run, ["wineserver", "-k"], env=ENVIRONMENT, check=False)    # of this folder
    # One server for all runs, which may fail while it ends and begins again. What Wine starts beside a program would
    # keep our pipes open.
    for command in (["wineserver", "-p"], ["wine", PROGRAM, "--version"]):
        subprocess.run(command, env=ENVIRONMENT, check=True, **dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL))
    WRAPPER = os.path.join(FOLDER, "memprof")
    pathlib.Path(WRAPPER).write_text('#!/bin/sh\nexec wine "%s" "$@"\n' % PROGRAM, "utf-8")
    os.chmod(WRAPPER, 0o755)


def run(program, *arguments, cwd=TESTS, **options):
    """(exit code, stdout, stderr)"""
    options.setdefault("stdin", None if "input" in options else subprocess.DEVNULL)
    for _ in range(3):
        p = subprocess.run([program, *arguments], cwd=cwd, capture_output=True, env=ENVIRONMENT, **options)
        if (p.returncode, p.stdout, p.stderr) != NOT_BEGUN:
            break
    return p.returncode, p.stdout, p.stderr


def golden(*names):
    """What the tests with these names print, or all, by their names."""
    p = subprocess.run([GOLDEN, WRAPPER, *names], cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                       errors="replace", check=False, env={**ENVIRONMENT, "CMOCKA_MESSAGE_OUTPUT": "STDOUT"}, stdin=subprocess.DEVNULL)
    parts = re.split(r"^\[ RUN      \] (\S+)\n", p.stdout, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def of_windows(path):
    """Z: is / of Linux."""
    return "Z:" + os.path.abspath(path).replace("/", "\\")


class Windows(unittest.TestCase):
    def test_nothing_but_windows_is_needed(self):
        text = call("x86_64-w64-mingw32-objdump", "-p", PROGRAM).decode(errors="replace")
        self.assertEqual(set(re.findall(r"DLL Name: (\S+)", text)) - {"KERNEL32.dll", "ADVAPI32.dll", "msvcrt.dll"}, set())
        self.assertIn(b"<activeCodePage ", pathlib.Path(PROGRAM).read_bytes())

    def test_same_answers(self):
        codes = set()
        for arguments in SAME:
            with self.subTest(arguments):
                expected = run(MEMPROF, *arguments)
                codes.add(expected[0])
                self.assertTrue(expected[1] or expected[2])
                self.assertEqual(run(WRAPPER, *arguments), expected)
        self.assertEqual(codes, {0, 1, 2})      # a broken budget, bad input

    def test_golden_files(self):
        """All that Linux prints, but for what needs a board."""
        def is_as_it_should(name):
            return OK in results[name] or FILES_ONLY in results[name] or name in OTHERWISE

        results = golden()
        for name in results:
            if not is_as_it_should(name):
                results.update(golden(name))    # NOT_BEGUN
                self.assertTrue(is_as_it_should(name), results[name][:2000])
        passed = [name for name, text in results.items() if OK in text]
        self.assertGreater(len(passed), 500)
        self.assertEqual(set(OTHERWISE) & set(passed), set())

    def test_boards_are_refused(self):
        for arguments in (("attach",), ("attach", "/dev/ttyACM0"), ("snap", "COM3"), ("run", "x.py"), ("leaks", "x.py"), ("leaks", "COM3"), ("view", DUMP), ("devices",),
                          ("sites", "x.py"), ("sites", "x.py", "exec:micropython"), ("sites", "--first-alloc", "f", "x.py"),
                          ("sites", "--attach"), ("sites", "--attach", "--cpu", "gdb:localhost:1"),
                          ("agent", "install"), ("history", "log"), ("report", "COM3"), ("report", "sim:leak"), ("trend", "tcp:a:1"),
                          ("export", "--format", "csv", "sim:leak"),
                          ("trend", "ws:a"), ("hex", "exec:micropython", "0"), ("hex", "auto", "0"), ("objects",), ("objects", "gdb:localhost:1"),
                          ("layout", "--live", "auto"), ("check", "data/budget/good.json", "--live", "/dev/ttyACM0"),
                          ("check", "data/budget/good.json", "--per-test", "COM3", "--run", "x.py"), ("report", "usb:2e8a:0005")):
            with self.subTest(arguments):
                code, out, err = run(WRAPPER, *arguments)
                self.assertEqual((code, out), (2, b""))
                self.assertIn(FILES_ONLY, err.decode())
                self.assertEqual(err.count(b"\n"), 1, err)

    def test_help_lists_what_there_is(self):
        listed = {name: re.findall(r"^  (\w+) ", run(program, "--help")[1].decode(), flags=re.M) for name, program in
                  (("here", WRAPPER), ("linux", MEMPROF))}
        self.assertEqual([name for name in listed["linux"] if name in listed["here"]],
                         [name for name in listed["linux"] if not name or run(WRAPPER, name, "--help")[0] == 0])
        self.assertEqual(set(listed["here"]) - set(listed["linux"]), set())
        self.assertEqual(run(WRAPPER, "help", "sources")[1].decode().count("\n"), 3)

    def test_paths_of_windows(self):
        for arguments in (("report", DUMP), ("map", "--json", NEW), ("map", "--json", "--by", "source", ELF)):
            with self.subTest(arguments):
                path = os.path.join(TESTS, arguments[-1])
                expected, there = (
                    (code, *(text.replace(b"Z:/", b"/").split() for text in texts))     # two letters more: lines break elsewhere
                    for code, *texts in (run(MEMPROF, *arguments[:-1], path), run(WRAPPER, *arguments[:-1], of_windows(path))))
                self.assertEqual(there, expected)
        self.assertEqual(run(WRAPPER, "report", "data\\dumps\\none.txt")[2],
                         b"data/dumps/none.txt: error: cannot open it: No such file or directory\n")

    def test_files_are_written(self):
        """With bytes as on Linux; the suffix selects the format, an old file is replaced, nothing else is left."""
        with tempfile.TemporaryDirectory(prefix="mit Raum und größe.") as folder:
            for name in ("page.html", "report.json", "picture.svg", "report.log", "größe.txt", "page.html"):
                path = pathlib.Path(folder, name)
                with self.subTest(name):
                    self.assertEqual(run(WRAPPER, "report", DUMP, "-o", of_windows(path)), (0, b"", b""))
                    here = path.read_bytes()
                    self.assertEqual(run(MEMPROF, "report", DUMP, "-o", path), (0, b"", b""))
                    self.assertEqual(here, path.read_bytes())
            several = ("check", "data/budget/image.json", "--map", NEW)
            code = run(MEMPROF, *several)[0]
            self.assertEqual(run(WRAPPER, *several, "-o", "junit:" + of_windows(folder + "/check.junit"), "-o", of_windows(folder + "/check.md"),
                                 "-o", of_windows(folder + "/c.json"))[0], code)
            self.assertIn("<testsuite", pathlib.Path(folder, "check.junit").read_text("utf-8"))
            self.assertEqual(sorted(os.listdir(folder)), sorted(
                ["c.json", "check.junit", "check.md", "größe.txt", "page.html", "picture.svg", "report.json", "report.log"]))

    def test_an_input_is_never_written_to(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(os.path.join(TESTS, DUMP), os.path.join(folder, "a.txt"))
            for path in ("a.txt", "A.TXT", ".\\a.txt", of_windows(folder + "/a.txt")):
                with self.subTest(path):
                    code, _, err = run(WRAPPER, "report", "a.txt", "-o", path, cwd=folder)
                    self.assertEqual(code, 2, err)
                    self.assertIn(b"this file is an input", err)
            self.assertEqual(os.listdir(folder), ["a.txt"])

    def test_a_budget_is_made_and_tightened(self):
        with tempfile.TemporaryDirectory() as folder:
            for program, name in ((WRAPPER, "here.json"), (MEMPROF, "linux.json")):
                path = os.path.join(folder, name)
                for arguments in (("check", "--init", path, "--map", OLD), ("check", "--update", path, "--map", NEW), ("check", path, "--map", NEW)):
                    with self.subTest(arguments):
                        self.assertIn(run(program, *arguments)[0], (0, 1))
            here, linux = (pathlib.Path(folder, name).read_bytes() for name in ("here.json", "linux.json"))
            self.assertEqual(here, linux)
            self.assertTrue(json.loads(here))
            self.assertEqual(sorted(os.listdir(folder)), ["here.json", "linux.json"])

    def test_standard_streams_have_bytes(self):
        binary, log = (pathlib.Path(TESTS, name).read_bytes() for name in ("data/hex/flash.bin", DUMP))
        for arguments, given in ((("report", "--json", "-"), log.replace(b"\n", b"\r\n")), (("report", "-"), b"\x1a\r\n" + log),
                                 (("hex", "-", "0", "64"), binary), (("report", "--raw-atb", "0x20000000:4096", "-"), bytes(range(256)) * 4)):
            with self.subTest(arguments):
                self.assertEqual(run(WRAPPER, *arguments, input=given), run(MEMPROF, *arguments, input=given))

    def test_a_long_log_goes_through_a_temporary_file(self):
        """src/cli/spool.c; more samples than it keeps in memory."""
        line = b"stack: 500 out of 8192\r\nGC: total: 245760, used: %d, free: %d\r\n No. of 1-blocks: 9, 2-blocks: 9, max blk sz: 9, max free sz: 99\r\n"
        log = b"".join(line % (i, 245760 - i) for i in range(1000, 5000))
        expected = run(MEMPROF, "report", "--json", "-", input=log)
        self.assertGreater(len(expected[1]), 300000)
        self.assertEqual(run(WRAPPER, "report", "--json", "-", input=log), expected)

    def test_a_closed_pipe_ends_in_silence(self):
        p = subprocess.run(["bash", "-c", '"$0" map --json --by symbol --top 0 data/images/micropython-qemu-a.map | head -c 1; exit ${PIPESTATUS[0]}',
                            WRAPPER], cwd=TESTS, capture_output=True, env=ENVIRONMENT, stdin=subprocess.DEVNULL, check=False)
        self.assertEqual((p.returncode, p.stdout, p.stderr), (0, b"{", b""))


sys.exit(commands.main(TOOLS, sys.argv[4:]))
