"""A headless Chromium, driven over its own pipe (fds 3 and 4, JSON ended by NUL): no other package is needed.

    with chromium.Browser() as browser:
        page = browser.open("/tmp/out.html")
        page.eval("document.title")
        page.key("ArrowDown"); page.click("#fit"); page.screenshot("/tmp/out.png")
        assert page.complaints == [] and page.requests == [page.url]
"""

import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from waits import wait_for  # noqa: E402

KEYS = {  # name: (code, windowsVirtualKeyCode, text)
    "ArrowLeft": ("ArrowLeft", 37, ""), "ArrowUp": ("ArrowUp", 38, ""), "ArrowRight": ("ArrowRight", 39, ""),
    "ArrowDown": ("ArrowDown", 40, ""), "Enter": ("Enter", 13, "\r"), "Tab": ("Tab", 9, ""), "Home": ("Home", 36, ""),
    "End": ("End", 35, ""), "PageUp": ("PageUp", 33, ""), "PageDown": ("PageDown", 34, ""), "Escape": ("Escape", 27, ""),
    "Backspace": ("Backspace", 8, ""), " ": ("Space", 32, " "),
}
ALT, CTRL, META, SHIFT = 1, 2, 4, 8


def find():
    """Where it is; None."""
    names = "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"
    return next((path for path in map(shutil.which, names) if path), None)


