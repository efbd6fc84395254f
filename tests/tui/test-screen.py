#!/usr/bin/python3
"""attach and view on a real terminal: what is on the screen, keys and the mouse, and that the terminal is given back.

usage: test-screen.py MEMPROF ROOT [UNITTEST-ARGUMENTS...]

Goldens are screens of saved logs, so that no clock is in them; MEMPROF_BLESS=1 writes them anew."""
import glob
import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

from tmux import Tmux

MEMPROF, ROOT = os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1))
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")
LOG = "tests/data/dumps/rp2-1.25.0-fragmented.txt"
DUMP = pathlib.Path(ROOT, LOG).read_bytes()
LEAK = "tests/data/dumps/unix-1.25.0-leak-64k.txt"
BOTTOM = "Help"         # of the last line, when all is drawn


def view(terminal, *arguments, log=LOG, **environment):
    """At the last moment, wherever it opens."""
    terminal.run([MEMPROF, "view", *arguments, log], before="cd %s;" % ROOT, **environment)
    terminal.wait("snapshot")
    terminal.keys("G")
    screens = [None]

    def is_drawn(screen):
        """Twice the same, as a screen may be seen half drawn."""
        screens.append(screen)
        return BOTTOM in screen and re.search(r"snapshot \d+( (?!of)|$)", screen, re.M) and screen == screens[-2]
    return terminal.wait(is_drawn, BOTTOM)


def attach(terminal, *arguments, **environment):
    terminal.run([MEMPROF, "attach", *arguments], **environment)
    return terminal.wait(r"snapshot \d+")


def leave(terminal):
    terminal.keys("q")
    return terminal.wait_for_shell()


def memprof_of(terminal):
    """Its process: the simulated board is a child of it."""
    pid = int(terminal.ask("pane_pid")[0])
    while not os.path.samefile("/proc/%d/exe" % pid, MEMPROF):
        pid = int(pathlib.Path("/proc/%d/task/%d/children" % (pid, pid)).read_text().split()[0])
    return pid


