#!/usr/bin/python3
"""serve: what scrapers and pages get of simulated boards, boards that go, and every way to end it.

usage: test-serve.py MEMPROF

MEMPROF_PROMETHEUS is the folder with prometheus and promtool (scripts/prometheus); without it, those of the PATH are run.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import default_signals  # noqa: E402, F401
from waits import wait_for  # noqa: E402

MEMPROF = os.path.abspath(sys.argv.pop(1))
OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
SAMPLE = re.compile(r'^(\w+)\{((?:\w+="(?:[^"\\\n]|\\[\\n"])*",?)+)\} (\d+)$')
PATIENCE = 60
PROGRAMS = os.pathsep.join(filter(None, [os.environ.get("MEMPROF_PROMETHEUS"), os.environ["PATH"]]))
PROMETHEUS, PROMTOOL = (shutil.which(name, path=PROGRAMS) for name in ("prometheus", "promtool"))


def samples(text):
    """{(name, board, pool or state): value}; every line is a comment or a sample."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        m = SAMPLE.match(line)
        assert m, line
        labels = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', m[2]))
        key = m[1], labels["board"], labels.get("pool", labels.get("state"))
        assert key not in found, line
        found[key] = int(m[3])
    return found


class Server:
    def __init__(self, *arguments, **how):
        self.process = subprocess.Popen([MEMPROF, "serve", "--listen", "127.0.0.1:0", *arguments], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, **how)
        self.url = self.process.stdout.readline().rpartition(" at ")[2].strip()
        assert self.url.startswith("http://127.0.0.1:"), self.process.communicate(timeout=10)
        self.port = int(self.url.rstrip("/").rpartition(":")[2])

    def get(self, path, **headers):
        request = urllib.request.Request(self.url + path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read().decode()

    def raw(self, request):
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as s:
            answer = b""
            try:
                s.sendall(request)
                s.shutdown(socket.SHUT_WR)
            except OSError:     # it has closed it already
                pass
            while True:
                try:
                    data = s.recv(65536)
                except OSError:
                    break
                if not data:
                    break
                answer += data
        return answer

    def wait(self, condition):
        """The samples once it holds of them."""
        def once():
            nonlocal found
            found = samples(self.get("metrics"))
            return condition(found)
        found = {}
        wait_for(once, lambda: "others than %s" % found, PATIENCE, every=.05)
        return found

    def children(self):
        with open("/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)) as f:
            return [int(pid) for pid in f.read().split()]

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Case(unittest.TestCase):
    def serve(self, *arguments, **how):
        server = Server(*arguments, **how)
        self.addCleanup(server.process.stdout.close)
        self.addCleanup(server.process.stderr.close)
        self.addCleanup(server.process.wait)
        self.addCleanup(server.process.kill)
        return server

    def refused(self, *arguments):
        p = subprocess.run([MEMPROF, "serve", *arguments], capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
        return p.returncode, p.stdout, p.stderr


class Metrics(Case):
    def test_figures_of_two_boards(self):
        server = self.serve("-q", "leak=sim:leak,seed=1", "sim:badgeware,seed=2")
        other = "sim:badgeware,seed=2"
        found = server.wait(lambda found: ("memprof_pool_free_bytes", "leak", "gc") in found
                            and ("memprof_pool_free_bytes", other, "ramfs") in found)
        for board, pools in (("leak", ["gc"]), (other, ["gc", "picovector", "ramfs"])):
            self.assertEqual(found["memprof_up", board, None], 1)
            self.assertEqual(found["memprof_board_info", board, None], 1)
            self.assertEqual([key[2] for key in found if key[:2] == ("memprof_pool_free_bytes", board)], pools)
            for pool in pools:
                free, used, size = (found["memprof_pool_%s_bytes" % what, board, pool] for what in ("free", "used", "size"))
                self.assertLessEqual(free + used, size)
                if pool != "ramfs":
                    self.assertLessEqual(found["memprof_pool_largest_free_bytes", board, pool], free)
        self.assertLess(abs(found["memprof_last_snapshot_timestamp_seconds", "leak", None] - time.time()), 60)
        n = found["memprof_snapshots_total", "leak", None]
        server.wait(lambda found: found["memprof_snapshots_total", "leak", None] > n)
        server.wait(lambda found: found["memprof_collections_total", "leak", None] > 0)
        self.assertEqual(server.end()[0], 0)

    def test_formats(self):
        server = self.serve("-q", "sim:pico")
        for accept, kind, ends in ((OPENMETRICS, "application/openmetrics-text; version=1.0.0; charset=utf-8", True),
                                   ("*/*", "text/plain; version=0.0.4; charset=utf-8", False)):
            request = urllib.request.Request(server.url + "metrics", headers={"Accept": accept})
            with urllib.request.urlopen(request, timeout=20) as answer:
                text = answer.read().decode()
                self.assertEqual(answer.headers["Content-Type"], kind)
                self.assertEqual(answer.headers["Cache-Control"], "no-store")
            self.assertEqual(text.endswith("# EOF\n"), ends)
            samples(text)
            families = re.findall("^# TYPE (\\w+) ", text, re.M)
            self.assertEqual(len(families), len(set(families)))

    @unittest.skipUnless(PROMTOOL, "no promtool here")
    def test_promtool_has_no_complaint(self):
        server = self.serve("-q", "sim:badgeware")
        server.wait(lambda found: any(key[2] for key in found))
        p = subprocess.run([PROMTOOL, "check", "metrics"], input=server.get("metrics"), capture_output=True, text=True)
        self.assertEqual((p.returncode, p.stdout + p.stderr), (0, ""))

    @unittest.skipUnless(PROMTOOL, "no promtool here")
    def test_shipped_rules_fire(self):
        here = os.path.dirname(os.path.abspath(__file__))
        for what in (["test", "rules", os.path.join(here, "alerts.test.yml")],
                     ["check", "config", os.path.join(here, "../../examples/fleet/prometheus.yml")]):
            p = subprocess.run([PROMTOOL, *what], capture_output=True, text=True)
            self.assertEqual(p.returncode, 0, p.stdout + p.stderr)

    def test_the_dashboard_asks_for_what_is_served(self):
        server = self.serve("-q", "sim:badgeware")
        found = server.wait(lambda found: any(key[2] == "gc" for key in found) and ("memprof_verdict", "sim:badgeware", "ok") in found)
        here = os.path.dirname(os.path.abspath(__file__))
        for name in ("dashboard.json", "alerts.yml"):
            with open(os.path.join(here, "../../examples/fleet", name)) as f:
                asked = set(re.findall(r"memprof_\w+", f.read())) - {"memprof_boards"}
            self.assertLessEqual(asked, {key[0] for key in found}, name)

    def test_each_rule_is_fired(self):
        here = os.path.dirname(os.path.abspath(__file__))
        with open(os.path.join(here, "../../examples/fleet/alerts.yml")) as rules, open(os.path.join(here, "alerts.test.yml")) as tests:
            fired = set(re.findall(r"alertname: (\w+)(?:, |\s+)exp_alerts:\s*(?:\[ \{|- )", tests.read()))
            self.assertEqual(set(re.findall(r"- alert: (\w+)", rules.read())), fired)

    def test_a_board_that_never_sent_anything(self):
        server = self.serve("-q", "absent=/dev/ttyACM1000001", "sim:pico")
        found = samples(server.get("metrics"))
        self.assertEqual((found["memprof_up", "absent", None], found["memprof_last_snapshot_timestamp_seconds", "absent", None]), (0, 0))

    def test_verdicts(self):
        server = self.serve("-q", "leak=sim:leak,seed=1,period=50")
        found = server.wait(lambda found: found.get(("memprof_verdict", "leak", "leaking")) == 1)
        states = {key[2]: value for key, value in found.items() if key[0] == "memprof_verdict"}
        self.assertEqual((sum(states.values()), len(states)), (1, 10))

    def test_a_camera_and_a_line_that_loses_bytes(self):
        server = self.serve("-q", "camera=sim:openmv", "faulty=sim:faulty")
        server.wait(lambda found: all(found.get(("memprof_snapshots_total", board, None), 0) > 2 for board in ("camera", "faulty")))


RULES = """groups:
  - name: test
    rules:
      - alert: LargestFreeBlockFalls
        expr: predict_linear(max_over_time(memprof_pool_largest_free_bytes[3s])[8s:1s], 600) < 0
"""
CONFIG = """global: { scrape_interval: 250ms, scrape_timeout: 250ms, evaluation_interval: 500ms }
rule_files: [ rules.yml ]
scrape_configs: [ { job_name: memprof, static_configs: [ { targets: [ "%s" ] } ] } ]
"""


@unittest.skipUnless(PROMETHEUS, "no prometheus here")
class Prometheus(Case):
    def ask(self, path):
        with urllib.request.urlopen("http://127.0.0.1:%d/api/v1/%s" % (self.port, path), timeout=20) as answer:
            return json.load(answer)["data"]

    def await_answer(self, path, condition):
        def once():
            with contextlib.suppress(OSError):     # it is not there yet
                data = self.ask(path)
                return data if condition(data) else None
        return wait_for(once, path, PATIENCE, every=.2)

    def test_a_falling_largest_free_block_is_alerted(self):
        server = self.serve("-q", "leak=sim:leak,seed=1,period=50", "camera=sim:openmv")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name, text in (("rules.yml", RULES), ("prometheus.yml", CONFIG % server.url[7:-1])):
            with open(os.path.join(folder.name, name), "w") as f:
                f.write(text)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        prometheus = subprocess.Popen([PROMETHEUS, "--config.file=" + os.path.join(folder.name, "prometheus.yml"),
                                       "--storage.tsdb.path=" + folder.name, "--web.listen-address=127.0.0.1:%d" % self.port],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(prometheus.wait)
        self.addCleanup(prometheus.terminate)
        target = self.await_answer("targets", lambda data: data["activeTargets"] and data["activeTargets"][0]["health"] == "up")
        self.assertEqual(target["activeTargets"][0]["lastError"], "")
        self.await_answer("alerts", lambda data: any(a["state"] == "firing" and a["labels"]["board"] == "leak" for a in data["alerts"]))
        kinds = self.ask("metadata")
        self.assertEqual(kinds["memprof_pool_free_bytes"][0]["unit"], "bytes")      # so it was OpenMetrics
        self.assertEqual(kinds["memprof_board"][0]["type"], "info")


class Requests(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("-q", "sim:pico")

    @classmethod
    def tearDownClass(cls):
        cls.server.end()

    def status(self, request):
        answer = self.server.raw(request)
        return int(answer.split()[1]) if answer else 0

    def test_what_is_there(self):
        self.assertEqual(self.server.get("healthz"), "ok\n")
        page = self.server.get("")
        self.assertIn("connect-src 'self'", page)
        self.assertNotRegex(page, r"(?:src|href)=.https?:")
        for path in ("nothing", "metrics/", "../etc/passwd", "metrics%00"):
            status = self.status(("GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path).encode())
            self.assertIn(status, (200,) if path == "metrics%00" else (404,), path)

    def test_only_reading(self):
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
            self.assertEqual(self.status(b"%s /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" % method.encode()), 405)
        head = self.server.raw(b"HEAD /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 200 ") and head.endswith(b"\r\n\r\n"), head)
        self.assertEqual(self.status(b"HEAD /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), 200)

    def test_names_that_were_made_to_lead_here(self):
        for path in ("/", "/metrics", "/events", "/healthz"):
            for host, status in (("evil.example", 421), ("evil.example:%d" % self.server.port, 421), ("127.0.0.1.evil.example", 421)):
                self.assertEqual(self.status(("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (path, host)).encode()), status)
        for host in ("localhost", "127.0.0.1:%d" % self.server.port, "[::1]:80"):
            self.assertEqual(self.status(("GET /healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % host).encode()), 200)

    def test_requests_that_are_none(self):
        for request in (b"", b"\r\n\r\n", b"GET", b"GET / HTTP/9.9\r\n\r\n", b"\0" * 1000, b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
                        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 50000 + b"\r\n",
                        b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 100000,
                        b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"):
            self.server.raw(request)
            self.assertEqual(self.server.get("healthz"), "ok\n")

    def test_requests_that_are_answered_with_why_not(self):
        for request, status in ((b"GET /metrics HTTP/1.1\r\n\r\n", 400), (b"GET /metrics HTTP/1.0\r\n\r\n", 200),
                                (b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", 400),
                                (b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 200),
                                (b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
                                (b"GET /metrics?" + b"a" * 60000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414)):
            self.assertEqual(self.status(request), status, request[:60])

    def test_connections_that_never_ask(self):
        """Many at a time do not keep others from being answered, and each is closed in the end, however slowly it goes on."""
        server = Server("-q", "sim:pico")
        self.addCleanup(server.end)
        slow = []
        for n in range(300):
            s = socket.create_connection(("127.0.0.1", server.port), timeout=20)
            with contextlib.suppress(OSError):
                s.sendall(b"GET /metrics HTTP/1.1\r\nHost: local")
            slow.append(s)
            if n % 20 == 0:
                self.assertIn("memprof_up", server.get("metrics"))
        last = slow[-1]
        last.setblocking(False)

        def is_closed():
            with contextlib.suppress(BlockingIOError):
                try:
                    last.send(b"h")
                    return last.recv(1) == b""
                except OSError as error:
                    return not isinstance(error, BlockingIOError)
        wait_for(is_closed, "the end of a request that never ends", PATIENCE, every=.5)
        for s in slow:
            s.close()

    def test_more_connections_than_there_may_be(self):
        idle = [socket.create_connection(("127.0.0.1", self.server.port), timeout=20) for _ in range(100)]
        for s in idle:
            s.close()

        def answer():
            with contextlib.suppress(OSError):
                return self.server.get("healthz")
        self.assertEqual(wait_for(answer, "an answer", PATIENCE), "ok\n")

    def test_events(self):
        with urllib.request.urlopen(self.server.url + "events", timeout=20) as answer:
            self.assertEqual(answer.headers["Content-Type"], "text/event-stream")
            seen = []
            while len(seen) < 4:
                line = answer.readline().decode()
                if line.startswith("data: "):
                    seen.append(json.loads(line[6:]))
        self.assertEqual({event["board"] for event in seen}, {"sim:pico"})
        self.assertGreater(seen[-1]["snapshots"], seen[0]["snapshots"])
        self.assertEqual(seen[-1]["pools"][0]["name"], "gc")
        self.assertEqual([event["at_ms"] for event in seen], sorted(event["at_ms"] for event in seen))

    def test_streams_that_nobody_reads_and_too_many(self):
        request = b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"
        server, streams = Server("-q", "sim:pico"), []
        self.addCleanup(server.end)
        for _ in range(30):
            s = socket.create_connection(("127.0.0.1", server.port), timeout=20)
            s.sendall(request)
            streams.append(s)
        self.assertIn("memprof_up", server.get("metrics"))      # they are not in the way
        statuses = [int(s.recv(100).split()[1]) for s in streams]
        self.assertEqual(statuses.count(200), 24)
        self.assertEqual(statuses.count(503), 6)
        for s in streams:
            s.close()
        self.assertEqual(server.get("healthz"), "ok\n")


class Boards(Case):
    def test_a_board_that_goes_and_returns(self):
        """A server in place of the board: figures are dropped while it is away, and counters stay."""
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(1)
            listener.settimeout(PATIENCE)
            source = "tcp:127.0.0.1:%d" % listener.getsockname()[1]
            server = self.serve("-q", "board=" + source, "--listen-only")
            dump = ("stack: 500 out of 8000\r\nGC: total: 16000, used: 6000, free: 10000\r\n"
                    " No. of 1-blocks: 2, 2-blocks: 1, max blk sz: 64, max free sz: 300\r\n")
            for n in (1, 2):
                connection, _ = listener.accept()
                for _ in range(2):
                    connection.sendall(dump.encode() + b"x\r\n")
                found = server.wait(lambda found: found["memprof_up", "board", None] == 1
                                    and ("memprof_pool_free_bytes", "board", "gc") in found)
                self.assertEqual(found["memprof_pool_free_bytes", "board", "gc"], 10000)
                self.assertGreaterEqual(found["memprof_snapshots_total", "board", None], n)
                connection.close()
                found = server.wait(lambda found: found["memprof_up", "board", None] == 0)
                self.assertEqual([key for key in found if key[2]], [])
                self.assertGreaterEqual(found["memprof_snapshots_total", "board", None], n)
            self.assertEqual(server.end()[0], 0)

    def test_lines_of_any_firmware(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(1)
            listener.settimeout(PATIENCE)
            server = self.serve("-q", "--figures", "heap {free} of {size} least {least}", "node=tcp:127.0.0.1:%d" % listener.getsockname()[1])
            connection, _ = listener.accept()
            self.addCleanup(connection.close)
            for free in (5000, 4000):
                connection.sendall(b"I (42) app: heap %d of 327680 least %d\r\n" % (free, free - 500))
                found = server.wait(lambda found: found.get(("memprof_pool_free_bytes", "node", "heap"),
                                                            found.get(("memprof_pool_free_bytes", "node", "gc"))) == free)
            self.assertGreater(found["memprof_last_snapshot_timestamp_seconds", "node", None], 0)
            self.assertEqual([value for key, value in found.items() if key[0] == "memprof_pool_least_free_bytes"], [3500])
            self.assertEqual(server.end()[0], 0)

    def test_a_board_that_is_not_there(self):
        server = self.serve("absent=/dev/ttyACM1000001", "sim:pico")
        found = server.wait(lambda found: found["memprof_up", "sim:pico", None] == 1)
        self.assertEqual(found["memprof_up", "absent", None], 0)
        code, _, err = server.end()
        self.assertEqual(code, 0)
        self.assertIn("/dev/ttyACM1000001: note: waiting for it", err)

    def test_a_process_that_is_killed(self):
        server = self.serve("a=sim:pico", "b=sim:leak")
        server.wait(lambda found: ("memprof_pool_free_bytes", "a", "gc") in found and ("memprof_pool_free_bytes", "b", "gc") in found)
        os.kill(server.children()[0], signal.SIGKILL)
        found = server.wait(lambda found: found["memprof_up", "a", None] == 0)
        self.assertNotIn(("memprof_pool_free_bytes", "a", "gc"), found)
        n = found["memprof_snapshots_total", "b", None]
        server.wait(lambda found: found["memprof_snapshots_total", "b", None] > n)
        code, _, err = server.end()
        self.assertEqual(code, 3)
        self.assertIn("a: error: its process was killed by signal 9; the board is not followed any more", err)

    def test_the_last_board_ends_it(self):
        server = self.serve("exec:echo nothing; sleep 1")
        code, _, err = server.process.wait(PATIENCE), *server.process.communicate()
        self.assertEqual(code, 3, err)


class Ends(Case):
    def test_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            server = self.serve("-q", "a=sim:pico", "b=sim:badgeware")
            children = server.children()
            self.assertEqual(len(children), 2)
            code, out, err = server.end(number)
            self.assertEqual((code, out, err), (0, "", ""))
            self.assertFalse(any(map(alive, children)))

    def test_ctrl_c_goes_to_all(self):
        server = self.serve("-q", "a=sim:pico", "b=sim:badgeware", start_new_session=True)
        server.wait(lambda found: found["memprof_up", "a", None] == 1)
        for _ in range(3):
            os.killpg(server.process.pid, signal.SIGINT)
        self.assertEqual(server.process.wait(PATIENCE), 0)

    def test_children_end_with_a_parent_that_is_killed(self):
        server = self.serve("-q", "a=sim:pico", "b=sim:badgeware")
        server.wait(lambda found: found["memprof_up", "a", None] == 1)
        children = server.children()
        server.process.kill()
        server.process.wait()
        wait_for(lambda: not any(map(alive, children)), "the end of %s" % children, PATIENCE)
        with socket.socket() as s:      # and nobody holds the port
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("127.0.0.1", server.port))

    def test_streams_end_with_it(self):
        server = self.serve("-q", "sim:pico")
        with urllib.request.urlopen(server.url + "events", timeout=20) as events:
            events.readline()
            self.assertEqual(server.end()[0], 0)
            events.read()


class Network(Case):
    """Where others than this machine reach it."""

    def status(self, server, host="localhost", path="/metrics", more=b""):
        return int(server.raw(b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n" % (path.encode(), host.encode(), more)).split()[1])

    def test_names_of_it(self):
        server = self.serve("-q", "--host", "board.local", "--host", "heap.example", "sim:pico")
        for host, status in (("board.local", 200), ("heap.example:443", 200), ("127.0.0.1", 200), ("evil.example", 421), ("192.168.1.7", 421)):
            self.assertEqual(self.status(server, host), status, host)

    def test_a_token(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("s3cret\nnot this\n")
            file.flush()
            server = self.serve("-q", "--token", file.name, "sim:pico")
        for more, status in ((b"", 401), (b"Authorization: Bearer s3cret\r\n", 200), (b"Authorization: Bearer s3cre\r\n", 401),
                             (b"Authorization: Basic s3cret\r\n", 401)):
            for path in ("/", "/metrics"):
                self.assertEqual(self.status(server, path=path, more=more), status)
        self.assertEqual(self.status(server, path="/healthz"), 200)
        self.assertIn(b"WWW-Authenticate: Bearer\r\n", server.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        for text, words in (("", "its first line is no token"), ("two words\n", "its first line is no token"), ("\x1b[0m", "its first line is no token")):
            with tempfile.NamedTemporaryFile("w") as file:
                file.write(text)
                file.flush()
                code, _, err = self.refused("--token", file.name, "sim:pico")
                self.assertEqual(code, 2)
                self.assertIn(words, err)

    def test_a_socket_in_the_file_system(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "memprof.sock")
            for _ in range(2):
                server = subprocess.Popen([MEMPROF, "serve", "-q", "--listen", "unix:" + path, "sim:pico"], stdout=subprocess.PIPE, text=True)
                self.addCleanup(server.stdout.close)
                self.addCleanup(server.kill)
                self.assertEqual(server.stdout.readline(), "serving 1 board at unix:%s\n" % path)
                with socket.socket(socket.AF_UNIX) as s:
                    s.settimeout(20)
                    s.connect(path)
                    s.sendall(b"GET /healthz HTTP/1.1\r\nHost: heap.example\r\nConnection: close\r\n\r\n")
                    self.assertTrue(s.recv(4096).startswith(b"HTTP/1.1 200 "))
                self.assertIn("it is in use", self.refused("--listen", "unix:" + path, "sim:pico")[2])
                server.kill()       # and what it leaves is replaced
                server.wait()
                self.assertTrue(os.path.exists(path))
            server = subprocess.Popen([MEMPROF, "serve", "-q", "--listen", "unix:" + path, "sim:pico"], stdout=subprocess.PIPE, text=True)
            server.stdout.readline()
            server.terminate()
            server.communicate(timeout=PATIENCE)
            self.assertEqual((server.returncode, os.path.exists(path)), (0, False))
        self.assertIn("listen on unix:/nowhere/x: No such file", self.refused("--listen", "unix:/nowhere/x", "sim:pico")[2])


class CommandLine(Case):
    def test_addresses(self):
        for address in ("", "9464", ":9464", "localhost", "localhost:x", "127.0.0.1:99999", "[::1:80", "nowhere.invalid:80"):
            code, out, err = self.refused("--listen", address, "sim:pico")
            self.assertEqual((code, out), (2, ""), address)
            self.assertIn("cannot listen on '%s'" % address if ":" not in address else "cannot listen on", err)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen(1)
            code, out, err = self.refused("--listen", "127.0.0.1:%d" % taken.getsockname()[1], "sim:pico")
            self.assertEqual((code, out), (2, ""))
            self.assertIn("it is in use", err)
        code, _, err = self.refused("--listen", "192.0.2.1:9464", "sim:pico")
        self.assertEqual(code, 2)
        self.assertIn("no address of this machine", err)

    def test_an_address_that_others_reach(self):
        server = subprocess.Popen([MEMPROF, "serve", "sim:pico", "--listen", "0.0.0.0:0"], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)
        port = server.stdout.readline().rstrip("/\n").rpartition(":")[2]
        request = urllib.request.Request("http://127.0.0.1:%s/healthz" % port, headers={"Host": "board.example"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            self.assertEqual(answer.read(), b"ok\n")
        server.terminate()
        self.assertIn("there is no token (--token FILE) and no TLS", server.communicate(timeout=PATIENCE)[1])
        self.assertEqual(server.returncode, 0)

    def test_names(self):
        name = "NAME=SOURCE gives a board a name of its own"
        for arguments, message in ((["sim:pico", "sim:pico"], "memprof: error: 'sim:pico' is given more than once; " + name),
                                   (["a=sim:pico", "a=sim:leak"], "memprof: error: 'a' is given more than once; " + name),
                                   (["a="], "memprof: error: 'a=' names no source; NAME=SOURCE is a board with a name of yours"),
                                   (["a=" + __file__], __file__ + ": error: this is a file, not a board; memprof report reads it"),
                                   (["gdb:localhost:3333"], "gdb:localhost:3333: error: a GDB server has no console to follow;"
                                    " memprof attach and record read its target's memory"),
                                   (["--interval", "x", "sim:pico"], "memprof: error: --interval takes a time up to 1d, not 'x'")):
            self.assertEqual(self.refused(*arguments), (2, "", message + "\n"))

    def test_where_the_server_is(self):
        """It is not in memprof itself."""
        with tempfile.TemporaryDirectory() as folder:
            alone = shutil.copy(MEMPROF, folder)
            p = subprocess.run([alone, "serve", "sim:pico"], capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual((p.returncode, p.stdout), (2, ""))
            self.assertIn("error: cannot find memprof's program memprof-serve; install memprof", p.stderr)
            self.assertIn("--listen ADDRESS", subprocess.check_output([alone, "serve", "--help"], text=True))
            program = os.path.join(folder, "memprof-serve")
            with open(program, "w") as file:
                file.write("#!/nowhere\n")
            os.chmod(program, 0o755)
            p = subprocess.run([alone, "serve", "sim:pico"], capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual((p.returncode, p.stdout), (2, ""))
            self.assertEqual(p.stderr, "%s: error: cannot be started: No such file or directory\n" % program)


if __name__ == "__main__":
    unittest.main()
