#!/usr/bin/python3
"""The Debian packages: built from the tree, checked by lintian, installed in an empty Debian 12 and used there.

usage: test-debian.py ROOT [TEST...]    exit 77 if a tool is missing
"""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

import commands
from commands import read

ROOT = os.path.abspath(sys.argv[1])
TOOLS = ("apt-get", "arm-none-eabi-gcc", "dh", "dpkg-buildpackage", "lintian", "make", "mmdebstrap", "unshare")
# The root is entered in a namespace of mounts, which end with the command; as a user, in one of users too.
NAMESPACE = ["unshare", "--mount"] + ([] if os.getuid() == 0 else ["--map-root-user", "--map-auto"])
ENTER = 'root=$1; shift; mount --rbind /dev "$root/dev" && mount --rbind /proc "$root/proc" && exec chroot "$root" "$@"'
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", "TERM": "dumb",
               "DEBIAN_FRONTEND": "noninteractive",
               **{name: value for name, value in os.environ.items() if name.endswith("_proxy")}}
AGENT = "usr/share/memprof/firmware-agent"
DUMP = "tests/data/dumps/rp2-1.25.0-fragmented.txt"
MAP = "tests/data/images/riscv64-bfd-b.map"


def call(*command, **options):
    return commands.call(*command, **options).decode()


def status():
    return call("git", "-c", "safe.directory=*", "-C", ROOT, "status", "--porcelain") if os.path.exists(
        os.path.join(ROOT, ".git")) else ""


def files_below(folder):
    return sorted(os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names)


def may_enter():
    return subprocess.run(NAMESPACE + ["true"], capture_output=True).returncode == 0


class Folder:
    """Where a container allows no namespace of mounts: the packages are unpacked, and used from there."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "root")
        os.mkdir(self.folder)

    def install(self, packages):
        for package in packages:
            call("dpkg-deb", "-x", package, self.folder)

    def add_source(self, archive):
        os.mkdir(os.path.join(self.folder, "source"))
        call("tar", "-xf", archive, "-C", os.path.join(self.folder, "source"), "--strip-components=1")

    def run(self, *command):
        below = os.path.join(self.folder, "usr")
        environment = {**ENVIRONMENT, "PATH": os.path.join(below, "bin") + ":" + ENVIRONMENT["PATH"],
                       "MANPATH": os.path.join(below, "share/man"), "HOME": self.folder}
        words = [re.sub("^/source/", "source/", word) for word in command]
        return call(*words, env=environment, cwd=self.folder).replace(below + "/", "/usr/")

    def purge(self, *packages):
        for name in packages:
            files = call("sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | tar -t', "sh", PACKAGES[name]).split()
            for path in (os.path.join(self.folder, name) for name in files if not name.endswith("/")):
                os.unlink(path)

    def remove(self):
        pass


class Machine:
    """An empty Debian 12 in a folder."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "root")
        os.mkdir(self.folder)
        self.cache = call(os.path.join(ROOT, "scripts/debian-root")).strip()
        call(*NAMESPACE, "tar", "-xf", os.path.join(self.cache, "root.tar"), "-C", self.folder, "--exclude=./dev/*")
        # Nobody needs it after a crash, and others of the tests are not to wait for its disk.
        call(*NAMESPACE, "sh", "-c", "echo force-unsafe-io >$1/etc/dpkg/dpkg.cfg.d/unsafe-io", "sh", self.folder)

    def install(self, packages):
        """By apt, with what they depend on. What had to be fetched is kept for the next time."""
        archives = os.path.join(self.folder, "var/cache/apt/archives")
        kept = os.path.join(self.cache, "archives")
        copy = ["cp", "-n", "-t"]
        if os.listdir(kept):
            call(*NAMESPACE, *copy, archives, *glob.glob(os.path.join(kept, "*.deb")))
        call(*NAMESPACE, *copy, os.path.join(self.folder, "tmp"), *packages)
        self.run("apt-get", "install", "-y", "-q", "--no-install-recommends",
                 *["/tmp/" + os.path.basename(package) for package in packages])
        call(*NAMESPACE, *copy, kept, *glob.glob(os.path.join(archives, "*.deb")))

    def add_source(self, archive):
        call(*NAMESPACE, "mkdir", os.path.join(self.folder, "source"))
        call(*NAMESPACE, "tar", "-xf", archive, "-C", os.path.join(self.folder, "source"), "--strip-components=1")

    def run(self, *command):
        return call(*NAMESPACE, "sh", "-c", ENTER, "sh", self.folder, *command, env=ENVIRONMENT)

    def purge(self, *packages):
        self.run("dpkg", "--purge", *packages)

    def remove(self):
        call(*NAMESPACE, "rm", "-rf", self.folder)


