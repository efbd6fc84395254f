"""Time that passes only when nothing else can happen, for tests of live sessions: a board that is silent for a minute costs
nothing, and a busy computer makes no difference.

memprof is started with virtual-clock.c before its libc. It and each thread of the test that plays a board take part. One that
waits, for bytes or for a moment, waits here. Once all of them do, and nothing is ready to be read, the clock is set to the
next moment that one of them waits for.
"""
import atexit
import contextlib
import mmap
import os
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

FOREVER = float("inf")
STUCK_SECONDS = 200         # of real time
MESSAGE = struct.Struct("<BxxxIQ")
WAITS, GOES_ON, FORKS, BEGINS, ASKED, IDLE, TIME = b"WRFPCIG"
WAITS_FOREVER = (1 << 64) - 1


class Stuck(Exception):
    """Nothing will happen any more."""


class _Thread:
    """One of the test's, while it waits."""

    def __init__(self, read, write, until_us, condition):
        self.read, self.write, self.until_us, self.condition = read, write, until_us, condition
        self.ready, self.fault, self.done = [], None, threading.Event()


class _Process:
    """memprof, or a process that it started. n_wait: None while it does not wait."""

    def __init__(self, link, pidfd=None):
        self.link, self.pidfd = link, pidfd
        self.n_wait, self.until_us = None, 0


