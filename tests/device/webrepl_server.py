# MicroPython's WebREPL server, for its unix port, which has its websocket module but not _webrepl: micropython-lib's
# webrepl.py (accept_conn, server_handshake) and extmod/modwebrepl.c, with a terminal at its standard input and output.
# usage: micropython webrepl_server.py HOST PORT PASSWORD
import binascii
import select
import socket
import sys
import websocket

GET_DATA_OPTS = 8
TEXT = 1
AF_INET6 = 10
PASSWORD_MAX_CHARS = 10


def log(*words):
    print(*words, file=sys.stderr)


# The unix port has it with TLS only.
def sha1(data):
    def rotated(x, n):
        return (x << n | x >> 32 - n) & 0xffffffff

    h = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0]
    n_bits = 8 * len(data)
    data += b"\x80" + bytes(-(len(data) + 9) % 64) + n_bits.to_bytes(8, "big")
    for at in range(0, len(data), 64):
        w = [int.from_bytes(data[i:i + 4], "big") for i in range(at, at + 64, 4)]
        for i in range(16, 80):
            w.append(rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1))
        a, b, c, d, e = h
        for i in range(80):
            f, k = (((b & c | ~b & d), 0x5A827999), (b ^ c ^ d, 0x6ED9EBA1), (b & c | b & d | c & d, 0x8F1BBCDC),
                    (b ^ c ^ d, 0xCA62C1D6))[i // 20]
            a, b, c, d, e = (rotated(a, 5) + (f & 0xffffffff) + e + k + w[i]) & 0xffffffff, a, rotated(b, 30), c, d
        h = [(x + y) & 0xffffffff for x, y in zip(h, (a, b, c, d, e))]
    return b"".join([x.to_bytes(4, "big") for x in h])


def handshake(client):
    key = None
    upgrade = is_websocket = False
    client.readline()
    while True:
        line = client.readline()
        if not line:
            return False
        if line == b"\r\n":
            break
        name, value = [x.strip() for x in line.split(b":", 1)]
        if name == b"Sec-WebSocket-Key":
            key = value
        elif name == b"Connection" and b"Upgrade" in value:
            upgrade = True
        elif name == b"Upgrade" and value == b"websocket":
            is_websocket = True
    if not (upgrade and is_websocket and key):
        return False
    client.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
    client.send(binascii.b2a_base64(sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))[:-1])
    client.send(b"\r\n\r\n")
    return True


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.ws = websocket.websocket(sock, True)
        self.typed = b""
        self.is_in = False
        self.ws.write(b"Password: ")
        sock.setblocking(False)

    # False: it is to be closed.
    def read(self, terminal):
        data = self.ws.read(1)
        while data:
            if self.ws.ioctl(GET_DATA_OPTS) & 15 != TEXT:
                log("not text:", data)
            if self.is_in:
                terminal.write(data)
            elif not self.log_in(data):
                return False
            data = self.ws.read(1)
        return data is None

    def log_in(self, key):
        if key not in b"\r\n":
            if len(self.typed) < PASSWORD_MAX_CHARS:
                self.typed += key
            return True
        if self.typed.decode() != sys.argv[3]:
            self.ws.write(b"\r\nAccess denied\r\n")
            return False
        self.is_in = True
        self.ws.write(b"\r\nWebREPL connected\r\n>>> ")
        log("logged in")
        return True

    def write(self, data):
        if self.is_in:
            self.ws.write(data)


class Server:
    def __init__(self, host, port):
        self.listener = socket.socket(AF_INET6 if ":" in host else socket.AF_INET)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(socket.getaddrinfo(host, port)[0][-1])
        self.listener.listen(1)
        self.client = None
        self.poll = select.poll()
        self.poll.register(sys.stdin, select.POLLIN)
        self.poll.register(self.listener, select.POLLIN)
        log("listening")

    def accept(self):
        sock, _ = self.listener.accept()
        if not handshake(sock):
            sock.send(b"HTTP/1.0 200 OK\r\n\r\n<base href=\"\"></base>\r\n")
            sock.close()
        elif self.client:
            log("rejected")
            sock.close()
        else:
            self.client = Client(sock)
            self.poll.register(sock, select.POLLIN)

    def hang_up(self):
        self.poll.unregister(self.client.sock)
        self.client.ws.close()
        self.client = None
        log("closed")

    def from_terminal(self):
        data = b""
        stdin = select.poll()
        stdin.register(sys.stdin, select.POLLIN)
        while len(data) < 300 and stdin.poll(0):
            data += sys.stdin.buffer.read(1)
        if self.client:
            try:
                self.client.write(data)
            except OSError:
                self.hang_up()

    def turn(self):
        for what, _ in self.poll.poll():
            if what is self.listener:
                self.accept()
            elif what is sys.stdin:
                self.from_terminal()
            elif self.client and not self.client.read(sys.stdout.buffer):
                self.hang_up()


server = Server(sys.argv[1], int(sys.argv[2]))
while True:
    server.turn()