def memprof(*arguments):
    return subprocess.run([MEMPROF, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=60, stdin=subprocess.DEVNULL)


class Case(unittest.TestCase):
    def refused(self, *arguments):
        p = memprof(*arguments)
        self.assertEqual((p.returncode, p.stdout), (2, ""))
        return p.stderr


class Golden(unittest.TestCase):
    def compare(self, name, screen):
        path = pathlib.Path(GOLDEN, name + ".txt")
        if os.environ.get("MEMPROF_BLESS"):
            path.write_text(screen, "utf-8")
        self.assertEqual(screen, path.read_text("utf-8"), name)

    def test_a_log_at_several_sizes(self):
        for columns, rows in ((80, 24), (40, 10), (132, 43), (200, 60)):
            with self.subTest(columns=columns), Tmux(columns, rows) as t:
                self.compare("rp2-%dx%d" % (columns, rows), view(t))

    def test_a_name_alone_opens_its_screen(self):
        """As memprof view does, of a log and of a profile; with an option it is text."""
        for file, words in ((LOG, "snapshot 1 of"), ("tests/data/sites/callbacks.json", "callbacks.py")):
            with self.subTest(file), Tmux(80, 24) as t:
                t.run([MEMPROF, file], before="cd %s;" % ROOT)
                t.wait("(?s)%s.*%s" % (words, BOTTOM))
                self.assertEqual(t.ask("alternate_on"), ["1"])
                leave(t)
        with Tmux(80, 24) as t:
            t.run([MEMPROF, LOG, "--need", "16K", "--no-pager"], before="cd %s;" % ROOT)
            t.wait_for_exit(0)

    def test_a_log_of_many_dumps(self):
        with Tmux(80, 24) as t:
            self.compare("leak-80x24", view(t, log=LEAK))
            t.keys("(")
            t.wait("snapshot 1 of")
            t.keys("d", "G")
            t.wait("by change against")
            t.wait(lambda s: "shown" not in s.split("\n")[0], "no note any more")
            self.compare("leak-changed-80x24", t.screen())

    def test_the_console_goes_along(self):
        """Of a recording: what the program had printed by then, and nothing that memprof said to the board."""
        with Tmux(80, 24) as t:
            screen = view(t, log="examples/leak.stream")
            self.assertIn("100 handlers", screen)
            self.assertNotRegex(screen, "memprof end|mem_info|===|main.py: 9")
            t.keys("(")
            screen = t.wait("main.py: 9 modules loaded")
            self.assertNotIn("100 handlers", screen)
            t.keys("W")
            t.wait("console, wrapped 1-")

    def test_without_utf8(self):
        with Tmux(80, 24) as t:
            screen = view(t, LC_ALL="C")
            self.assertTrue(screen.isascii())
            self.compare("rp2-ascii-80x24", screen)

    def test_a_memory_file(self):
        with Tmux(140, 36) as t:
            view(t, log="tests/data/objects/fragmented.mem")
            t.keys("c")
            self.compare("memory-140x36", t.wait("most of it: "))
            t.keys("6", "Enter")
            t.wait("^.*  log: list  holds 3920 B in 80 objects")
            t.keys("/")
            t.type("log[7]")
            t.keys("Enter")
            t.wait(r"  log\[7\]: bytearray")

    def test_the_help(self):
        with Tmux(80, 24) as t:
            view(t)
            t.keys("?")
            t.wait("this help")
            self.compare("help-80x24", t.screen())


class Profile(Case):
    """view of an allocation profile that sites has saved."""
    FILE = "tests/data/sites/callbacks.json"

    def view(self, terminal, *arguments, file=FILE, **environment):
        terminal.run([MEMPROF, "view", *arguments, file], before="cd %s;" % ROOT, **environment)
        return terminal.wait(BOTTOM)

    def test_keys(self):
        with Tmux(120, 40) as t:
            self.view(t)
            t.keys("2")
            t.wait(r"^> 12902896 .* - callbacks.py:10 <module>")
            t.keys("Down", "Left")
            t.wait(r"\+ callbacks.py:6 step")
            t.keys("Right")
            t.wait(r"^> 12851519 .* - callbacks.py:6 step")
            t.keys("a")
            t.wait(r"KiB +ALIVE")
            t.keys("3", "/")
            t.type("__init__")
            t.wait("find: __init__")
            t.keys("Enter")
            t.wait(r"^>    28831 .*callbacks.py:3 __init__")
            t.keys("a", "1", "5", "Down")
            t.wait(r"^>    15649 .*handlers ← callbacks.py:7 step")
            t.wait(r"^>    22546 .* 7      if i%40==0")
            t.keys("?")
            t.wait("only what was still alive, or all")
            t.keys("Escape", "i")
            t.wait("shares are within")
            t.keys("Escape")
            t.wait(BOTTOM)
            t.keys("q")
            t.wait_for_exit(0)

    def test_the_mouse(self):
        with Tmux(120, 40) as t:
            screen = self.view(t).split("\n")
            t.click(screen[1].index("calls"), 1)
            screen = t.wait(r"\+ callbacks.py:2 <module>").split("\n")
            y = next(i for i, line in enumerate(screen) if "+ callbacks.py:2" in line)
            t.click(screen[y].index("+"), y)
            t.wait(r"^> .* - callbacks.py:2 <module>")
            t.wheel(5, 5)
            t.wait(lambda s: not re.search(r"^> .* - callbacks.py:2 ", s, re.M), "another line")
            t.click(t.screen().split("\n")[39].index("Help"), 39)
            t.wait("this help")

    def test_any_size(self):
        with Tmux(80, 24) as t:
            self.view(t)
            for columns, rows in ((132, 43), (40, 10), (30, 8), (80, 24)):
                t.resize(columns, rows)
                t.wait(lambda s: len(s.split("\n")) == rows + 1, "%d rows" % rows)
                t.wait("^needs 40x10" if rows < 10 else BOTTOM)
            t.wait(r"^> 11241783  87.0%")

    def test_where_sources_are(self):
        with tempfile.TemporaryDirectory() as folder, Tmux(100, 40) as t:
            shutil.copy(os.path.join(ROOT, self.FILE), folder)
            file = os.path.join(folder, "callbacks.json")
            self.view(t, file=file)
            t.wait("its source was not found: --sources DIR")
            leave(t)
            self.view(t, "--sources", "tests/data/sites", file=file)
            t.wait(r"6      x=' '.join")

    def test_without_utf8_without_colors(self):
        with Tmux() as t:
            self.assertTrue(self.view(t, LC_ALL="C").isascii())
        with Tmux() as t:
            self.view(t, NO_COLOR="1")
            self.assertNotIn("38;5;", t.screen(colors=True))

    def test_a_screen_is_kept(self):
        with tempfile.TemporaryDirectory() as folder, Tmux() as t:
            t.run([MEMPROF, "view", os.path.join(ROOT, self.FILE)], before="cd %s;" % folder)
            picture = t.wait(BOTTOM)
            t.keys("s")
            t.wait("the screen is in memprof-screen-1.txt")
            self.assertEqual(pathlib.Path(folder, "memprof-screen-1.txt").read_text("utf-8").rstrip("\n"), picture.rstrip("\n"))

    def test_suspended(self):
        with Tmux() as t:
            before = t.modes()
            self.view(t)
            t.keys("C-z")
            t.wait("Stopped")
            t.wait_for_shell()
            self.assertEqual(t.modes(), before)
            t.type("fg\n")
            t.wait(BOTTOM)
            t.keys("C-c")
            t.wait_for_shell()
            self.assertEqual(t.modes(), before)

    def test_what_is_none(self):
        """The message of sites, whatever is wrong; a log by a pipe stays one, and --sources is not for it."""
        cut = "tests/data/sites/cut.json"
        said = self.refused("view", cut)
        self.assertEqual(said, memprof("sites", cut).stderr)
        self.assertIn("is it truncated?", said)
        self.assertIn("memprof sites %s prints the profile as text" % self.FILE, self.refused("view", self.FILE))
        self.assertEqual(self.refused("view", "--sources", ".", LOG),
                         "memprof: error: --sources is for profiles of memprof sites, and %s is none\n" % LOG)
        with Tmux() as t:
            t.type("clear; %s view <(cat %s/%s)\n" % (MEMPROF, ROOT, LOG))
            t.wait(r"snapshot \d+")


class Themes(Case):
    """By a colour that no other theme has: the bar of the used bytes."""
    USED = {"dark": "38;5;74m", "light": "38;5;26m", "contrast": "38;5;117m"}

    def is_shown(self, theme, *arguments, **environment):
        with self.subTest(theme, arguments=arguments, **environment), Tmux() as t:
            view(t, *arguments, **environment)
            screen = t.screen(colors=True)
            for name, color in self.USED.items():
                self.assertEqual(color in screen, name == theme, name)
            self.assertEqual("38;5;" in screen, theme != "mono")
            self.assertEqual("48;5;16" in screen, theme == "contrast")

    def test_by_option(self):
        for theme in "dark", "light", "contrast", "mono":
            self.is_shown(theme, "--theme", theme, COLORFGBG="0;15" if theme == "dark" else "15;0")

    def test_by_the_background(self):
        self.is_shown("dark")
        self.is_shown("light", COLORFGBG="0;15")
        self.is_shown("dark", COLORFGBG="15;0")
        self.is_shown("light", "--theme", "auto", COLORFGBG="0;default;15")

    def test_without_colors(self):
        self.is_shown("mono", "--theme", "light", NO_COLOR="1")
        self.is_shown("mono", "--theme", "light", "--color", "never")

    def test_by_configuration(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "memprof"))
            with open(os.path.join(folder, "memprof", "config"), "w", encoding="utf-8") as file:
                file.write("theme = light\n")
            self.is_shown("light", XDG_CONFIG_HOME=folder)
            self.is_shown("light", XDG_CONFIG_HOME=folder, COLORFGBG="15;0")
            self.is_shown("contrast", "--theme", "contrast", XDG_CONFIG_HOME=folder)
            self.is_shown("dark", "--theme", "auto", XDG_CONFIG_HOME=folder)

    def test_attach(self):
        with Tmux() as t:
            attach(t, "--theme", "light", "sim:pico")
            t.wait(BOTTOM)
            self.assertIn(self.USED["light"], t.screen(colors=True))

    def test_a_name_that_is_none(self):
        self.assertEqual(self.refused("view", "--theme", "solarized", LOG),
                         "memprof: error: --theme takes auto, dark, light, contrast or mono, not 'solarized'\n")