def setUpModule():
    global OUT, PACKAGES, MACHINE, BEFORE, AFTER, LINTIAN, COMPLAINTS
    folder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(folder.cleanup)
    OUT = os.path.join(folder.name, "packages")
    BEFORE = status()
    # One compiler at a time, at a lower priority: others of the tests keep to real time.
    built = call("nice", "-n", "5", os.path.join(ROOT, "scripts/build-packages"), "-o", OUT,
                 env={**os.environ, "DEB_BUILD_OPTIONS": "nocheck parallel=1", "MEMPROF_NO_INSTALL": "1"}).split()
    AFTER = status()
    PACKAGES = {re.match(r"(.*?)_", os.path.basename(path)).group(1): path for path in built if path.endswith(".deb")}
    changes = [path for path in built if path.endswith(".changes")]
    COMPLAINTS = os.path.join(folder.name, "lintian")
    with open(COMPLAINTS, "w", encoding="utf-8") as out:
        LINTIAN = subprocess.Popen(["lintian", "--allow-root", "--fail-on", "error,warning", *changes], stdout=out, stderr=out)
    unittest.addModuleCleanup(LINTIAN.wait)
    if not may_enter():
        print("no namespace of mounts here: the packages are unpacked into a folder")
    MACHINE = (Machine if may_enter() else Folder)(folder.name)
    unittest.addModuleCleanup(MACHINE.remove)
    MACHINE.install([PACKAGES["memprof"], PACKAGES["memprof-agent-src"]])
    # The source package, for the tests of the installed program.
    MACHINE.add_source(glob.glob(os.path.join(OUT, "*.tar.xz"))[0])


class Build(unittest.TestCase):
    def test_the_tree_is_as_before(self):
        self.assertEqual(AFTER, BEFORE)

    def test_all_packages_are_there(self):
        self.assertEqual(sorted(PACKAGES), ["memprof", "memprof-agent-src", "memprof-dbgsym"])

    def test_lintian_has_no_complaint(self):
        LINTIAN.wait()
        self.assertEqual((LINTIAN.returncode, read(COMPLAINTS)), (0, ""))

    def test_wrong_usage(self):
        for wrong in (["-o"], ["-x"], ["here"]):
            p = subprocess.run([os.path.join(ROOT, "scripts/build-packages"), *wrong], capture_output=True, text=True)
            self.assertEqual((p.returncode, p.stdout, p.stderr.startswith("# build-packages [-o DIR]")), (2, "", True), wrong)


class Program(unittest.TestCase):
    def test_version(self):
        version = re.search(r"version: '(.*)'", read(ROOT, "meson.build")).group(1)
        self.assertTrue(MACHINE.run("memprof", "--version").startswith("memprof " + version))

    def test_report_of_a_dump(self):
        report = json.loads(MACHINE.run("memprof", "report", "--json", "/source/" + DUMP))
        self.assertEqual(report["schema"], "memprof.report/1")
        self.assertIn("Fragmented: 149.6 KiB of 240.4 KiB free", MACHINE.run("memprof", "report", "/source/" + DUMP))

    def test_map(self):
        self.assertIn("FLASH", MACHINE.run("memprof", "map", "/source/" + MAP))

    def test_simulated_board(self):
        self.assertIn("Heap gc at", MACHINE.run("memprof", "snap", "sim:badgeware"))
        served = MACHINE.run("timeout", "--preserve-status", "2", "memprof", "serve", "--listen", "127.0.0.1:0", "sim:pico")
        self.assertIn("serving 1 board at", served)

    def test_boards_and_agent_files_are_found(self):
        self.assertIn("raspberrypi-pico", MACHINE.run("memprof", "boards"))
        installed = set(os.listdir(os.path.join(MACHINE.folder, "usr/share/memprof")))
        source = set(os.listdir(os.path.join(ROOT, "layouts"))) | set(glob.glob("*.py", root_dir=os.path.join(ROOT, "firmware-agent")))
        source |= set(glob.glob("*.mpy", root_dir=os.path.join(ROOT, "firmware-agent/mpy")))
        self.assertEqual(source - installed, {"meson.build"})

    def test_manual_pages(self):
        for page in glob.glob("*.1.scd", root_dir=os.path.join(ROOT, "src/cmd")):
            name = page[:-len(".1.scd")]
            self.assertEqual(MACHINE.run("man", "-w", name).strip(), "/usr/share/man/man1/%s.1.gz" % name)

    def test_completions(self):
        for path in ("bash-completion/completions/memprof", "zsh/site-functions/_memprof", "fish/vendor_completions.d/memprof.fish"):
            self.assertIn("__complete", read(MACHINE.folder, "usr/share", path))

    def test_udev_rule_has_all_boards(self):
        rules = read(MACHINE.folder, "lib/udev/rules.d/60-memprof.rules")
        printed = MACHINE.run("memprof", "devices", "--udev")
        self.assertEqual(rules, re.sub(r"(?m)^#     .*\n", "", printed))
        self.assertEqual(rules.count('TAG+="uaccess"'), len(json.loads(read(ROOT, "layouts/usb-ids.json"))["ids"]))

    def test_links_between_documents(self):
        folder = os.path.join(MACHINE.folder, "usr/share/doc/memprof")
        for document in ["README.md", *("docs/" + name for name in glob.glob("*.md", root_dir=os.path.join(folder, "docs")))]:
            for link in re.findall(r"\]\(([a-z-]+\.md)\)", read(folder, document)):
                self.assertTrue(os.path.exists(os.path.join(folder, os.path.dirname(document), link)), (document, link))

    def test_autopkgtests(self):
        """Without the third, for which the root would need a compiler: Agent does that and more."""
        tests = re.findall(r"(?m)^Tests: (.*)$", read(ROOT, "debian/tests/control"))
        self.assertEqual(tests, ["saved-dump, simulated-board", "agent"])
        for name in tests[0].split(", "):
            # A word on stderr is a failure there.
            MACHINE.run("sh", "-c", "cd source && AUTOPKGTEST_TMP=$(mktemp -d) && export AUTOPKGTEST_TMP && debian/tests/%s 2>$AUTOPKGTEST_TMP/errors && "
                        "cat $AUTOPKGTEST_TMP/errors >&2 && [ ! -s $AUTOPKGTEST_TMP/errors ]" % name)


