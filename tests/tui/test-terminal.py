#!/usr/bin/python3
"""The terminal (viewers/tui/terminal*.c) on a real one: what is drawn, what comes in, and that all is given back.

usage: test-terminal.py TERMINAL-DEMO [UNITTEST-ARGUMENTS...]"""
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import unittest

from tmux import SECONDS, Tmux

DEMO = os.path.abspath(sys.argv.pop(1))
NEWEST = 4      # the row with what came in last


# Of SGR: what a number sets.
KINDS = {**{str(n): "text" for n in (*range(30, 40), *range(90, 98))}, **{str(n): "background" for n in range(40, 50)}}


def newest(screen):
    """"3 key up" is that it is the third thing to come in."""
    return screen.split("\n")[NEWEST].strip()


def run(terminal, *arguments, columns=80, rows=24, kind="UTF-8", **environment):
    terminal.run([DEMO, *arguments], **environment)
    return terminal.wait("%dx%d %s" % (columns, rows, kind))


def said(terminal, text):
    terminal.wait(lambda s: newest(s).split(" ", 1)[-1] == text, text)


class Drawing(unittest.TestCase):
    def test_a_known_picture(self):
        with Tmux(40, 12) as t:
            screen = run(t, columns=40, rows=12).split("\n")
            self.assertEqual(screen[0], "─ 40x12 UTF-8 " + "─" * 26)
            self.assertEqual(screen[1], "plain free used largest culprit title")
            self.assertTrue(screen[2].startswith("größe メモリ 🐍 e \\x1b[31m\\u202e "), screen[2])
            self.assertTrue(screen[2].endswith(" |"), screen[2])
            self.assertEqual(screen[3], "████████▌.......")
            self.assertEqual(screen[11], " " * 39 + "%")

    def test_without_utf8_there_is_only_ascii(self):
        with Tmux(40, 12) as t:
            screen = run(t, columns=40, rows=12, kind="ASCII", LC_ALL="C")
            self.assertTrue(screen.isascii())
            self.assertEqual(screen.split("\n")[3], "########........")

    def colors(self, *options, **environment):
        """What the words of the picture's second line are drawn with."""
        with Tmux(60, 12) as t:
            run(t, *options, columns=60, rows=12, **environment)
            line = t.screen(colors=True).split("\n")[1]
        words, now = {}, set()
        for sequence, word in re.findall(r"\x1b\[([0-9;]*)m|(\w+)", line):
            if word:
                words[word] = sorted(now)
                continue
            for number in re.findall(r"[34]8;5;\d+|\d+|^$", sequence):
                kind = KINDS.get(number[:2])
                if number in ("", "0"):
                    now.clear()
                elif kind:
                    now -= {n for n in now if KINDS.get(n[:2]) == kind}
                if number not in ("", "0", "39", "49"):
                    now.add(number)
        return words

    def test_colors_are_what_the_terminal_has(self):
        self.assertEqual(self.colors(), {
            "plain": [], "free": ["38;5;245"], "used": ["38;5;74"], "largest": ["38;5;36", "7"],
            "culprit": ["1", "38;5;202", "7"], "title": ["1", "7"]})
        with tempfile.TemporaryDirectory() as folder:
            description = "sixteen|tmux with 16 colours,\n colors#16, pairs#0x7fff, setaf=\\E[%?%p1%{8}%<%t3%p1%d" \
                "%e9%p1%{8}%-%d%;m, setab=\\E[%?%p1%{8}%<%t4%p1%d%e10%p1%{8}%-%d%;m, use=tmux-256color,\n"
            subprocess.run(["tic", "-x", "-o", folder, "-"], input=description, text=True, check=True)
            self.assertEqual(self.colors(TERM="sixteen", TERMINFO=folder), {
                "plain": [], "free": ["37"], "used": ["36"], "largest": ["32", "7"],
                "culprit": ["1", "7", "91"], "title": ["1", "7"]})
        self.assertEqual(self.colors(TERM="screen"), {
            "plain": [], "free": ["37"], "used": ["36"], "largest": ["32", "7"], "culprit": ["1", "31", "7"],
            "title": ["1", "7"]})

    def test_themes(self):
        self.assertEqual(self.colors("light"), {
            "plain": [], "free": ["38;5;240"], "used": ["38;5;26"], "largest": ["38;5;22", "7"],
            "culprit": ["1", "38;5;124", "7"], "title": ["1", "7"]})
        self.assertEqual(self.colors("light", TERM="screen"), {
            "plain": [], "free": ["30"], "used": ["34"], "largest": ["35", "7"], "culprit": ["1", "31", "7"],
            "title": ["1", "7"]})
        self.assertEqual(self.colors("contrast"), {
            "plain": ["38;5;231", "48;5;16"], "free": ["38;5;250", "48;5;16"], "used": ["38;5;117", "48;5;16"],
            "largest": ["38;5;85", "48;5;16", "7"], "culprit": ["1", "38;5;203", "48;5;16", "7"],
            "title": ["1", "38;5;231", "48;5;16", "7"]})

    def test_a_theme_with_a_background_fills_the_screen(self):
        with Tmux(60, 12) as t:
            run(t, "contrast", columns=60, rows=12)
            t.resize(70, 20)
            t.wait("70x20 UTF-8")
            screen = t.tmux("capture-pane", "-p", "-e", "-N")
            self.assertNotIn("49m", screen)
            rest = re.sub(r"\x1b\[0m(?=(\x1b\[[0-9;]*m)*\x1b\[48;5;16m)", "", screen.rstrip("\n"))
            self.assertNotIn("\x1b[0m", rest)
            self.assertEqual(re.sub(r"\x1b\[[0-9;]*m", "", rest).split("\n")[15], " " * 70)

    def test_without_colors_attributes_tell(self):
        mono = {"plain": [], "free": ["2"], "used": [], "largest": ["4"], "culprit": ["1", "4"], "title": ["1", "7"]}
        self.assertEqual(self.colors("--no-color"), mono)
        self.assertEqual(self.colors("mono"), mono)
        mono["free"] = []       # it cannot do it; there is the dot
        self.assertEqual(self.colors(TERM="vt100"), mono)

    def test_the_cursor_is_where_one_types(self):
        with Tmux() as t:
            run(t)
            self.assertEqual(t.ask("cursor_flag"), ["0"])
            t.keys("t")
            t.wait_until(lambda: t.ask("cursor_flag", "cursor_x", "cursor_y") == ["1", "5", "4"], "a cursor")
            t.keys("t")
            t.wait_until(lambda: t.ask("cursor_flag") == ["0"], "no cursor")

    def test_what_others_wrote_goes_when_all_is_drawn(self):
        with Tmux() as t:
            picture = run(t)
            with open(t.ask("pane_tty")[0], "w") as tty:
                tty.write("\033[10;10Hfrom a stranger\033[1;1H")
            t.wait("from a stranger")
            t.keys("l")
            said(t, "key U+006C")
            t.wait(lambda s: "stranger" not in s, "a clean picture")
            self.assertEqual(t.screen().split("\n")[:3], picture.split("\n")[:3])