class Worst(unittest.TestCase):
    def opens(self, log, title, note):
        with Tmux(120, 30) as t:
            t.run([MEMPROF, "view", log], before="cd %s;" % ROOT)
            t.wait(title)
            t.wait(note + "; G goes to the last")
            t.keys("G")
            self.assertNotIn("worst moment", t.wait(r"snapshot \d+  .*REPLAY"))

    def test_the_fullest_dump(self):
        n = re.search(r"Fullest: dump (\d+)", memprof("report", LEAK).stdout)[1]
        self.opens(LEAK, "NEARLY FULL gc .* snapshot %s of 60" % n, "worst moment: snapshot %s of 60, the fullest" % n)

    def test_the_failed_allocation(self):
        self.opens("tests/data/dumps/qemu-1.25.0-memoryerror.txt", "FULL gc .* snapshot 3 of 4",
                   "worst moment: snapshot 3 of 4, a failed allocation")


class Keys(unittest.TestCase):
    def test_there_and_back(self):
        with Tmux() as t:
            view(t, log=LEAK)
            t.keys("[")
            older = t.wait(r"snapshot \d+ of \d+")
            n = int(re.search(r"snapshot (\d+) of (\d+)", older)[2])
            t.wait("snapshot %d of %d" % (n - 1, n))
            t.keys("]")
            t.wait("snapshot %d of" % n)
            t.keys("(")
            t.wait("snapshot 1 of")

    def test_the_mouse(self):
        """On the map the cursor goes to where one clicks; a key of the bottom line is a button."""
        with Tmux() as t:
            screen = view(t).split("\n")
            y = next(i for i, line in enumerate(screen) if line.startswith(" 20003e80"))
            before = re.search(r"^ (0x\w+)  ", "\n".join(screen), re.M)[1]
            t.click(30, y)
            t.wait(lambda s: re.search(r"^ (0x\w+)  ", s, re.M)[1] != before, "another block")
            t.click(screen[-2].index("Help"), 23)
            t.wait("this help")

    def test_resizes_keep_the_cursor(self):
        with Tmux() as t:
            view(t)
            t.keys("f")
            address = re.search(r"^ (0x\w+)  ", t.wait("_ the largest free block"), re.M)[1]
            for columns, rows in ((132, 43), (60, 20), (30, 8), (80, 24)):
                t.resize(columns, rows)
                t.wait("needs 40x10" if rows < 10 else BOTTOM)
                t.wait(lambda s: len(s.split("\n")) == rows + 1, "%d rows" % rows)
            t.wait("^ " + address)

    def test_a_screen_is_kept_and_none_is_lost(self):
        with tempfile.TemporaryDirectory() as folder, Tmux() as t:
            t.run([MEMPROF, "view", os.path.join(ROOT, LOG)], before="cd %s;" % folder)
            picture = t.wait(BOTTOM)
            t.keys("s")
            t.wait("memprof-screen-1.txt")
            t.keys("s")
            t.wait("memprof-screen-2.txt")
            self.assertEqual(pathlib.Path(folder, "memprof-screen-1.txt").read_text("utf-8").rstrip("\n"), picture.rstrip("\n"))
            self.assertEqual(len(glob.glob(os.path.join(folder, "*"))), 2)