class Browser:
    def __init__(self, patience=180):
        self.patience = patience
        self.folder = tempfile.TemporaryDirectory(prefix="memprof-chromium-")
        there, self.write_fd = os.pipe()
        self.read_fd, back = os.pipe()
        self.log = open(os.path.join(self.folder.name, "log"), "wb")

        def pipes():        # as fds 3 and 4, wherever they are now
            a, b = os.dup(there), os.dup(back)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.process = subprocess.Popen(
            [find(), "--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--disable-gpu", "--no-first-run",
             "--disable-extensions", "--disable-component-update", "--disable-background-networking", "--hide-scrollbars",
             "--disable-dev-shm-usage", "--disable-features=BackForwardCache",
             "--user-data-dir=" + os.path.join(self.folder.name, "profile")],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, preexec_fn=pipes, close_fds=False)
        os.close(there)
        os.close(back)
        self.n = 0
        self.buffer = b""
        self.pages = {}
        self.front = None           # the tab that draws frames; others may never do
        self.idle = []              # tabs without a page: a new one costs twice what a page does
        self.blank = pathlib.Path(self.folder.name, "blank.html")
        self.blank.touch()
        self.answers = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
        except (RuntimeError, OSError, TimeoutError):
            pass
        os.close(self.write_fd)
        os.close(self.read_fd)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder.name, ignore_errors=True)

    # ---- messages ----

    def read(self, deadline):
        """One message, to whom it is for."""
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.read_fd], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError("Chromium says nothing")
            data = os.read(self.read_fd, 1 << 20)
            if not data:
                raise RuntimeError("Chromium is gone")
            self.buffer += data
        text, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(text)
        if "id" in message:
            self.answers[message["id"]] = message
        elif message.get("sessionId") in self.pages:
            self.pages[message["sessionId"]].event(message["method"], message["params"])

    def call(self, method, session=None, **params):
        self.n += 1
        message = {"id": self.n, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.write_fd, data):]
        number, deadline = self.n, time.monotonic() + self.patience
        while number not in self.answers:
            self.read(deadline)
        answer = self.answers.pop(number)
        if "error" in answer:
            raise RuntimeError("%s: %s" % (method, answer["error"]))
        return answer["result"]

    def open(self, path, width=1280, height=900, ready="document.body.dataset.ready === 'yes'", fragment=""):
        session = self.idle.pop() if self.idle else self.tab()
        return Page(self, session, path, width, height, ready, fragment)

    def tab(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable", session)
        self.call("Emulation.setFocusEmulationEnabled", session, enabled=True)
        return session


class Page:
    def __init__(self, browser, session, path, width, height, ready, fragment):
        self.browser, self.session = browser, session
        self.complaints = []        # of the console, and exceptions
        self.requests = []          # addresses that were asked for
        self.dialogs = []           # alert() and its like: something ran that should not
        browser.pages[session] = self
        self.size(width, height)
        self.url = path if path.startswith("http:") else pathlib.Path(path).resolve().as_uri()
        self.call("Page.navigate", url=self.url + fragment)
        if ready:
            self.wait(ready)
            self.frame()            # what waits for its width is drawn in the frame after it

    def close(self):
        """Its tab is as a new one for the next page."""
        del self.browser.pages[self.session]
        self.call("Emulation.setScriptExecutionDisabled", value=False)
        self.call("Emulation.setEmulatedMedia", media="", features=[])
        self.mouse("mouseMoved", -1, -1)
        self.call("Page.navigate", url=self.browser.blank.as_uri())
        self.browser.idle.append(self.session)

    def call(self, method, **params):
        if self.browser.front != self.session:
            self.browser.front = self.session
            self.browser.call("Page.bringToFront", self.session)
        return self.browser.call(method, self.session, **params)

    def event(self, method, params):
        if method == "Runtime.consoleAPICalled":
            self.complaints.append(" ".join(str(a.get("value", a.get("description"))) for a in params["args"]))
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Page.javascriptDialogOpening":
            self.dialogs.append(params["message"])

    def eval(self, expression):
        """The value of an expression, awaited if it is a promise."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise RuntimeError("%s: %s" % (expression, details.get("exception", {}).get("description") or details["text"]))
        return result["result"].get("value")

    def text(self, selector):
        return self.eval("document.querySelector(%s).textContent" % json.dumps(selector))

    def count(self, selector):
        return self.eval("document.querySelectorAll(%s).length" % json.dumps(selector))

    def wait(self, condition):
        """Until it is true; so long as the browser's patience."""
        wait_for(lambda: self.eval("Boolean(document.body && (%s))" % condition), lambda: "%s (%s)" % (condition, self.complaints),
                 self.browser.patience)

    def frame(self):
        """Until what was asked for is drawn."""
        self.eval("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    # ---- hands ----

    def key(self, name, modifiers=0):
        code, number, text = KEYS[name] if name in KEYS else ("Key" + name.upper(), ord(name.upper()), name)
        for kind in ("keyDown" if text else "rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=code, windowsVirtualKeyCode=number,
                      modifiers=modifiers, **({"text": text} if kind == "keyDown" else {}))
        self.frame()

    def type(self, text):
        self.call("Input.insertText", text=text)
        self.frame()

    def mouse(self, kind, x, y, **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def point(self, x, y):
        self.mouse("mouseMoved", x, y)
        self.frame()

    def press(self, x, y):
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y, button="left", clickCount=1, buttons=1)
        self.mouse("mouseReleased", x, y, button="left", clickCount=1)
        self.frame()

    def middle(self, selector, dx=.5, dy=.5):
        """A point of an element, scrolled into sight."""
        return self.eval("(() => { const e = document.querySelector(%s); e.scrollIntoView({ block: 'center' });"
                         " const b = e.getBoundingClientRect(); return [b.left + b.width * %f, b.top + b.height * %f]; })()"
                         % (json.dumps(selector), dx, dy))

    def click(self, selector, dx=.5, dy=.5):
        self.press(*self.middle(selector, dx, dy))

    def drag(self, selector, dx, dy, steps=5):
        x, y = self.middle(selector)
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y, button="left", clickCount=1, buttons=1)
        for i in range(1, steps + 1):
            self.mouse("mouseMoved", x + dx * i / steps, y + dy * i / steps, button="left", buttons=1)
        self.mouse("mouseReleased", x + dx, y + dy, button="left", clickCount=1)
        self.frame()

    def wheel(self, selector, delta, modifiers=0):
        x, y = self.middle(selector)
        self.mouse("mouseMoved", x - 3, y)
        self.mouse("mouseMoved", x, y)
        self.mouse("mouseWheel", x, y, deltaX=0, deltaY=delta, modifiers=modifiers)
        self.frame()

    # ---- looks ----

    def size(self, width, height, scale=1):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False)

    def media(self, media="", dark=False):
        """"print" or "screen"; light or dark as the system is."""
        self.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.frame()

    def screenshot(self, path=None, whole=True):
        data = base64.b64decode(self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole,
                                          **({"clip": self.whole()} if whole else {}))["data"])
        if path:
            pathlib.Path(path).write_bytes(data)
        return data

    def whole(self):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        return {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}

    def pdf(self, path):
        data = base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])
        pathlib.Path(path).write_bytes(data)
        return data
