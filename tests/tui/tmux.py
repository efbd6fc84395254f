"""A terminal for tests: a tmux server of its own, which can be typed to and asked what it shows.

    with Tmux(80, 24) as terminal:
        terminal.run([memprof, "view", "crash.log"], TERM="screen", NO_COLOR="1")
        terminal.wait("heap map")
        terminal.keys("Down", "Down", "C-l")
        terminal.click(10, 5)
        print(terminal.screen())

Programs run from an interactive shell, so that they can be stopped, and so that the terminal outlives them. What
is waited for comes, or SECONDS have passed, and that is a failure which shows the screen."""
import contextlib
import glob
import itertools
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import termios
import time

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import default_signals  # noqa: E402, F401

SECONDS = 60
PROMPT = "prompt> "
SETTINGS = """
set -g status off
set -g escape-time 0
set -g default-terminal %(term)s
set -g remain-on-exit on
set -g default-size %(columns)dx%(rows)d
"""
numbers = itertools.count()
# So that servers are ended too if the test is.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))


def processes_of(session):
    """Those of a session that have not ended."""
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, of = pathlib.Path(path).read_text("utf-8", "replace").rpartition(")")[2].split()[:4]
            if of == session and state not in "ZX":
                found.append(int(path.split("/")[2]))
    return found


class Tmux:
    def __init__(self, columns=80, rows=24, term="tmux-256color", locale="C.UTF-8"):
        self.socket = "memprof-%d-%d" % (os.getpid(), next(numbers))
        self.folder = tempfile.TemporaryDirectory(prefix="memprof-tmux-")
        settings = pathlib.Path(self.folder.name, "settings")
        settings.write_text(SETTINGS % {"term": term, "columns": columns, "rows": rows})
        unset = "TMUX", "TMUX_PANE", "NO_COLOR", "LINES", "COLUMNS", "COLORFGBG"
        self.environment = {k: v for k, v in os.environ.items() if k not in unset and not k.startswith("LC_")}
        self.environment.update(LC_ALL=locale, TMUX_TMPDIR=self.folder.name, XDG_CONFIG_HOME=self.folder.name,
                                HISTFILE="")
        self.tmux("-f", str(settings), "new-session", "-d", "-x", str(columns), "-y", str(rows),
                  "env", "PS1=" + PROMPT, "bash", "--norc", "--noprofile", "--noediting", "-i")
        self.session = self.tmux("display-message", "-p", "#{pane_pid}").strip()
        try:
            self.wait_for_shell()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
        self.end_rest()

    def close(self):
        subprocess.run(["tmux", "-L", self.socket, "kill-server"], env=self.environment, capture_output=True)
        self.folder.cleanup()

    def end_rest(self):
        """All end when the terminal does. But LeakSanitizer, which looks at a process when it ends, never returns if the
        hang-up of the terminal ends its tracer: such a process would take a processor for good."""
        sanitized = os.environ.get("MEMPROF_SANITIZED") == "1"
        end, killed = time.monotonic() + (5 if sanitized else SECONDS), []
        while rest := processes_of(self.session):
            if time.monotonic() > end:
                killed = rest
                for pid in rest:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        assert sanitized or not killed, "%d processes outlived their terminal" % len(killed)

    def tmux(self, *arguments):
        """A command of tmux; what it prints."""
        return subprocess.run(["tmux", "-u", "-L", self.socket, *arguments], env=self.environment, check=True,
                              stdout=subprocess.PIPE, timeout=SECONDS).stdout.decode(errors="replace")

    # ---- what is done to it ----

    def type(self, text):
        self.tmux("send-keys", "-l", "--", text)

    def keys(self, *names):
        """By tmux's names: "Up", "PPage", "F1", "C-z", "a"."""
        self.tmux("send-keys", "--", *names)

    def bytes(self, data):
        self.tmux("send-keys", "-H", *("%02x" % byte for byte in data))

    def mouse(self, button, x, y, released=False):
        """A report as terminals send it (SGR): 0 left, 32 more where it was moved, 64 and 65 the wheel; x, y from 0."""
        self.bytes(b"\033[<%d;%d;%d%c" % (button, x + 1, y + 1, b"m" if released else b"M"))

    def click(self, x, y):
        self.mouse(0, x, y)
        self.mouse(0, x, y, released=True)

    def wheel(self, x, y, down=True):
        self.mouse(65 if down else 64, x, y)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def run(self, arguments, before="", **environment):
        """Types a command, after others (before: "cd /tmp;"). It runs in an environment with these besides."""
        sets = " ".join("%s=%s" % (name, shlex.quote(value)) for name, value in environment.items())
        self.type("clear; %s %s %s\n" % (before, sets, shlex.join(arguments)))

    # ---- what it shows ----

    def screen(self, colors=False):
        """Lines without blanks at their ends; with colors, with the sequences that make them."""
        return self.tmux("capture-pane", "-p", *(["-e"] if colors else []))

    def ask(self, *formats):
        """What tmux knows: ask("alternate_on")."""
        return self.tmux("display-message", "-p", " ".join("#{%s}" % f for f in formats)).split()

    def settled(self, screen):
        """The screen once it stays as it is, as it may be seen half drawn; at the latest after half a second."""
        for _ in range(12):
            time.sleep(0.04)
            before, screen = screen, self.screen()
            if screen == before:
                break
        return screen

    def wait(self, what, says=None, seconds=SECONDS):
        """Until the screen has a text (a pattern), and is settled; or until a function of the screen says so. The screen."""
        test = what if callable(what) else lambda screen: re.search(what, screen, re.M)
        end = time.monotonic() + seconds
        while True:
            screen = self.screen()
            if test(screen):
                screen = screen if callable(what) else self.settled(screen)
                if test(screen):
                    return screen
            if time.monotonic() > end:
                raise AssertionError("%s did not come; the screen:\n%s" % (says or what, screen))
            time.sleep(0.02)

    def wait_until(self, test, says, seconds=SECONDS):
        """Until a function of nothing is true."""
        self.wait(lambda screen: test(), says, seconds)

    def wait_for_shell(self):
        """Until the shell can be typed to again."""
        return self.wait(lambda s: s.rstrip("\n").split("\n")[-1].rstrip() == PROMPT.rstrip(), "a prompt")

    def wait_for_exit(self, code):
        self.wait_for_shell()
        self.type("echo ended with $?\n")
        self.wait("ended with %d" % code)

    def modes(self):
        """All of the terminal that a program must give back as it was."""
        flags = ("alternate_on", "cursor_flag", "insert_flag", "keypad_flag", "keypad_cursor_flag", "mouse_any_flag",
                 "mouse_sgr_flag", "wrap_flag", "origin_flag")
        tty = os.open(self.ask("pane_tty")[0], os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            return dict(zip(flags, self.ask(*flags))), termios.tcgetattr(tty)
        finally:
            os.close(tty)

    def child(self):
        """The process that runs now, in front: what a shell has started that is none itself."""
        pid, name = int(self.ask("pane_pid")[0]), "bash"
        while name in ("bash", "sh", "dash"):
            pid, = map(int, pathlib.Path("/proc/%d/task/%d/children" % (pid, pid)).read_text().split())
            name = pathlib.Path("/proc/%d/comm" % pid).read_text().strip()
        return pid
