"""The page of memprof serve in a headless Chromium: figures that are those of the events, boards that go and return, names that
stay text. Most of it is fed by a server of the test's own; the page is memprof's.
"""

import http.server
import json
import queue
import subprocess
import threading
import unittest
import urllib.request

import pages
from chromium import wait_for
from pages import EVIL, MEMPROF, SEEN

KEYS = ("size", "used", "free", "largest_free", "fragmentation")
DRAWN = """(name => { const node = [...document.querySelectorAll('section.board')].find(s => s.querySelector('h2').textContent === name);
    return node && { away: node.classList.contains('away'), link: node.querySelector('.link-state').textContent, what: node.querySelector('.what').textContent,
        counts: node.querySelector('.counts').textContent, pools: [...node.querySelectorAll('tbody tr')].map(tr => ({ name: tr.cells[0].textContent,
            values: Object.fromEntries([...tr.querySelectorAll('td[data-key]')].map(td => [td.dataset.key, td.dataset.value ?? null])),
            free: tr.querySelector('path.free').getAttribute('d'), largest: tr.querySelector('path.largest').getAttribute('d') })) }; })"""


def start(*arguments):
    process = subprocess.Popen([MEMPROF, "serve", "-q", "--listen", "127.0.0.1:0", *arguments], stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().rpartition(" at ")[2].strip()


def pool(name="gc", size=1000, used=600, free=400, largest_free=300, fragmentation=.25):
    return {"name": name, "kind": "gc", "size": size, "used": used, "free": free, "largest_free": largest_free,
            "fragmentation": fragmentation}


def board(name, snapshots=1, pools=(), link="polling", **more):
    return {"board": name, "at_ms": snapshots * 1000, "link": link, "firmware": "MicroPython v1.25.0", "machine": "Pico",
            "snapshots": snapshots, "failures": 0, "resets": 1, "collections": None, "pools": list(pools), **more}


class Source(http.server.ThreadingHTTPServer):
    """Serves the page, and the events that send() is given."""

    daemon_threads = True

    def __init__(self, page):
        self.page, self.queues, self.ends = page, [], False
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d/" % self.server_port

    def send(self, *events):
        for events_of_one in self.queues:
            for event in events:
                events_of_one.put(event)


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if self.path == "/events" else "text/html; charset=utf-8")
        self.end_headers()
        if self.path != "/events":
            self.wfile.write(self.server.page)
            return
        mine = queue.Queue()
        self.server.queues.append(mine)
        self.wfile.write(b"retry: 100\n\n")
        while True:
            event = mine.get()
            if event is None:
                return
            self.wfile.write(b"event: board\ndata: " + json.dumps(event).encode() + b"\n\n")


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = pages.browser()
        process, url = start("sim:pico")
        with urllib.request.urlopen(url) as answer:
            cls.text = answer.read()
        process.terminate()
        process.communicate()

    def open(self):
        source = Source(self.text)
        self.addCleanup(source.server_close)
        self.addCleanup(source.shutdown)
        self.addCleanup(source.send, None)
        page = self.browser.open(source.url)
        self.addCleanup(page.close)
        self.addCleanup(lambda: self.assertEqual(([], []), (page.dialogs, page.complaints)))
        wait_for(lambda: source.queues, "a page that asks for events")
        return source, page

    def drawn(self, page, name, condition):
        page.wait("(b => b && (%s))(%s(%s))" % (condition, DRAWN, json.dumps(name)))
        return page.eval("%s(%s)" % (DRAWN, json.dumps(name)))

    def test_figures_are_those_of_the_events(self):
        source, page = self.open()
        pools = [pool(size=192064, used=73216, free=118848, largest_free=109568, fragmentation=.078),
                 pool("ramfs", size=1048576, used=None, free=None, largest_free=None, fragmentation=None)]
        source.send(board("kitchen", pools=pools, snapshots=12345, failures=1, collections=2))
        seen = self.drawn(page, "kitchen", "b.pools.length === 2")
        self.assertEqual((seen["link"], seen["what"]), ("connected", "MicroPython v1.25.0 \u00b7 Pico"))
        self.assertEqual(seen["counts"], "12\u202f345 snapshots \u00b7 1 failed allocation \u00b7 1 reset \u00b7 2 collections")
        for drawn, sent in zip(seen["pools"], pools):
            self.assertEqual(drawn["name"], sent["name"])
            self.assertEqual({key: value if value is None else float(value) for key, value in drawn["values"].items()},
                             {key: sent[key] for key in KEYS})
        self.assertEqual(page.requests, [source.url, source.url + "events"])

    def test_curves_have_a_point_for_each_snapshot_and_a_gap_for_absence(self):
        source, page = self.open()
        for n in range(1, 6):
            source.send(board("a", n, [pool(free=100 * n, largest_free=50)]))
        source.send(board("a", 5, [pool(free=500, largest_free=50)]))       # no new snapshot
        seen = self.drawn(page, "a", "b.pools.length && b.pools[0].free.split('L').length === 5")
        self.assertEqual(seen["pools"][0]["free"].count("M"), 1)
        source.send(board("a", 5, link="away"))
        seen = self.drawn(page, "a", "b.away")
        self.assertEqual((seen["pools"], seen["link"]), ([], "away"))
        source.send(board("a", 6, [pool()]), board("a", 7, [pool()]))
        seen = self.drawn(page, "a", "b.pools.length && b.pools[0].free.split('L').length === 6")
        self.assertEqual(seen["pools"][0]["free"].count("M"), 2)

    def test_the_worst_comes_first_and_says_why(self):
        source, page = self.open()
        verdict = {"state": "ok", "severity": 0, "bytes_per_collection": None, "ends_in_ms": None}
        leaks = {"state": "leaking", "severity": 2, "bytes_per_collection": 186.4, "ends_in_ms": [120000, 240000]}
        order = "[...document.querySelectorAll('section.board')].map(s => s.dataset.board + s.dataset.severity).join(' ')"
        source.send(*[board(name, pools=[pool()], verdict=of) for name, of in (("a", verdict), ("b", dict(verdict, state="suspected", severity=1)),
                                                                              ("c", leaks), ("d", None))])
        page.wait(order + " === 'c2 b1 a0 d0'")
        self.assertEqual(page.eval("document.querySelector('[data-board=c] .verdict').textContent"),
                         "leaking \u00b7 186 B per collection \u00b7 full in 2 min to 4 min")
        source.send(board("a", 2, pools=[pool()], verdict=leaks), board("c", 2, pools=[pool()], verdict=verdict))
        page.wait(order + " === 'a2 b1 c0 d0'")

    def test_trouble_is_in_the_first_rows(self):
        source, page = self.open()
        verdict = {"state": "ok", "severity": 0, "bytes_per_collection": None, "ends_in_ms": None, "pool": "gc"}
        leaks = dict(verdict, state="leaking", severity=2, bytes_per_collection=186.4, ends_in_ms=[120000, 240000])
        rows = '''[...document.querySelectorAll('#overview tbody tr')].map(tr => tr.dataset.severity + ' ' + [...tr.cells].map(td => td.textContent).join(' | '))'''
        source.send(board("fine", pools=[pool()], verdict=verdict, age_ms=0), board("gone", link="away", verdict=None, age_ms=7300000),
                    board("failed", pools=[pool()], verdict=verdict, failures=3, age_ms=200000), board("mute", pools=[], verdict=None, age_ms=None),
                    board("leak", pools=[pool("a"), pool(free=7168, largest_free=5120)], verdict=leaks, age_ms=30000))
        page.wait(rows + ".length === 5 && " + rows + "[0].startsWith('2 leak')")
        self.assertEqual(page.eval(rows), [
            "2 leak | leaking \u00b7 186 B per collection \u00b7 full in 2 min to 4 min | 7.0 KiB | 5.0 KiB | 0 | 30 s ago",
            "1 gone | away | \u2013 | \u2013 | 0 | 2 h ago", "1 failed | ok | 400 B | 300 B | 3 | 3 min ago",
            "0 fine | ok | 400 B | 300 B | 0 | now", "0 mute | no figures yet | \u2013 | \u2013 | 0 | never"])
        self.assertEqual(page.eval("document.querySelector('#overview td.failed').closest('tr').dataset.board"), "failed")
        self.assertTrue(page.eval("document.querySelector(document.querySelector('#overview a').hash).dataset.board === 'leak'"))

    def test_names_stay_text(self):
        source, page = self.open()
        source.send(board(EVIL, pools=[pool(EVIL)], machine=EVIL, firmware=None))
        seen = self.drawn(page, SEEN, "b.pools.length")
        self.assertEqual((seen["pools"][0]["name"], seen["what"]), (SEEN, SEEN))
        self.assertEqual(page.count("main script, img"), 0)

    def test_many_events_cost_no_more_memory(self):
        source, page = self.open()
        for n in range(1, 2001):
            source.send(board("a", n, [pool(free=n)]))
        seen = self.drawn(page, "a", "b.counts.startsWith('2000 ')")
        self.assertEqual(seen["pools"][0]["free"].count("L"), 599)

    def test_a_server_that_goes_is_reported(self):
        source, page = self.open()
        source.send(board("a", pools=[pool()]))
        self.drawn(page, "a", "b.pools.length")
        source.shutdown()
        source.server_close()
        source.send(None)
        page.wait("document.getElementById('state').textContent.includes('does not answer')")
        page.complaints.clear()     # of the connection

    def test_narrow_wide_dark(self):
        source, page = self.open()
        source.send(*[board("board-with-a-long-name-%d" % i, pools=[pool(), pool("caps.0")]) for i in range(8)])
        self.drawn(page, "board-with-a-long-name-7", "b.pools.length")
        for width in (320, 1280):
            page.size(width, 900)
            page.media(dark=width == 320)
            self.assertLessEqual(page.eval("document.documentElement.scrollWidth"), width)


class Served(unittest.TestCase):
    def test_boards_of_memprof(self):
        process, url = start("leak=sim:leak", "sim:badgeware")
        self.addCleanup(process.communicate)
        self.addCleanup(process.terminate)
        page = pages.browser().open(url)
        self.addCleanup(page.close)
        page.wait("document.querySelectorAll('section.board tbody tr').length === 4")
        page.wait("[...document.querySelectorAll('path.free')].every(p => p.getAttribute('d').split('L').length > 2)")
        self.assertEqual(page.eval("[...document.querySelectorAll('section.board h2')].map(h => h.textContent)"), ["leak", "sim:badgeware"])
        self.assertEqual((page.dialogs, page.complaints, page.requests), ([], [], [url, url + "events"]))
