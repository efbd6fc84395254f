# NMEA 0183, GGA and RMC
from collections import deque, namedtuple

Fix = namedtuple("Fix", ("time", "lat", "lon", "alt"))

class ChecksumError(ValueError):
    pass

def check(body):
    c = 0
    for b in body.encode():
        c ^= b
    return c

def degrees(s, hemi):
    dot = s.find(".")
    d = int(s[:dot - 2]) + float(s[dot - 2:]) / 60
    return -d if hemi in "SW" else d

class Gps:
    IDLE, BODY, SUM = 0, 1, 2

    def __init__(self):
        self.state = Gps.IDLE
        self.body = ""
        self.sum = ""
        self.track = deque((), 20)
        self.speed = 0.0
        self.last_error = None
        self.errors = 0

    def feed(self, ch):
        if ch == "$":
            self.state = Gps.BODY
            self.body = self.sum = ""
        elif self.state == Gps.BODY:
            if ch == "*":
                self.state = Gps.SUM
            else:
                self.body += ch
        elif self.state == Gps.SUM:
            self.sum += ch
            if len(self.sum) == 2:
                self.state = Gps.IDLE
                try:
                    self.sentence()
                except ValueError as e:
                    self.errors += 1
                    self.last_error = e

    def sentence(self):
        if int(self.sum, 16) != check(self.body):
            raise ChecksumError("bad sum in " + self.body)
        f = self.body.split(",")
        if f[0] == "GPGGA":
            self.track.append(Fix(f[1], degrees(f[2], f[3]), degrees(f[4], f[5]), float(f[9])))
        elif f[0] == "GPRMC":
            self.speed = float(f[7]) * 1.852

def sky(n):
    t = "%02d%02d%02d" % (n // 3600 % 24, n // 60 % 60, n % 60)
    lat = "47%02d.%04d,N" % (4 + n // 3000, n * 3 % 10000)
    lon = "015%02d.%04d,E" % (26 + n // 2500, n * 4 % 10000)
    a = "GPGGA,%s,%s,%s,1,08,0.9,%d.4,M,46.9,M,," % (t, lat, lon, 350 + n % 50)
    b = "GPRMC,%s,A,%s,%s,%d.4,084.4,230394,," % (t, lat, lon, n % 30)
    for s in (a, b):
        c = check(s)
        if n % 11 == 0:
            c ^= 1
        yield "$%s*%02X\r\n" % (s, c)

gps = Gps()
for n in range(1500):
    for text in sky(n):
        for ch in text:
            gps.feed(ch)
    if n % 150 == 149:
        alt = sum(f.alt for f in gps.track) / len(gps.track)
        f = gps.track[len(gps.track) - 1]
        print("%s %.5f %.5f alt %.1f, %.1f km/h, %d bad" % (f.time, f.lat, f.lon, alt, gps.speed, gps.errors))
print(repr(gps.last_error)[:40])
