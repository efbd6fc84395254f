#!/usr/bin/python3
"""WebREPLs that behave oddly, and servers that are none, made up here.

usage: test-webrepl-faults.py MEMPROF [TEST...]
"""
import os
import signal
import socket
import sys
import unittest

import virtual
from board import takes_signals
from repl import DUMP, Gone
from virtual import Process, clock
from webrepl import PING, PONG, TEXT, FakeWebRepl, environment, frame

MEMPROF = os.path.abspath(sys.argv.pop(1))
LOGIN_S = 8     # src/io/source/webrepl/login.c


def memprof(command, board, *options, code=0, env=None):
    p = virtual.run([MEMPROF, command, *options, board.uri], code=code, env=env or environment())
    board.close()
    assert board.fault is None, board.fault
    return p


class Login(unittest.TestCase):
    def check(self, cls, words, code=3, env=None, seconds=0):
        board, begin = cls(), clock.now()
        p = memprof("snap", board, code=code, env=env)
        self.assertEqual(round(clock.now() - begin), seconds)
        self.assertEqual(p.stderr.count("\n"), 1, p.stderr)
        self.assertIn(words, p.stderr)
        return board

    def check_upgrade(self, answer, words):
        class Server(FakeWebRepl):
            def upgrade(self):
                self.line.sendall(answer)
                self.line.recv(1)
        self.check(Server, words)

    def check_question(self, frames, words):
        class Server(FakeWebRepl):
            def log_in(self):
                self.send_raw(frames)
                self.line.recv(1)
        self.check(Server, words)

    def test_it_works(self):
        memprof("snap", FakeWebRepl())

    def test_no_password(self):
        board = self.check(FakeWebRepl, "no password for the WebREPL: set MEMPROF_WEBREPL_PASSWORD, or", code=2,
                                 env=environment(None))
        self.assertEqual(board.n_connections, 0)

    def test_other_servers(self):
        self.check_upgrade(b"HTTP/1.0 200 OK\r\n\r\n<base href=''>", "expected a WebREPL, which answers with HTTP status 101, found "
                           "'HTTP/1.0 200 OK'")
        self.check_upgrade(b"SSH-2.0-OpenSSH_9.2\x1b[2J\r\n\r\n", "found 'SSH-2.0-OpenSSH_9.2\\x1b[2J'")
        self.check_upgrade(b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                           b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", "a wrong Sec-WebSocket-Accept")
        self.check_upgrade(b"HTTP/1.1 101 x\r\nX: " + b"x" * 5000, "more than 4096 bytes of header")

    def test_an_end_before_the_answer(self):
        class Server(FakeWebRepl):
            def upgrade(self):
                raise OSError
        self.check(Server, "closed the connection without an answer")

    def test_another_client_is_served(self):
        class Server(FakeWebRepl):
            def log_in(self):
                raise OSError
        self.check(Server, "WebREPL serves one client at a time, and another one is connected")

    def test_bad_frames(self):
        self.check_question(b"\x81\x7f" + bytes(5) + b"\x01\0\0", "a frame has more than 65535 bytes")
        self.check_question(b"\x81\x81mask!", "a frame is masked")
        self.check_question(os.urandom(1) + b"\xff" * 20, "expected a WebREPL, but ")
        self.check_question(b">>> " * 100, "expected a WebREPL, but ")

    def test_other_text(self):
        self.check_question(frame(TEXT, b"login: " * 50), "expected a WebREPL's 'Password: ', found 'login: login: ")
        self.check_question(frame(TEXT, b"no") + b"\x88\0", "expected a WebREPL's 'Password: ', found 'no'")

    def test_silence_and_trickles(self):
        class Deaf(FakeWebRepl):
            def upgrade(self):
                self.line.recv(1)

        class Mute(FakeWebRepl):
            def log_in(self):
                self.line.recv(1)

        class Busy(FakeWebRepl):        # a program that never reads its keys
            def log_in(self):
                self.line.sendall(b"Password: ")
                while True:
                    self.line.recv(1)

        class Slow(FakeWebRepl):
            def upgrade(self):
                while True:
                    self.line.sendall(b"x")
                    clock.sleep(0.2)

        class Pings(FakeWebRepl):
            def log_in(self):
                while True:
                    self.send_raw(frame(PING, b"") * 10)
                    clock.sleep(0.05)

        request, question = "no answer to the request for a WebSocket in 8 s", "no question for the password in 8 s"
        for cls, words in ((Deaf, request), (Slow, request), (Mute, question), (Pings, question),
                           (Busy, "no answer to the password in 8 s")):
            with self.subTest(cls.__name__):
                self.check(cls, words, seconds=LOGIN_S)


class Sessions(unittest.TestCase):
    def check_end(self, frames, words):
        class Server(FakeWebRepl):
            def dump(self):
                self.say(DUMP[:1000])
                self.send_raw(frames)
                self.silence()
        self.assertIn(words, memprof("snap", Server(), code=3).stderr)

    def test_ends(self):
        self.check_end(b"\xf1\x01x", "the connection ended: a frame has reserved bits")
        self.check_end(b"\x88\x02\x03\xe8", "the board is gone")

    def test_another_password_when_it_comes_back(self):
        class Server(FakeWebRepl):
            def log_in(self):
                if self.n_connections > 1:
                    self.line.sendall(b"Password: ")
                    self.line.recv(100)
                    self.line.sendall(b"\r\nAccess denied\r\n")
                    raise Gone
                super().log_in()

            def dump(self):
                self.say(DUMP)
                raise Gone
        board = Server()
        p = memprof("attach", board, "--wait", code=3)
        self.assertEqual(p.stderr.count("it refused the password"), 1, p.stderr)
        self.assertEqual(board.n_connections, 2)

    def test_pings_and_fragments(self):
        class Server(FakeWebRepl):
            def dump(self):
                for at in range(0, len(DUMP), 70):
                    self.send_raw(frame(TEXT if at == 0 else 0, DUMP[at:at + 70], at + 70 >= len(DUMP)) + frame(PING, b"%d" % at))
                self.end()
        board = Server()
        memprof("snap", board)
        self.assertIn(PONG, [opcode for opcode, _ in board.line.controls])

    def test_replies_of_file_transfers_are_no_console(self):
        class Server(FakeWebRepl):
            def dump(self):
                self.send_raw(frame(2, b"WB\0\0"))
                super().dump()
        self.assertNotIn("WB", memprof("snap", Server()).stdout)


class Stops(unittest.TestCase):
    def check(self, p):
        takes_signals(p)
        begin = clock.now()
        p.send_signal(signal.SIGINT)
        _, err = p.communicate(timeout=60)
        self.assertLess(clock.now() - begin, 3)
        self.assertEqual((p.returncode, err), (0, ""))

    def test_while_it_logs_in(self):
        class Server(FakeWebRepl):
            def log_in(self):
                os.write(is_in, b"x")
                self.line.recv(1)
        asked, is_in = os.pipe()
        board = Server()
        p = Process([MEMPROF, "attach", "--wait", board.uri], env=environment())
        clock.wait([asked])
        self.check(p)
        board.close()

    def test_while_it_connects(self):
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen(0)
            others = [socket.socket() for _ in range(4)]        # which the kernel holds in its queue; there is no room for more
            for other in others:
                other.setblocking(False)
                other.connect_ex(server.getsockname())
            for kind in ("ws", "tcp"):
                with self.subTest(kind):
                    self.check(Process([MEMPROF, "attach", "--wait", "%s:127.0.0.1:%d" % (kind, server.getsockname()[1])],
                                       env=environment()))
            for other in others:
                other.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