class Clock:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="memprof-clock-")
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        path = os.path.join(self.folder, "clock")
        started_us = time.monotonic_ns() // 1000
        with open(path, "w+b") as file:
            file.write(struct.pack("<QQ", started_us, time.time_ns() // 1000 - started_us))
            file.flush()
            self.memory = mmap.mmap(file.fileno(), 16)
        self.environment = {"VIRTUAL_CLOCK": path, "VIRTUAL_CLOCK_PEERS": self.folder}
        self.lock = threading.Lock()
        self.waiting, self.n_running = [], 1        # threads; this is one
        self.processes = []
        self.woken, self.wake = os.pipe()
        threading.Thread(target=self._run, daemon=True).start()

    # ---- for tests ----

    def now(self):
        """Seconds, as time.monotonic()."""
        return self._now_us() / 1e6

    def wall(self):
        """Seconds, as time.time()."""
        return (self._now_us() + struct.unpack_from("<Q", self.memory, 8)[0]) / 1e6

    def wait(self, read=(), seconds=FOREVER, write=(), condition=None):
        """Until one of these can be read (or written), or so long. Those that can. condition: looked at before time passes."""
        if seconds <= 0:
            return select.select(read, (), (), 0)[0]
        waiter = _Thread([x if isinstance(x, int) else x.fileno() for x in read],
                         [x if isinstance(x, int) else x.fileno() for x in write],
                         FOREVER if seconds == FOREVER else self._now_us() + round(seconds * 1e6), condition)
        with self.lock:
            self.waiting.append(waiter)
            self.n_running -= 1
        self.poke()
        waiter.done.wait()
        if waiter.fault:
            raise Stuck(waiter.fault)
        return waiter.ready

    def sleep(self, seconds):
        self.wait(seconds=seconds)

    def until(self, condition, seconds=60.0):
        """Until it is true, and nothing else happens at that moment."""
        self.wait(seconds=seconds, condition=condition)
        assert condition(), "it did not happen"

    def thread(self, target):
        """Runs it beside the caller, as one that takes part."""
        def run():
            try:
                target()
            finally:
                with self.lock:
                    self.n_running -= 1
                self.poke()

        with self.lock:
            self.n_running += 1
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def add(self, link, pidfd):
        with self.lock:
            self.processes.append(_Process(link, pidfd))
        self.poke()

    # ---- the thread that moves the clock ----

    def _now_us(self):
        return struct.unpack_from("<Q", self.memory)[0]

    def poke(self):
        os.write(self.wake, b"x")

    def _run(self):
        while True:
            with self.lock:
                waiting, busy = list(self.waiting), self.n_running > 0 or any(p.n_wait is None for p in self.processes)
            try:
                if self._take(waiting, STUCK_SECONDS if busy else 0):
                    continue
                if busy:
                    self._give_up(waiting, "somebody works for ever, without a word")
                if self._is_anything_ready():
                    continue
                if wanted := [w for w in waiting if w.condition and w.condition()]:
                    self._release(wanted)
                    continue
                until_us = min([x.until_us for x in waiting + self.processes], default=FOREVER)
                if until_us == FOREVER:    # but for what the kernel does by itself, as at the end of a process
                    self._take(waiting, STUCK_SECONDS) or self._give_up(waiting, "all wait for ever")
                else:
                    self._go_on(until_us)
            except Exception as fault:
                self._give_up(waiting, "the clock stopped: %r" % fault)

    def _take(self, waiting, seconds):
        """What there is to read: of threads that wait, and of processes. Whether there was anything."""
        poll, threads, processes = select.poll(), {}, {p.link.fileno(): p for p in self.processes}
        for waiter in waiting:
            for fds, event in ((waiter.read, select.POLLIN), (waiter.write, select.POLLOUT)):
                for fd in fds:
                    threads.setdefault(fd, []).append((waiter, event))
        for fd in {self.woken, *processes}:
            poll.register(fd, select.POLLIN)
        for fd, waiters in threads.items():
            if fd >= 0:
                poll.register(fd, sum({event for _, event in waiters}))
        ready = [(fd, select.POLLNVAL) for fd in threads if fd < 0] or poll.poll(None if seconds is None else seconds * 1000)
        for fd, events in ready:
            if fd == self.woken:
                os.read(self.woken, 4096)
            elif fd in processes:
                self._hear(processes[fd])
            for waiter, event in threads.get(fd, []):
                if events & (event | select.POLLHUP | select.POLLERR | select.POLLNVAL):
                    waiter.ready.append(fd)
        self._release([w for w in waiting if w.ready])
        return bool(ready)

    def _release(self, waiters):
        with self.lock:
            for waiter in waiters:
                if waiter in self.waiting:
                    self.waiting.remove(waiter)
                    self.n_running += 1
                    waiter.done.set()

    def _hear(self, process):
        """A message of one. Its kind."""
        try:
            message, fds, _, _ = socket.recv_fds(process.link, MESSAGE.size, 1)
        except ConnectionResetError:
            message = b""
        if not message:
            if process.pidfd is not None:       # its files are closed once it is gone
                select.select([process.pidfd], [], [], STUCK_SECONDS)
            process.link.close()
            self.processes.remove(process)
            return None
        what, n_wait, value = MESSAGE.unpack(message)
        if what == FORKS:
            self.processes.append(_Process(socket.socket(fileno=fds[0])))
        elif what == BEGINS:
            with contextlib.suppress(ProcessLookupError):       # it has ended, and its parent knows
                process.pidfd = os.pidfd_open(value)
        elif what == WAITS:
            process.n_wait, process.until_us = n_wait, FOREVER if value == WAITS_FOREVER else value
        elif what == GOES_ON:
            process.n_wait = None
        return what

    def _tell(self, process, what):
        with contextlib.suppress(ConnectionError):      # it has ended, which is heard
            process.link.send(MESSAGE.pack(what, process.n_wait, 0))

    def _is_anything_ready(self):
        """Whether a process has something to do: bytes came, or a signal, since it began to wait."""
        for process in list(self.processes):
            self._tell(process, ASKED)
            if self._hear(process) != IDLE:
                return True
        return False

    def _go_on(self, until_us):
        now_us = max(self._now_us(), until_us)
        struct.pack_into("<Q", self.memory, 0, now_us)
        self._release([w for w in self.waiting if w.until_us <= now_us])
        for process in self.processes:
            if process.until_us <= now_us:
                self._tell(process, TIME)
                process.n_wait = None

    def _give_up(self, waiting, why):
        for waiter in waiting:
            waiter.fault = why
        self._release(waiting)


class Line:
    """A connection. Its blocking calls wait in virtual time."""

    def __init__(self, sock):
        self.sock = sock

    def fileno(self):
        return self.sock.fileno()

    def recv(self, n):
        clock.wait([self.sock])
        return self.sock.recv(n)

    def sendall(self, data, seconds=FOREVER):
        while data:
            try:
                data = data[self.sock.send(data, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL):]
            except BlockingIOError:
                if not clock.wait(write=[self.sock], seconds=seconds):
                    raise TimeoutError from None

    def shutdown(self):
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def close(self):
        """A thread that waits for it goes on."""
        self.shutdown()
        self.sock.close()
        clock.poke()


class Listener(Line):
    """memprof connects to it by 127.0.0.1 and `port`."""

    def __init__(self):
        self.taken = socket.create_server(("127.0.0.1", 0))     # so that no other gets its port
        self.port = self.taken.getsockname()[1]
        super().__init__(socket.socket(socket.AF_UNIX))
        self.path = os.path.join(clock.folder, str(self.port))
        self.sock.bind(self.path)
        self.sock.listen(8)

    def accept(self):
        clock.wait([self.sock])
        return Line(self.sock.accept()[0])

    def close(self):
        with contextlib.suppress(OSError):
            os.unlink(self.path)
        self.taken.close()
        super().close()


class Process(subprocess.Popen):
    """One that takes part, with its output as bytes in pipes. limits: of resources, each with its bytes or the like."""

    def __init__(self, command, env=None, limits={}, **more):
        def begin():
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
                signal.signal(number, signal.SIG_DFL)
            for kind, limit in limits.items():
                resource.setrlimit(kind, (limit, limit))

        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        env = dict(os.environ if env is None else env, **clock.environment, VIRTUAL_CLOCK_LINK=str(theirs.fileno()),
                   LD_PRELOAD=os.environ["VIRTUAL_CLOCK_LIBRARY"])
        more = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        super().__init__(command, env=env, pass_fds=[theirs.fileno()], preexec_fn=begin, **more)
        theirs.close()
        self.pidfd = os.pidfd_open(self.pid)
        clock.add(ours, self.pidfd)

    def read(self, seconds=FOREVER):
        """More of its standard output."""
        if not clock.wait([self.stdout], seconds):
            raise AssertionError("nothing came")
        return os.read(self.stdout.fileno(), 1 << 16)

    def end(self):
        if self.poll() is None:
            self.kill()
        self.communicate()

    def communicate(self, input=None, timeout=FOREVER):
        """What it prints until it ends, as text."""
        pipes = [pipe for pipe in (self.stdout, self.stderr) if pipe and not pipe.closed]
        printed = {pipe.fileno(): b"" for pipe in pipes}
        still, end = set(printed), clock.now() + timeout
        while still or self.poll() is None:
            ready = clock.wait(still or [self.pidfd], end - clock.now())
            if not ready:
                self.kill()
                raise subprocess.TimeoutExpired(self.args, timeout)
            for fd in still.intersection(ready):
                data = os.read(fd, 1 << 16)
                printed[fd] += data
                still -= set() if data else {fd}
        for pipe in pipes:
            pipe.close()
        texts = [text.decode(errors="replace") for text in printed.values()]
        return texts if len(texts) == 2 else (texts + [None, None])[:2]


def run(command, timeout=60, code=None, **more):
    """As subprocess.run with text=True and capture_output=True. code: what it must end with."""
    p = Process(command, **more)
    out, err = p.communicate(timeout=timeout)
    assert code in (None, p.returncode), "exit code %d: %s" % (p.returncode, err)
    return subprocess.CompletedProcess(command, p.returncode, out, err)


clock = Clock()
sleep, now = clock.sleep, clock.now
