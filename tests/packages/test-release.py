#!/usr/bin/python3
"""What scripts/release makes of a tag: run where there is nothing but the one file, on both processors, and made twice.

usage: test-release.py MEMPROF ROOT [TEST...]    exit 77 if a tool is missing
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

import commands
from commands import call, read

MEMPROF, ROOT = map(os.path.abspath, sys.argv[1:3])
TOOLS = ("aarch64-linux-gnu-gcc", "apt-get", "dpkg-source", "git", "qemu-aarch64-static", "readelf", "scdoc", "x86_64-linux-gnu-gcc",
         "x86_64-w64-mingw32-gcc", "zip")
DATA = os.path.join(ROOT, "tests/data")
DUMP = os.path.join(DATA, "dumps/rp2-1.25.0-fragmented.txt")
COMMANDS = (("report", "--json", DUMP),
            ("map", "--json", "--by", "symbol", os.path.join(DATA, "images/riscv64-bfd-b.map")),
            ("map", "--json", "--by", "source", os.path.join(DATA, "elf/arm-lines-z.elf")),
            ("layout", "--json", "--board", "raspberrypi-pico", "--map", os.path.join(DATA, "layout/pico.map")),
            ("boards",), ("devices", "--udev"), ("completion", "bash"))
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}    # a user's has no chroot
NAMESPACE = ["unshare", "--mount"] + ([] if os.getuid() == 0 else ["--map-root-user"])


def git(folder, *arguments):
    return call("git", "-C", folder, "-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", *arguments,
                env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}).decode()


def copy_tree(folder):
    """A repository with the files of this tree, uncommitted ones too, and the tag of its version."""
    files = [name for name in git(ROOT, "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others",
                                  "--exclude-standard").split("\0") if name and os.path.lexists(os.path.join(ROOT, name))]
    for name in files:
        os.makedirs(os.path.join(folder, os.path.dirname(name)), exist_ok=True)
        shutil.copy2(os.path.join(ROOT, name), os.path.join(folder, name), follow_symlinks=False)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "As it is", "--date", "2026-01-02T03:04:05Z")
    git(folder, "tag", "v" + VERSION)


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def release(tree, out, *arguments, **environment):
    # At a lower priority: others of the tests keep to real time.
    return subprocess.run(["nice", "-n", "5", os.path.join(tree, "scripts/release"), "-o", out, *arguments],
                          capture_output=True, text=True, env={**os.environ, **environment}, stdin=subprocess.DEVNULL)


def setUpModule():
    global OUT, TREE, VERSION, PROGRAMS, FOLDER
    folder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(folder.cleanup)
    FOLDER = folder.name
    TREE, OUT = os.path.join(FOLDER, "tree"), os.path.join(FOLDER, "out")
    VERSION = re.search(r"version: '([\d.]+)'", read(ROOT, "meson.build"))[1]
    os.mkdir(TREE)
    copy_tree(TREE)
    p = release(TREE, OUT, "v" + VERSION)
    if p.returncode:
        raise AssertionError(p.stderr[-8000:])
    PROGRAMS = {}
    for arch in ("x86_64", "aarch64"):
        name = "memprof-%s-linux-%s" % (VERSION, arch)
        with tarfile.open(os.path.join(OUT, name + ".tar.gz")) as tar:
            tar.extractall(FOLDER)
        PROGRAMS[arch] = os.path.join(FOLDER, name, "memprof")


class Release(unittest.TestCase):
    def test_sums(self):
        names = ["memprof-%s%s" % (VERSION, of) for of in (".tar.gz", "-linux-x86_64.tar.gz", "-linux-aarch64.tar.gz", "-windows-x86_64.zip")]
        self.assertEqual(sorted(os.listdir(OUT)), sorted(names + ["SHA256SUMS"]))
        call("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=OUT)
        self.assertEqual([line.split()[1] for line in read(OUT, "SHA256SUMS").splitlines()], names)
        with tarfile.open(os.path.join(OUT, names[0])) as tar:
            self.assertIn("memprof-%s/meson.build" % VERSION, tar.getnames())
            self.assertEqual({(member.uid, member.uname, int(member.mtime)) for member in tar},
                             {(0, "", int(git(TREE, "log", "-1", "--format=%ct")))})

    def test_contents(self):
        for arch, program in PROGRAMS.items():
            with self.subTest(arch):
                folder = os.path.dirname(program)
                self.assertIn(b"There is no dynamic section", call("readelf", "-d", program))
                for name in os.listdir(os.path.join(ROOT, "src/cmd")):
                    if name.endswith(".1.scd"):
                        self.assertIn(".TH", read(folder, "man/man1", name[:-4]))
                sbom = json.loads(read(folder, "sbom.spdx.json"))
                self.assertEqual(sbom["spdxVersion"], "SPDX-2.3")
                memprof, *libraries = sbom["packages"]
                self.assertEqual(memprof["checksums"][0]["checksumValue"], sha256(program))
                names = {library["name"] for library in libraries}
                self.assertEqual(sum(name.startswith("libgcc-") for name in names), 1)
                self.assertEqual(names - set(os.listdir(os.path.join(folder, "licences"))), set())
                for name in names:      # Debian's files refer to texts beside them
                    for common in re.findall(r"/usr/share/common-licenses/([\w.-]*\w)", read(folder, "licences", name)):
                        self.assertTrue(os.path.getsize(os.path.join(folder, "licences", common)), common)
                for library in libraries:
                    self.assertTrue(library["versionInfo"])
                    self.assertGreater(os.path.getsize(os.path.join(folder, "licences", library["name"])), 400)
                ids = {package["SPDXID"] for package in sbom["packages"]}
                linked = {r["relatedSpdxElement"] for r in sbom["relationships"] if r["relationshipType"] == "STATIC_LINK"}
                self.assertEqual(linked, ids - {memprof["SPDXID"]})

    def test_all_libraries_are_listed(self):
        """That scripts/static-root has for it."""
        sbom = json.loads(read(os.path.dirname(PROGRAMS["x86_64"]), "sbom.spdx.json"))
        listed, text = {package["name"] for package in sbom["packages"]}, read(ROOT, "scripts/static-root")
        fetched = re.search(r"packages=\(([^)]*)\n", text)[1].split() + re.search(r"sources=\((.*)\)", text)[1].split()
        self.assertEqual({name for name in fetched if name not in ("libcrypt-dev", "linux-libc-dev")} - listed, set())

    def test_windows(self):
        """The program is test-windows.py's."""
        name = "memprof-%s-windows-x86_64" % VERSION
        with zipfile.ZipFile(os.path.join(OUT, name + ".zip")) as archive:
            self.assertIsNone(archive.testzip())
            files = {os.path.relpath(item.filename, name): item for item in archive.infolist()}
            sbom = json.loads(archive.read(files["sbom.spdx.json"]))
            memprof, *libraries = sbom["packages"]
            self.assertEqual(memprof["checksums"][0]["checksumValue"], hashlib.sha256(archive.read(files["memprof.exe"])).hexdigest())
        self.assertEqual({library["name"] for library in libraries}, {
            "cjson", "elfutils", "gcc-mingw-w64-x86-64-posix", "libiberty", "libmd", "libz-mingw-w64-dev", "mingw-w64-x86-64-dev"})
        for library in libraries:
            self.assertGreater(files["licences/" + library["name"]].file_size, 400)
        for path in ("README.md", "LICENSE", "docs/install.md"):
            self.assertGreater(files[path].file_size, 100)
        self.assertFalse([path for path in files if path.startswith("man/")])

    def test_same_answers_everywhere(self):
        """As the memprof of this build; the ARM one in an emulator."""
        for command in COMMANDS:
            with self.subTest(command):
                expected = call(MEMPROF, *command, cwd="/")
                self.assertEqual(call(PROGRAMS["x86_64"], *command, cwd="/"), expected)
                self.assertEqual(call("qemu-aarch64-static", PROGRAMS["aarch64"], *command, cwd="/"), expected)

    def test_simulated_board(self):
        self.assertIn(b"Room to spare", call(PROGRAMS["x86_64"], "snap", "sim:pico", cwd="/"))
        served = call("timeout", "--preserve-status", "2", PROGRAMS["x86_64"], "serve", "--listen", "127.0.0.1:0", "sim:pico", cwd="/")
        self.assertIn(b"serving 1 board at", served)
        streams = [call(*command, "pico", "--fast", "--snapshots", "2", executable=executable) for command, executable in (
            (["memprof-sim"], PROGRAMS["x86_64"]), (["qemu-aarch64-static", "-0", "memprof-sim", PROGRAMS["aarch64"]], None))]
        self.assertGreater(len(streams[0]), 1000)
        self.assertEqual(*streams)

    def test_where_there_is_nothing_else(self):
        """In a folder of its own as the root of the file system."""
        with tempfile.TemporaryDirectory() as root:
            if subprocess.run(NAMESPACE + ["mount", "--rbind", "/proc", root], capture_output=True, env=ENVIRONMENT).returncode:
                self.assertIn(b"st-nucleo", call(PROGRAMS["x86_64"], "boards", cwd=root, env={}))     # a container forbids it
                return
            for path in (PROGRAMS["x86_64"], DUMP):
                shutil.copy(path, root)
            os.mkdir(os.path.join(root, "proc"))
            enter = NAMESPACE + ["sh", "-c", 'mount --rbind /proc "$0/proc" && exec chroot "$0" /memprof "$@"', root]
            for arguments, text in ((("report", os.path.basename(DUMP)), b"Fragmented"), (("boards",), b"raspberrypi-pico2"),
                                    (("snap", "sim:"), b"Room to spare"), (("devices", "--udev"), b"2e8a")):
                with self.subTest(arguments):
                    self.assertIn(text, call(*enter, *arguments, env=ENVIRONMENT))

    def test_made_again_it_is_the_same(self):
        """Elsewhere, in another zone of time, with other rights for new files."""
        again, out = os.path.join(FOLDER, "another place"), os.path.join(FOLDER, "again")
        git(FOLDER, "clone", "-q", TREE, again)
        self.addCleanup(os.umask, os.umask(0o077))
        for system, archive in (("x86_64", "-linux-x86_64.tar.gz"), ("windows", "-windows-x86_64.zip")):
            folder = os.path.join(out, system)
            p = release(again, folder, "--only", system, "v" + VERSION, TZ="Asia/Tokyo", LANG="tr_TR.UTF-8")
            self.assertEqual(p.returncode, 0, p.stderr)
            for name in ("memprof-%s.tar.gz" % VERSION, "memprof-%s%s" % (VERSION, archive)):
                self.assertEqual(*(sha256(os.path.join(of, name)) for of in (OUT, folder)), name)

    def test_what_is_no_release(self):
        git(TREE, "tag", "v9.9")
        for arguments, code, message in ((["v1.2.3"], 1, "no tag 'v1.2.3'"), (["v9.9"], 1, "meson.build has version '%s'" % VERSION),
                                         ([], 2, "release [-o DIR]"), (["--only", "mips", "v" + VERSION], 1, "unknown SYSTEM 'mips'")):
            with self.subTest(arguments):
                out = os.path.join(FOLDER, "none")
                p = release(TREE, out, *arguments)
                self.assertEqual(p.returncode, code, p.stderr)
                self.assertIn(message, p.stderr)
                self.assertFalse(os.path.exists(out))

    def test_a_folder_with_another_release(self):
        """SHA256SUMS would not list what is in it. Nothing is built."""
        out = os.path.join(FOLDER, "old")
        os.mkdir(out)
        open(os.path.join(out, "memprof-0.0.1.tar.gz"), "w").close()
        p = release(TREE, out, "v" + VERSION)
        self.assertEqual(p.returncode, 1, p.stderr)
        self.assertEqual(p.stderr, "release: %s has memprof-0.0.1.tar.gz, which is not of this run; use an empty folder\n" % out)
        self.assertEqual(os.listdir(out), ["memprof-0.0.1.tar.gz"])


sys.exit(commands.main(TOOLS, sys.argv[3:]))