class Resizing(unittest.TestCase):
    def test_any_size_at_any_moment(self):
        with Tmux() as t:
            run(t)
            t.keys("w")
            for columns, rows in ((132, 43), (80, 24), (40, 10), (3, 2), (400, 120), (81, 24), (80, 25)):
                t.resize(columns, rows)
                if rows < 10:
                    t.wait(lambda s: s.split("\n")[rows - 1] == "pl%", "a corner")
                    continue
                t.wait(lambda s: s.split("\n")[rows - 1] == "#" * (columns - 1) + "%", "%dx%d" % (columns, rows))
                screen = t.screen().split("\n")
                self.assertEqual(screen[0], ("─ %dx%d UTF-8 " % (columns, rows)).ljust(columns, "─"))
                self.assertEqual(screen[12:rows - 1], ["#" * columns] * (rows - 13))
            t.keys("w", "Up")
            said(t, "key up")

    def test_many_at_once(self):
        with Tmux() as t:
            run(t)
            for i in range(30):
                t.resize(60 + i * 7 % 31, 20 + i * 5 % 17)
            t.resize(1, 1)
            t.resize(70, 22)
            t.wait("70x22 UTF-8")
            t.keys("q")
            t.wait("the end 0")


KEYS = {        # as tmux calls them, and as they are called here
    "Up": "up", "Down": "down", "Left": "left", "Right": "right", "PPage": "page-up", "NPage": "page-down",
    "Home": "home", "End": "end", "BSpace": "backspace", "DC": "delete", "BTab": "back-tab", "S-Left": "shift-left",
    "S-Right": "shift-right", "Escape": "U+001B", "Tab": "U+0009", "Enter": "U+000D", "Space": "U+0020", "h": "U+0068",
    "?": "U+003F", "/": "U+002F", "[": "U+005B", "C-l": "U+000C", "C-a": "U+0001", "C-s": "U+0013", "C-v": "U+0016",
    "C-o": "U+000F", "C-h": "backspace", "ö": "U+00F6", "€": "U+20AC", "🐍": "U+1F40D",
}
KEYS.update(("F%d" % i, "f%d" % i) for i in range(1, 11))


