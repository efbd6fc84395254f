#!/usr/bin/python3
"""Boards behind a WebREPL: MicroPython's own websocket module serves the prompt of the unix port, or of QEMU's Cortex-M3.

usage: test-webrepl.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import unittest

import rig
from rig import FIRMWARE, HERE, HOST, Script, memprof, read_until, start, ticks, wait_for
from webrepl import PASSWORD, environment

def free_port(host):
    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as server:
        return server.getsockname()[1]


class WebRepl:
    """A board and the server on it, which may be ended and started again, as by a reset of its network."""

    def __init__(self, name, host=HOST):
        self.board, self.host, self.port, self.process = FIRMWARE.board(name), host, free_port(host), None
        self.uri = ("ws:[%s]:%d" if ":" in host else "ws:%s:%d") % (host, self.port)
        self.log = tempfile.TemporaryFile("w+")
        self.begin()

    def begin(self):
        n_before = self.said().count("listening")
        fd = os.open(self.board.path, os.O_RDWR | os.O_NOCTTY)
        self.process = subprocess.Popen(
            [FIRMWARE.file("unix.elf"), os.path.join(HERE, "webrepl_server.py"), self.host, str(self.port), PASSWORD],
            stdin=fd, stdout=fd, stderr=self.log)
        os.close(fd)
        self.wait("listening", n_before + 1)

    def end(self):
        self.process.kill()
        self.process.wait()

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def wait(self, words, n=1):
        wait_for(lambda: self.said().count(words) >= n, lambda: "%r of the server: %r" % (words, self.said()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        self.board.close()
        self.log.close()


def ask(repl, *arguments, env=None, **more):
    return memprof(*arguments, repl.uri, env=env or environment(), **more)


class Boards(unittest.TestCase):
    def check_snap(self, name, **more):
        with WebRepl(name, **more) as repl:
            p = ask(repl, "snap", "--json", code=0)
            document = json.loads(p.stdout)
            self.assertTrue(document["dumps"][0]["complete"])
            self.assertEqual(document["input"]["name"], repl.uri)
            repl.wait("closed")
            self.assertNotIn("not text", repl.said())
            self.assertEqual(repl.board.type("print(6 * 7)"), "42")     # the prompt was given back

    def test_snap_in_paste_mode(self):
        self.check_snap("unix")

    def test_snap_in_raw_paste_mode(self):
        self.check_snap("qemu")

    def test_ipv6(self):
        self.check_snap("unix", host="::1")

    def test_attach(self):
        with WebRepl("qemu") as repl:
            p = ask(repl, "attach", "--count", "3", "--interval", "0.1", code=0)
            self.assertEqual(len(ticks(p.stdout)), 3, p.stdout)

    def test_run(self):
        for name in ("qemu", "unix"):
            with self.subTest(name), WebRepl(name) as repl, Script("x = [bytearray(99)]\nprint('over the air\\n' * 40)\n") as script:
                p = ask(repl, "run", "-q", script, code=0)
                self.assertEqual(p.stdout.count("over the air\n"), 40)

    def test_objects_and_hex(self):
        with WebRepl("qemu") as repl:
            ask(repl, "objects", code=0)
            memprof("hex", repl.uri, "0", env=environment(), code=0)

    def test_a_url(self):
        with WebRepl("unix") as repl:
            memprof("snap", "ws://%s:%d/" % (repl.host, repl.port), env=environment(), code=0)

    def test_a_program_is_interrupted(self):
        """Nothing answers: the prompt in the greeting is none."""
        with WebRepl("unix") as repl:
            repl.board.run_forever()
            p = ask(repl, "snap", "--patience", "0", code=3)
            self.assertIn("no answer", p.stderr)
            p = ask(repl, "snap", "--interrupt", code=0)


class Passwords(unittest.TestCase):
    def test_wrong(self):
        with WebRepl("unix") as repl:
            for options in ([], ["--wait"]):        # which waits for nothing: the same one is refused again
                p = ask(repl, "attach", *options, env=environment("wrong"), code=3)
                self.assertEqual(p.stderr, repl.uri + ": error: it refused the password\n")
            ask(repl, "snap", code=0)

    def test_from_a_file(self):
        with WebRepl("unix") as repl, tempfile.NamedTemporaryFile("w") as file:
            file.write(PASSWORD + "\r\nignored\n")
            file.flush()
            env = environment(None, file.name)
            ask(repl, "snap", env=env, code=0)
            os.chmod(file.name, 0o640)
            p = ask(repl, "snap", env=env, code=2)
            self.assertIn("its mode is 640", p.stderr)

    def test_from_the_folder_of_the_configuration(self):
        with WebRepl("unix") as repl, tempfile.TemporaryDirectory() as folder:
            env = environment(None)
            env["XDG_CONFIG_HOME"] = folder
            os.mkdir(os.path.join(folder, "memprof"))
            fd = os.open(os.path.join(folder, "memprof/webrepl-password"), os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(fd, PASSWORD.encode())
            os.close(fd)
            ask(repl, "snap", env=env, code=0)

    def test_it_is_kept_nowhere(self):
        with WebRepl("qemu") as repl, tempfile.TemporaryDirectory() as folder:
            saved = os.path.join(folder, "stream")
            p = ask(repl, "attach", "--count", "2", "--interval", "0.1", "--save", saved, code=0)
            with open(saved, "rb") as file:
                stream = file.read()
            for words in (PASSWORD, "Password", "WebREPL connected"):
                self.assertNotIn(words.encode(), stream)
                self.assertNotIn(words, p.stdout + p.stderr)
            memprof("report", saved, code=0)


class Ends(unittest.TestCase):
    def test_a_second_client(self):
        with WebRepl("qemu") as repl:
            first = start("attach", "--interval", "0.1", repl.uri, env=environment())
            with rig.killed(first):
                read_until(first, rig.TICK)
                p = ask(repl, "snap", code=3)
                self.assertIn("it closed the connection: WebREPL serves one client at a time", p.stderr)
                repl.wait("rejected")
                read_until(first, rig.TICK, n=2)
                code, _, err = rig.stop(first)
                self.assertEqual(code, 0, err)
            ask(repl, "snap", code=0)

    def test_the_server_goes(self):
        with WebRepl("qemu") as repl:
            p = start("attach", "--interval", "0.1", repl.uri, env=environment())
            with rig.killed(p):
                read_until(p, rig.TICK, n=2)
                repl.end()
                _, err = p.communicate(timeout=20)
                self.assertEqual(p.returncode, 3, err)
                self.assertIn("the board is gone", err)

    def test_and_comes_back(self):
        with WebRepl("qemu") as repl:
            p = start("attach", "--wait", "--interval", "0.1", repl.uri, env=environment())
            with rig.killed(p):
                read_until(p, rig.TICK, n=2)
                repl.end()
                rig.read_errors_until(p, "waiting for it to come back")
                repl.begin()
                read_until(p, "it is back")
                read_until(p, rig.TICK, n=2)
                code, _, err = rig.stop(p)
                self.assertEqual(code, 0, err)

    def test_its_turn_is_waited_for(self):
        with WebRepl("unix") as repl, contextlib.ExitStack() as stack:
            first = stack.enter_context(rig.killed(start("attach", "--interval", "0.1", repl.uri, env=environment())))
            read_until(first, rig.TICK)
            second = stack.enter_context(rig.killed(start("attach", "--wait", "--count", "1", repl.uri, env=environment())))
            repl.wait("rejected")
            first.send_signal(signal.SIGINT)
            self.assertTrue(re.search(rig.TICK, read_until(second, rig.TICK), re.M))


if __name__ == "__main__":
    rig.main()
