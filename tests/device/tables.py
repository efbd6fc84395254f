"""Heaps with known contents, and attach's snapshots as documents: shared by the tests of the fast path."""
import json

from rig import PROMPT, gc_pool, memprof, start

# A heap with all letters, fragmented, whose text is several times its table.
FILL = """
import gc
class C:
    pass
k=[[C(), (i,), {i: str(i) * 3}, [i], bytearray(i %% 90), lambda: k, i * 1.5] for i in range(%d)]
for i in range(0, len(k), 3): k[i] = None
gc.collect()
"""
# The probe asks hasattr() when it has counted, right before it stands: so here is the text of that very moment.
WITNESS = """
import builtins, micropython
def hasattr(a, b):
    micropython.mem_info(1)
    return builtins.hasattr(a, b)
"""


def paste(board, text):
    at = board.mark()
    board.press(b"\x05")
    board.wait(b"=== ", at)
    for line in text.strip().splitlines():      # a serial port has no flow control
        before = board.mark()
        board.press(line.encode() + b"\r")
        board.wait(b"=== ", before)
    before = board.mark()
    board.press(b"\x04")
    heard = board.wait(PROMPT, before, 60)
    assert b"Traceback" not in heard, heard
    board.drain()


def fill(board, n=60):
    paste(board, FILL % n)


def documents(text):
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def follow(board, *arguments, code=0, count=4, seconds=120):
    p = memprof("attach", "--json", "--no-survey", "--interval", "0.05", "--count", str(count), "--culprits", "64", *arguments,
                board.path, seconds=seconds)
    assert p.returncode == code, (p.returncode, p.stderr)
    return documents(p.stdout), p.stderr


def end_of_code(board):
    """How many bytes memprof sent until its probe stood, once it has done so (follow)."""
    sent = bytes(board.sent_by_memprof)
    return sent.index(b"\x04", sent.index(b"'__main__'")) + 1


def cut_and_recover(board, n_bytes):
    """The host dies once it has sent so much; another one comes with --interrupt."""
    board.cut_after("from", n_bytes)
    p = start("attach", "--interval", "0.05", "--no-survey", board.path)
    assert board.was_cut()
    p.kill()
    p.communicate()
    board.plug()
    q = memprof("snap", "--no-survey", "--interrupt", board.path)
    assert q.returncode == 0, (n_bytes, q.stderr)
    answer = board.type("__name__, 1 + 1")
    assert answer == "('__main__', 2)", (n_bytes, answer)


def table(document):
    """The contents of a block table: areas, kinds, holes by size, and where the runs between holes lie."""
    pool = dict(gc_pool(document["dumps"][0]))
    assert pool["objects"] and len(pool["kinds"]) > 5
    del pool["reported"]
    return pool


def is_raw(document):
    return document["input"]["format"] == "block-table"
