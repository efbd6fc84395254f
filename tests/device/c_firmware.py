"""A firmware in C of examples/, in QEMU: what it sends, read by wire.py, and requests to it."""
import os
import re
import select
import subprocess
import tempfile
import time

import wire
from rig import FIRMWARE, at_any_moment, memprof, truths

NANO_HEAD_BYTES = 8     # of newlib's small malloc, a block's (firmware-agent/pools/nano.c)


def free_of_newlib(newlib):
    """[address, bytes] of each free block: those in newlib's list, and what sbrk may still give."""
    return [*newlib["free"], [newlib["address"] + newlib["arena"], newlib["total"] - newlib["arena"]]]


def figures_of_newlib(newlib, packets):
    """What memprof reports of examples/bare-metal's C heap: it counts payloads, mallinfo whole blocks."""
    payloads = [n_bytes - NANO_HEAD_BYTES for _, n_bytes in free_of_newlib(newlib) if n_bytes > NANO_HEAD_BYTES]
    return {"total": newlib["total"], "used": newlib["used"] - NANO_HEAD_BYTES * len(packets), "free": sum(payloads),
            "largest_free": max(payloads), "largest_fit": max(payloads), "used_blocks": len(packets),
            "free_blocks": len(payloads), "peak": newlib["arena"]}


def report(heard, *options):
    """What memprof report, with options, prints of what was heard."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(heard)
        file.flush()
        return memprof("report", *options, file.name, code=0)


class Node:
    """The firmware in QEMU, its serial port on pipes. on_truth(receiver, truth) is called between two frames, when all
    that the agent sent before the truth has been received, and nothing of what it sent later."""

    def __init__(self, elf, on_truth=lambda receiver, truth: None, more=()):
        # Its clock counts instructions, and stands still while a busy computer does not run it.
        command = FIRMWARE.qemu(elf, "stdio,id=c,signal=off") + ["-icount", "shift=3", *more]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.splitter, self.receiver, self.on_truth = wire.Splitter(), wire.Receiver(), on_truth
        self.heard = bytearray()
        self.text, self.truths, self.n_requests = "", [], 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def press(self, keys):
        self.process.stdin.write(keys)
        self.process.stdin.flush()

    def ask(self, type, payload=b""):
        self.press(wire.encode(type, 1, self.n_requests, payload))
        self.n_requests += 1

    def read(self, seconds):
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            return
        data = os.read(self.process.stdout.fileno(), 65536)
        if not data:
            raise AssertionError("QEMU has ended")
        self.heard += data
        for item in self.splitter.feed(data):
            if isinstance(item, wire.Frame):
                self.receiver.frame(item)
                continue
            self.text += item.bytes.decode()
            for truth in truths("".join(re.findall(r"@T\{.*?\}T@\r\n", self.text))):    # whole lines
                self.truths.append(truth)
                self.on_truth(self.receiver, truth)
            self.text = re.sub(r"@T\{.*?\}T@\r\n", "", self.text)

    def until(self, condition, what, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError("waited %d s for %s; %d frames have come" % (seconds, what, self.receiver.n_frames))
            self.read(0.1)

    def listen(self, seconds):
        """To the next moment; each is right."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(0.05)

    def left_unread(self):
        """Snapshots of a short period that nobody reads, for longer and longer, until the board has given up some."""
        for seconds in (2, 8, 32):
            self.ask(wire.SET_PERIOD, wire.varint(5))
            at_any_moment(seconds)
            self.ask(wire.SET_PERIOD, wire.varint(0))
            self.truth()        # behind all that was sent
            if self.snapshots()[-1].n_abandoned > 10:
                return
        raise AssertionError("%d snapshots were given up" % self.snapshots()[-1].n_abandoned)

    def truth(self, key=b"t"):
        """b"T": and it stands still until a key is pressed."""
        n = len(self.truths)
        self.press(key)
        self.until(lambda: len(self.truths) > n, "a truth")
        return self.truths[-1]

    def snapshots(self, pool=0):
        return [snapshot for snapshot in self.receiver.snapshots if snapshot.pool == pool]