class Input(Case):
    def test_a_log_by_standard_input(self):
        with Tmux() as t:
            t.type("clear; cat %s/%s | %s view -\n" % (ROOT, LOG, MEMPROF))
            t.wait(BOTTOM)
            t.keys("G")
            t.wait("standard input.*snapshot 2  ")
            t.keys("[")
            self.assertIn("standard input", t.wait("snapshot 1 of 2"))
            leave(t)

    def test_what_cannot_be_viewed(self):
        self.assertIn("memprof report %s prints" % LOG, self.refused("view", LOG))
        for name in "README.md", "tests", "no-such-file", "/dev/null":  # the file comes first
            with self.subTest(name):
                self.assertNotIn("terminal", self.refused("view", name))
        self.assertIn("argument is missing", self.refused("view"))
        self.assertIn("from 1M", self.refused("view", "--history", "1K", LOG))
        with Tmux() as t:
            t.run([MEMPROF, "view", LOG], before="cd %s;" % ROOT, TERM="dumb")
            t.wait("memprof report .* prints the")
            t.run([MEMPROF, "view", "README.md"], before="cd %s;" % ROOT)
            t.wait("no heap dump in it")


class GivenBack(unittest.TestCase):
    def ended_by(self, act, *arguments):
        with Tmux() as t:
            before = t.modes()
            attach(t, *arguments, "sim:pico")
            self.assertEqual(t.ask("alternate_on"), ["1"])
            act(t)
            t.wait_for_shell()
            self.assertEqual(t.modes(), before)
            t.wait_for_exit(0)

    def test_by_q(self):
        self.ended_by(lambda t: t.keys("q"))

    def test_by_ctrl_c(self):
        self.ended_by(lambda t: t.keys("C-c"))

    def test_by_sigterm(self):
        self.ended_by(lambda t: os.kill(memprof_of(t), signal.SIGTERM), "--no-mouse")

    def test_suspended(self):
        with Tmux() as t:
            before = t.modes()
            attach(t, "sim:pico")
            t.keys("C-z")
            t.wait("Stopped")
            t.wait_for_shell()
            self.assertEqual(t.modes(), before)
            t.type("fg\n")
            n = int(re.search(r"snapshot (\d+)", t.wait(r"snapshot \d+.*LIVE"))[1])
            t.wait(lambda s: int((re.search(r"snapshot (\d+)", s) or [0, 0])[1]) > n, "more snapshots")
            leave(t)
            self.assertEqual(t.modes(), before)