class Agent(unittest.TestCase):
    def test_all_files_are_there_and_the_same(self):
        source, installed = os.path.join(ROOT, "firmware-agent"), os.path.join(MACHINE.folder, AGENT)
        names = [name for name in files_below(source) if name != "meson.build" and "__pycache__" not in name]
        self.assertEqual(files_below(installed), names)
        for name in names:
            with open(os.path.join(source, name), "rb") as a, open(os.path.join(installed, name), "rb") as b:
                self.assertEqual(a.read(), b.read(), name)

    def test_example_builds_where_it_is_installed(self):
        """With the compiler of this machine. The folders are not written to."""
        with tempfile.TemporaryDirectory() as out:
            example = os.path.join(MACHINE.folder, "usr/share/memprof/examples/bare-metal")
            before = files_below(example)
            call("make", "-C", example, "BUILD=" + out, "CFLAGS=-Os -g -Werror")
            self.assertEqual(files_below(example), before)
            self.assertTrue(os.path.getsize(os.path.join(out, "node.elf")))
            depends = "".join(read(path) for path in glob.glob(os.path.join(out, "**/*.d"), recursive=True))
        self.assertIn("include/memprof/agent.h", depends)
        self.assertNotIn(ROOT, depends)

    def test_c99_files_compile_alone(self):
        agent = os.path.join(MACHINE.folder, AGENT)
        files = [os.path.join(agent, name) for name in re.findall(
            r"'((?:core|extra|pools|tasks)/\w+\.c)'", read(ROOT, "firmware-agent/meson.build"))]
        self.assertGreater(len(files), 15)
        with tempfile.TemporaryDirectory() as out:
            call("arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-std=c99", "-Wall", "-Wextra", "-Werror",
                 "-I" + os.path.join(agent, "include"), "-c", *files, cwd=out)

    def test_files_of_the_makefile_and_of_cmake(self):
        """Every source that micropython.mk and micropython.cmake name."""
        agent = os.path.join(MACHINE.folder, AGENT)
        for name in re.findall(r"\$\{CMAKE_CURRENT_LIST_DIR\}/([\w/.-]+\.\w+)", read(agent, "micropython.cmake")):
            self.assertTrue(os.path.isfile(os.path.join(agent, name)), name)
        for folder, names in re.findall(r"addprefix \$\(MEMPROF_DIR\)/([\w/]+)/, ([\w. ]+\.c)\)", read(agent, "micropython.mk")):
            for name in names.split():
                self.assertTrue(os.path.isfile(os.path.join(agent, folder, name)), (folder, name))


class Removal(unittest.TestCase):
    """Unittest sorts classes by name: the last."""

    def test_nothing_is_left(self):
        MACHINE.purge("memprof", "memprof-agent-src")
        left = [path for folder in ("usr", "lib/udev", "etc") for path in files_below(os.path.join(MACHINE.folder, folder))
                if "memprof" in path]
        self.assertEqual(left, [])


sys.exit(commands.main(TOOLS, sys.argv[2:]))
