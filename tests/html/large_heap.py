"""Memory files with as many objects as are asked for: a real one of the unix port, whose heap gets one more area."""
import re
import struct

BLOCK = 32
AT = 0x5a0000000000     # of the new area; no other piece is near


class Memory:
    def __init__(self, data):
        self.head, rest = re.match(rb"(.*?)pieces 0x[0-9a-f]+\n(.*)", data, re.S).groups()
        self.pieces, at = [], 0
        places = re.match(rb"(?:0x[0-9a-f]+ 0x[0-9a-f]+\n)+", rest)
        for line in places[0].decode().splitlines():
            start, n = (int(word, 16) for word in line.split())
            self.pieces.append([start, bytearray(rest[places.end() + at:places.end() + at + n])])
            at += n

    def get(self, address):
        return next(((data, address - start) for start, data in self.pieces if start <= address < start + len(data)), (None, 0))

    def word(self, address):
        data, at = self.get(address)
        return struct.unpack_from("<Q", data, at)[0]

    def set(self, address, *words):
        data, at = self.get(address)
        struct.pack_into("<%dQ" % len(words), data, at, *words)

    def text(self):
        self.pieces.sort()
        return self.head + b"pieces 0x%x\n" % len(self.pieces) + b"".join(b"0x%x 0x%x\n" % (start, len(data)) for start, data in self.pieces) + \
            b"".join(bytes(data) for _, data in self.pieces)

    def last_next(self):
        """Where the last area that was read has the address of the next one: behind it, its block table, and its pool."""
        for start, data in self.pieces:
            for at in range(-start % 8, len(data) - 47, 8):
                following, table, n, _, pool, end = struct.unpack_from("<6Q", data, at)
                if table and n and table + n < pool < end and end - pool == n * 4 * BLOCK and not self.get(following)[0]:
                    return start + at
        raise ValueError("no area is the last one")


def text(base, n_objects, rows):
    """base: bytes of unix-split.mem; rows: those of its CSV. The list "handlers" then has lists of a number and a text; so many
    objects in all, but for some."""
    memory, blocks, kinds = Memory(base), bytearray(), []
    address = {(row["path"], row["kind"]): int(row["address"], 16) for row in rows}
    handlers = address["handlers", "list"]
    a_list, a_tuple, a_str = (memory.word(address[key]) for key in
                              ((("handlers", "list"), ("handlers[0].hist[2]", "tuple"), ("handlers[0].name", "str"))))
    n = max(1, n_objects // 5)
    n_tables = -(-(n * 8) // BLOCK) + 5 * n
    n_table_bytes = -(-n_tables // 4)
    pool = (AT + 72 + n_table_bytes + BLOCK - 1) // BLOCK * BLOCK

    def add(data):
        n_blocks = max(1, -(-len(data) // BLOCK))
        at = pool + len(blocks)
        blocks.extend(data.ljust(n_blocks * BLOCK, b"\0"))
        kinds.extend([1] + [2] * (n_blocks - 1))
        return at

    items = []
    for i in range(n):
        word = b"row %d" % i
        name = add(struct.pack("<4Q", a_str, 0, len(word), add(word)))
        pair = add(struct.pack("<4Q", a_tuple, 2, 2 * i + 1, name))
        items.append(add(struct.pack("<4Q", a_list, 4, 1, add(struct.pack("<4Q", pair, 0, 0, 0)))))
    memory.set(handlers + 8, n, n, add(struct.pack("<%dQ" % n, *items)))
    kinds.extend([0] * (n_table_bytes * 4 - len(kinds)))
    blocks.extend(bytes(len(kinds) * BLOCK - len(blocks)))
    table = bytes(kinds[i] | kinds[i + 1] << 2 | kinds[i + 2] << 4 | kinds[i + 3] << 6 for i in range(0, len(kinds), 4))
    memory.set(memory.last_next(), AT)
    area = struct.pack("<8Q", 0, AT + 72, len(table), pool, pool + len(blocks), 0, 0, 0)
    memory.pieces.append([AT, bytearray((area + bytes(8) + table).ljust(pool - AT, b"\0") + blocks)])
    used = int(re.search(rb"used 0x([0-9a-f]+)", memory.head)[1], 16) + sum(kind != 0 for kind in kinds) * BLOCK
    memory.head = re.sub(rb"(?m)^used 0x[0-9a-f]+", b"used 0x%x" % used, memory.head)
    return memory.text()