class Keys(unittest.TestCase):
    def each(self, terminal, keys):
        for key, name in keys.items():
            with self.subTest(key=key):
                terminal.keys(key)
                said(terminal, "key " + name)

    def test_every_key(self):
        with Tmux() as t:
            run(t)
            self.each(t, KEYS)

    def test_where_the_description_does_not_tell(self):
        for term in "vt100", "screen", "linux", "xterm":
            with self.subTest(term=term), Tmux() as t:
                run(t, TERM=term)
                self.each(t, KEYS)

    def test_sequences_that_nobody_knows_are_nothing(self):
        with Tmux() as t:
            run(t)
            for sequence in (b"\033[1;7R", b"\033[?62;c", b"\033[I", b"\033[200~", b"\033Oz", b"\033[<9;x"):
                t.bytes(sequence)
            t.keys("y")
            t.wait(lambda s: newest(s) == "2 key U+0079", "x of the broken one, and y")

    def test_broken_utf8_is_nothing(self):
        with Tmux() as t:
            run(t)
            for code in b"\xff", b"\x80", b"\xc3":
                t.bytes(code)
            t.keys("x")
            t.wait(lambda s: newest(s) == "1 key U+0078", "nothing but a key")

    def test_keys_in_a_heap_come_in_order(self):
        with Tmux() as t:
            run(t)
            text = "0123456789" * 20
            t.type(text)
            t.wait(lambda s: newest(s) == "200 key U+0039", "200 keys")
            rows = t.screen().split("\n")[NEWEST:NEWEST + 8]
            self.assertEqual([r.strip() for r in rows], ["%d key U+003%d" % (200 - i, 9 - i) for i in range(8)])


class Mouse(unittest.TestCase):
    def test_every_event(self):
        with Tmux(200, 50) as t:
            run(t, columns=200, rows=50)
            self.assertEqual(t.ask("mouse_button_flag", "mouse_sgr_flag"), ["1", "1"])
            for button, released, name in ((0, False, "press"), (32, False, "drag"), (0, True, "release"),
                                           (64, False, "wheel-up"), (65, False, "wheel-down"), (4, False, "press")):
                t.mouse(button, 150, 42, released)
                said(t, name + " 150,42")
            t.mouse(0, 0, 0)
            said(t, "press 0,0")

    def test_other_buttons_are_nothing(self):
        with Tmux() as t:
            run(t)
            for button in 1, 2, 33, 34, 35, 66, 67, 128:
                t.mouse(button, 5, 5)
            t.keys("x")
            t.wait(lambda s: newest(s) == "1 key U+0078", "nothing but a key")

    def test_the_old_reports(self):
        with Tmux() as t:
            run(t)
            t.bytes(b"\033[M" + bytes((32, 33 + 7, 33 + 9)))
            said(t, "press 7,9")
            t.bytes(b"\033[M" + bytes((35, 33 + 7, 33 + 9)))
            said(t, "release 7,9")

    def test_it_can_be_left_to_the_terminal(self):
        for options, environment in (["--no-mouse"], {}), ([], {"TERM": "vt100"}):
            with self.subTest(options=options), Tmux() as t:
                run(t, *options, **environment)
                self.assertEqual(t.ask("mouse_any_flag", "mouse_sgr_flag"), ["0", "0"])


# An interactive shell puts modes right by itself after a crash; this one does not.
COMPARE = """trap : INT QUIT
before=$(stty -g)
"$0"
[ "$(stty -g)" = "$before" ] && echo modes as before"""


