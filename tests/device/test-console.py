#!/usr/bin/python3
"""attach on the full screen, typed to real MicroPython: at the prompt, to a program that runs, Ctrl-C and reset.

usage: test-console.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import os
import re
import socket
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "tui")]
from rig import FIRMWARE, HOST, MEMPROF, Board, Script  # noqa: E402
from tmux import Tmux  # noqa: E402


def attach(terminal, *arguments):
    """The console alone, on all of the screen."""
    watch(terminal, *arguments)
    terminal.keys("5", "z", "t")
    terminal.wait("board>")


def type_line(terminal, line):
    terminal.type(line)
    terminal.keys("Enter")


def watch(terminal, *arguments):
    """All of the screen."""
    terminal.run([MEMPROF, "attach", *arguments])
    terminal.wait(r"snapshot \d+")


def run_then_owners(terminal, line):
    """A line at the prompt, and then what its memory holds."""
    terminal.keys("t")
    type_line(terminal, line)
    terminal.wait("LIVE")
    terminal.keys("Escape", "o")


class AtThePrompt(unittest.TestCase):
    def test_lines_are_run_as_the_prompt_would(self):
        for name in ("unix", "qemu"):
            with self.subTest(name), Tmux(100, 40) as t:
                attach(t, FIRMWARE.exec_uri(name))
                type_line(t, "6 * 7")
                t.wait("^ 42$")
                type_line(t, "a = 'it\\'s' + \"\\n\"")
                type_line(t, "a")
                t.wait(r'''^ "it's\\n"$''')
                type_line(t, "for i in range(3): print('line', i)")
                t.wait("^ line 2$")
                type_line(t, "1 / 0")
                screen = t.wait("ZeroDivisionError")
                self.assertEqual(screen.count('File "<stdin>"'), 1)
                t.wait("LIVE")

    def test_what_is_typed_while_it_runs_is_read_by_it(self):
        with Tmux(100, 40) as t:
            attach(t, FIRMWARE.exec_uri("unix"))
            type_line(t, "x = input('who? ')")
            t.wait("runs what was typed")
            t.wait("^ who?")
            type_line(t, "somebody")
            t.wait("LIVE")
            type_line(t, "len(x)")
            t.wait("^ 8$")

    def test_it_can_be_interrupted(self):
        with Tmux(100, 40) as t:
            attach(t, FIRMWARE.exec_uri("unix"))
            type_line(t, "while True: pass")
            t.wait("runs what was typed")
            t.keys("Escape", "I")
            t.wait("Interrupt the program")
            t.keys("y")
            t.wait("KeyboardInterrupt")
            t.wait("LIVE")

    def test_reset(self):
        with Tmux(100, 40) as t:
            attach(t, FIRMWARE.exec_uri("qemu"))
            type_line(t, "precious = 1")
            t.keys("Escape", "R")
            t.wait("Reset")
            t.keys("y")
            t.wait("soft reboot")
            t.wait("LIVE")
            t.keys("t")
            type_line(t, "precious")
            t.wait("NameError")
            t.keys("Escape", "z")
            t.wait("the board was reset")

    def test_reset_where_that_would_end_it(self):
        with Board(FIRMWARE.command("unix")) as board, Tmux(132, 40) as t:
            attach(t, board.path)
            type_line(t, "precious = 'it is ' + 'kept'")
            t.keys("Escape", "R")
            t.wait("Reset")
            t.keys("y")
            t.wait("ends when it is reset")
            t.wait("LIVE")
            t.keys("t")
            type_line(t, "precious")
            t.wait("^ 'it is kept'$")

    def test_leaving_while_it_runs_what_was_typed(self):
        with Board(FIRMWARE.command("unix")) as board, Tmux(100, 40) as t:
            attach(t, board.path)
            type_line(t, "kept = 7")
            t.wait("LIVE")
            type_line(t, "while True: pass")
            t.wait("runs what was typed")
            t.keys("Escape", "q")
            t.wait_for_shell()
            self.assertEqual(board.type("kept"), "7")

    def test_the_prompt_is_given_back(self):
        with Board(FIRMWARE.command("unix")) as board, Tmux(100, 40) as t:
            attach(t, board.path)
            type_line(t, "kept = 5")
            type_line(t, "kept")
            t.wait("^ 5$")      # a line that was not run when somebody leaves is not run any more
            t.keys("Escape", "q")
            t.wait_for_shell()
            self.assertEqual(board.type("kept"), "5")


class Owners(unittest.TestCase):
    """Whose memory it is: o, Enter on a block, m."""

    def test_what_globals_hold(self):
        for name in ("unix", "qemu"):
            with self.subTest(name), Tmux(150, 44) as t:
                watch(t, "--interval", "0.3", FIRMWARE.exec_uri(name))
                run_then_owners(t, "log = [bytearray(100) for i in range(20)]")
                screen = t.wait(r" \d+ +\d+ +log$")
                held = int(re.search(r"(\d+) +\d+ +log$", screen, re.M)[1])
                self.assertGreater(held, 20 * 100)
                t.keys("Enter")  # to its block, in the map
                t.wait(r"log: list  holds %d B in \d+ objects" % held)
                run_then_owners(t, "log.extend(bytearray(100) for i in range(20))")
                screen = t.wait(r" \d+ +\d+ +\+\d+  log$")
                change = re.search(r"(\d+) +\d+ +\+(\d+)  log$", screen, re.M)
                self.assertEqual(int(change[1]) - int(change[2]), held)
                t.keys("m")
                t.wait("marked")
                t.keys("o")
                t.wait(r" %s +\d+ +log$" % change[1])

    def test_what_holds_a_leak(self):
        """The title names what grew between two readings."""
        with Tmux(170, 44) as t:
            watch(t, "--collect", "--interval", "0.1", FIRMWARE.exec_uri("qemu"))
            run_then_owners(t, "log = []")
            t.wait("owners, ")
            t.keys("t")
            for i in range(120):
                n = int(re.search(r"snapshot (\d+)", t.screen())[1])
                type_line(t, "log.append(bytearray(400))")
                t.wait(lambda screen: int(re.search(r"snapshot (\d+)", screen)[1]) > n + 1)
                if i in (10, 30):       # then what was read stays in the title for 6 seconds
                    t.keys("Escape", "o")
                    t.wait(r" \+\d+  log$")
                    t.keys("t")
                if re.search(r"(LEAKING|GROWING) .*held by log", t.screen()):
                    return
            self.fail(t.screen())

    def test_a_restart_voids_it(self):
        with Tmux(150, 44) as t:
            watch(t, FIRMWARE.exec_uri("qemu"))
            run_then_owners(t, "log = [1.5, 2.5]")
            t.wait(r" \d+ +\d+ +log$")
            t.keys("R", "y")
            t.wait("o reads the board's memory")

    def test_when_it_cannot_be_read(self):
        with Tmux(150, 44) as t:
            watch(t, "--no-memory", FIRMWARE.exec_uri("unix"))
            t.keys("o")
            t.wait("--no-memory: ")
        with Tmux(150, 44) as t, Script("while True: pass\n") as script:
            t.run([MEMPROF, "attach", "--text", FIRMWARE.exec_uri("unix", script)])
            t.wait("LISTENING")
            t.keys("o")
            t.wait("a program runs there: I interrupts it")


class WhileItIsAway(unittest.TestCase):
    def test_nothing_is_kept_for_its_return(self):
        with open(os.path.join(HERE, "../data/dumps/rp2-1.25.0-fragmented.txt"), "rb") as file:
            dump = file.read()
        server = socket.create_server((HOST, 0))
        port = server.getsockname()[1]
        with Tmux(132, 40) as t:
            t.run([MEMPROF, "attach", "--wait", "tcp:%s:%d" % (HOST, port)])
            first, _ = server.accept()
            server.close()
            t.wait("LISTENING")
            first.sendall(dump)
            t.wait(r"snapshot \d+")
            t.keys("I")             # asked before, answered after it went
            t.wait("Interrupt the program")
            first.close()
            t.wait("GONE")
            t.keys("y")
            t.wait("nothing is sent")
            t.keys("R", "y")
            server = socket.create_server((HOST, port))
            second, _ = server.accept()
            t.wait("LISTENING")
            second.sendall(dump)
            t.wait(r"snapshot [34]\b")
            t.keys("q")
            t.wait_for_shell()
            second.settimeout(10)
            heard = b""
            while more := second.recv(4096):
                heard += more
            self.assertNotIn(b"\x03", heard)
            self.assertNotIn(b"\x04", heard)
            second.close()
            server.close()


class WhileAProgramRuns(unittest.TestCase):
    PROGRAM = "import micropython\nwhile True:\n micropython.mem_info(1)\n x = input('what? ')\n print('got', x)\n"

    def test_lines_go_to_it(self):
        with Script(self.PROGRAM) as path, \
                Board(FIRMWARE.command("unix") + [path], prompt=False) as board, Tmux(100, 40) as t:
            board.wait(b"what? ")
            t.run([MEMPROF, "attach", board.path])
            t.wait("LISTENING")
            t.keys("5", "z", "t")
            t.wait("board>")
            type_line(t, "this")
            t.wait("^ > this$")
            t.wait("got this")
            type_line(t, "that")
            t.wait("^ > that$")
            t.wait("got that")
            t.keys("Escape", "z")
            screen = t.wait("link +a program runs there")
            self.assertEqual(len(re.findall("link +a program runs there: it got", screen)), 1, screen)
            t.wait(r"snapshot \d+")

    def test_listen_only_types_nothing(self):
        with Script(self.PROGRAM) as path, \
                Board(FIRMWARE.command("unix") + [path], prompt=False) as board, Tmux(100, 40) as t:
            board.wait(b"what? ")
            t.run([MEMPROF, "attach", "--listen-only", board.path])
            t.wait("LISTENING")
            t.keys("t")
            type_line(t, "this")
            t.wait("nothing is sent")
            self.assertEqual(board.sent_by_memprof, b"")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[3:]])
