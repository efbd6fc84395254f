import binascii, gc, json, random

random.seed(11)

PAGE = """HTTP/1.0 200 OK\r
Content-Type: {kind}\r
Set-Cookie: sid={sid}\r
\r
{body}
"""

class App:
    def __init__(self):
        self.routes = {}
        self.sessions = {}

    def route(self, path):
        def deco(fn):
            self.routes[path] = fn
            return fn
        return deco

    def session(self, headers):
        sid = headers.get("cookie", "")
        if sid not in self.sessions:
            sid = binascii.hexlify(bytes(random.getrandbits(8) for _ in range(8))).decode()
            self.sessions[sid] = {"sid": sid, "hits": 0, "ua": headers["user-agent"][:24]}
        s = self.sessions[sid]
        s["hits"] += 1
        return s

    def serve(self, raw):
        head = raw.split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {}
        for line in head[1:]:
            if not line:
                break
            k, v = line.split(": ", 1)
            headers[k.lower()] = v
        s = self.session(headers)
        fn = self.routes.get(path)
        if fn is None:
            return "HTTP/1.0 404 Not Found\r\n\r\n", s["sid"]
        kind, body = fn(s)
        return PAGE.format(kind=kind, sid=s["sid"], body=body), s["sid"]

app = App()

@app.route("/")
def index(s):
    rows = "".join("<li>relay %d is %s</li>" % (i, "on" if i & s["hits"] else "off") for i in range(4))
    return "text/html", "<ul>" + rows + "</ul>"

@app.route("/api/state")
def state(s):
    return "application/json", json.dumps({"hits": s["hits"], "temp": 20.5, "relays": [0, 1, 0, 1]})

def request(path, cookie, agent):
    r = "GET %s HTTP/1.1\r\nHost: plug.local\r\nUser-Agent: %s\r\n" % (path, agent)
    if cookie:
        r += "Cookie: %s\r\n" % cookie
    return r + "\r\n"

browsers = [None] * 22
sent = 0
for n in range(10000):
    path = ("/", "/api/state", "/favicon.ico")[n % 3]
    who = random.randrange(22)
    if who:
        reply, browsers[who] = app.serve(request(path, browsers[who], "Mozilla/5.0 (panel)"))
    else:
        reply, _ = app.serve(request("/api/state", None, "curl/7.%d.%d" % (n % 90, n % 7)))
    sent += len(reply)
    if n % 800 == 0:
        gc.collect()
        print(n, "requests,", sent, "bytes sent, free", gc.mem_free())
print("served", n + 1)