class Attach(unittest.TestCase):
    def test_profiles(self):
        for profile, words in (("pico", ["gc", "LIVE"]), ("badgeware", ["picovector", "ramfs", "psram"])):
            with self.subTest(profile), Tmux(100, 30) as t:
                attach(t, "sim:" + profile)
                for word in [*words, "events", "console", BOTTOM]:
                    t.wait(word)
                leave(t)

    def test_messages_wait(self):
        """What is said while the screen is up does not destroy it, and is on the terminal afterwards."""
        with Tmux(150, 30) as t:
            attach(t, "sim:pico")
            t.keys("I", "y")
            t.wait("does not react to Ctrl-C")
            t.wait(BOTTOM)      # where the note has stood
            self.assertRegex(leave(t), r"sim:pico: note: it does not react to\s+Ctrl-C")

    def test_long_notes_are_whole_among_the_events(self):
        for columns in 132, 80, 44:
            with self.subTest(columns), Tmux(columns, 40) as t:
                attach(t, "sim:pico")
                t.keys("t")
                t.wait("board>")
                t.type("x")
                t.keys("Enter")
                t.wait("^ (OK  |WATCHING \\d+ of 12  )?nothing was")
                t.keys("Escape", "w", "w", "z")         # the map has the keys again; then trend, events
                t.wait("^─ events")
                # Behind time and kind.
                t.wait(lambda s: "nothing was sent: a simulated board reads no lines" in " ".join(
                    re.sub(r"^[ >*]*[\d:]+ +(link)? *", "", s.split("\n", 1)[1], flags=re.M).split()), "all of it")
                leave(t)

    def test_what_is_typed_where_nobody_reads_it(self):
        with Tmux() as t:
            attach(t, "sim:badgeware")
            t.keys("t")
            t.wait("board> .*Esc: back to keys")
            t.type("print(1+1)")
            t.keys("Enter")
            t.wait("^ (OK  |WATCHING \\d+ of 12  )?nothing was sent: a simulated board")
            t.wait("link +nothing was sent: a simulated board reads no lines")
            t.keys("Escape", "q")
            t.wait_for_shell()

    def test_lines_where_they_are_wanted(self):
        for arguments in (["--plain"], ["--count", "3"], ["--format", "text"]):
            with self.subTest(arguments), Tmux() as t:
                t.run([MEMPROF, "attach", "--interval", "0.2", *arguments, "sim:pico"])
                t.wait(r"time +used +free")
                self.assertEqual(t.ask("alternate_on"), ["0"])
        with Tmux() as t:
            t.run([MEMPROF, "attach", "--interval", "60", "sim:pico"], TERM="dumb")
            t.wait(r"printing lines")
            t.wait(r"time +used +free")

    def test_how_often_can_be_changed(self):
        with Tmux(132, 30) as t:
            attach(t, "sim:pico")
            t.wait("every 1 s")
            t.keys(">")
            t.wait("every 0.5 s")
            t.keys("<", "<")
            t.wait("every 2 s")