class GivenBack(unittest.TestCase):
    def ended_by(self, act, says, **environment):
        with Tmux() as t:
            before = t.modes()
            t.run(["sh", "-c", COMPARE, DEMO], **environment)
            t.wait("80x24 UTF-8")
            self.assertEqual(t.ask("cursor_flag"), ["0" if environment.get("TERM") != "vt100" else "1"])
            act(t)
            t.wait(says)
            self.assertIn("modes as before", t.wait_for_shell())
            self.assertEqual(t.modes(), before)
            t.type("echo typed\n")
            t.wait("^typed$")

    def test_by_its_end(self):
        self.ended_by(lambda t: t.keys("q"), "the end 0")

    def test_by_ctrl_c(self):
        self.ended_by(lambda t: t.keys("C-c"), "the end 0")

    def test_by_sigterm(self):
        self.ended_by(lambda t: os.kill(t.child(), signal.SIGTERM), "the end 0")

    def test_by_quitting(self):
        self.ended_by(lambda t: t.keys("C-\\"), "Quit")

    def test_by_crashes(self):
        for name, says in (("SIGABRT", "Abort"), ("SIGSEGV", "Segmentation|SEGV"), ("SIGBUS", "Bus error|BUS"),
                           ("SIGFPE", "Floating|FPE"), ("SIGILL", "Illegal|ILL")):
            with self.subTest(name=name):
                self.ended_by(lambda t: os.kill(t.child(), getattr(signal, name)), says)

    def test_by_itself(self):
        self.ended_by(lambda t: t.keys("a"), "Abort")
        self.ended_by(lambda t: t.keys("a"), "Abort", TERM="vt100")

    def test_after_resizes_nothing_of_the_picture_stays(self):
        """tmux wraps the lines of a screen anew when its size changes, also on the way back to the one before."""
        for key, says in (("q", "the end 0"), ("a", "Aborted"), ("z", "Stopped")):
            with self.subTest(key=key), Tmux(60, 15) as t:
                t.type("clear; echo was there; %s\n" % DEMO)
                t.wait("60x15 UTF-8")
                t.keys("w")
                for columns, rows in ((40, 12), (100, 30), (80, 24)):
                    t.resize(columns, rows)
                    t.wait(lambda s: s.split("\n")[rows - 1] == "#" * (columns - 1) + "%",
                           "%dx%d" % (columns, rows))
                t.keys(key)
                t.wait(says)
                lines = t.wait_for_shell().rstrip("\n").split("\n")
                self.assertEqual(lines[0], "was there")
                self.assertNotIn("##", "".join(lines))

    def test_by_a_stack_without_room(self):
        self.ended_by(lambda t: t.keys("s"), "Segmentation|SEGV|stack-overflow")

    def test_a_terminal_that_hangs_up_ends_it(self):
        """Without LeakSanitizer: see Tmux.end_rest."""
        with Tmux() as t:
            run(t, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")
            child = t.child()
            t.close()
            wait_for_end(child)


def wait_for_end(pid):
    """Of a process that is not ours: a descriptor of it becomes readable."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:      # it has ended
        return
    try:
        ready, _, _ = select.select([fd], [], [], SECONDS)
        assert ready, "it goes on"
    finally:
        os.close(fd)


class Stopping(unittest.TestCase):
    def stopped_by(self, stop, go_on=lambda t: t.type("fg\n"), restored=True):
        with Tmux() as t:
            before = t.modes()
            run(t)
            t.keys("Up")
            said(t, "key up")
            child, at_work = t.child(), t.modes()
            stop(t, child)
            t.wait("Stopped")
            if restored:
                t.wait_for_shell()
                self.assertEqual(t.modes(), before)
                t.type("echo typed\n")
                t.wait("^typed$")
            t.resize(90, 30)
            go_on(t)
            t.wait("90x30 UTF-8")
            t.wait_until(lambda: t.modes() == at_work, "its own modes")
            self.assertNotIn("Stopped", t.screen())
            t.keys("Down")
            said(t, "key down")
            t.keys("q")
            t.wait("the end 0")
            t.wait_for_shell()
            self.assertEqual(t.modes(), before)

    def test_by_its_key(self):
        self.stopped_by(lambda t, child: t.keys("z"))

    def test_by_sigtstp(self):
        self.stopped_by(lambda t, child: os.kill(child, signal.SIGTSTP))

    def test_by_sigstop(self):
        self.stopped_by(lambda t, child: os.kill(child, signal.SIGSTOP), restored=False)

    def test_going_on_in_the_background_it_waits_for_the_terminal(self):
        def go_on(t):
            t.type("bg\n")
            t.wait(r"\[1\].*&$")
            t.type("\n")
            t.wait(lambda s: s.count("Stopped") == 2, "stopped again")
            t.type("fg\n")
        self.stopped_by(lambda t, child: t.keys("z"), go_on)


class Refusing(unittest.TestCase):
    def refused(self, says, *command, **environment):
        with Tmux() as t:
            before = t.modes()
            t.run(["sh", "-c", *command], **environment)
            t.wait("error")
            self.assertRegex(t.wait_for_shell().replace("\n", ""), says)
            self.assertEqual(t.modes(), before)

    def test_terminals_that_cannot(self):
        for term in "dumb", "no-such-terminal", "unknown":
            with self.subTest(term=term):
                self.refused("error -19: TERM=%s names no terminal" % term, DEMO, TERM=term)
        self.refused("error -19: TERM is not set", "unset TERM; " + DEMO)

    def test_nothing_to_type_on(self):
        with Tmux() as t:
            t.run(["sh", "-c", "setsid -w %s </dev/null" % DEMO])
            t.wait("error -25: no terminal to read keys from")

    def test_no_terminal(self):
        self.refused("error -25: standard output is no terminal", DEMO + " | cat")
        ran = subprocess.run(["setsid", DEMO], stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)
        self.assertEqual(ran.returncode, 2)
        self.assertIn(b"error -25: standard output", ran.stderr)

    def test_keys_come_from_the_terminal_if_standard_input_is_another(self):
        with Tmux() as t:
            t.run(["sh", "-c", "echo x | " + DEMO])
            t.wait("80x24 UTF-8")
            t.keys("F5")
            said(t, "key f5")
            t.keys("q")
            t.wait("the end 0")


unittest.main(verbosity=1)