class Board:
    """A board on a pty, which prints dumps by itself until it is pulled."""

    def __init__(self):
        self.ours, self.theirs = pty.openpty()
        self.path = os.ttyname(self.theirs)
        self.pulled = threading.Event()
        self.thread = threading.Thread(target=self.talk)
        self.thread.start()

    def talk(self):
        while not self.pulled.wait(0.3):
            os.write(self.ours, DUMP + b"hello from the board\r\n")

    def pull(self):
        self.pulled.set()
        self.thread.join()
        os.close(self.theirs)
        os.close(self.ours)


class Gone(unittest.TestCase):
    def test_the_last_picture_stays(self):
        board = Board()
        with Tmux(100, 30) as t:
            attach(t, "--listen-only", board.path)
            t.wait("LISTENING")
            t.wait("hello from the board")
            board.pull()
            t.wait("ENDED")
            t.wait("it is gone")
            t.keys("[")
            t.wait(r"snapshot \d+ of \d+")
            t.keys("q")
            t.wait_for_exit(3)
            t.wait("error: the board is gone")

    def test_it_comes_back(self):
        """Another end of a socket, so that it may return; the history goes on."""
        with socket.create_server(("127.0.0.1", 0)) as server, Tmux(100, 30) as t:
            t.run([MEMPROF, "attach", "--listen-only", "--wait", "tcp:127.0.0.1:%d" % server.getsockname()[1]])
            first, _ = server.accept()
            first.sendall(DUMP)
            n = int(re.search(r"snapshot (\d+)", t.wait(r"snapshot \d+"))[1])
            first.close()
            second, _ = server.accept()
            second.sendall(DUMP)
            t.wait("it is gone")
            t.wait("it is back")
            t.wait(lambda screen: any(int(i) > n for i in re.findall(r"snapshot (\d+)", screen)), "a later one than %d" % n)
            leave(t)
            second.close()


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[1:]])
