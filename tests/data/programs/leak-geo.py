from math import sin, cos, asin, sqrt, radians

HOME = (47.07, 15.44)

def remember(fn):
    def inner(lat, lon, table={}):
        key = (int(lat * 330), int(lon * 330))
        if key not in table:
            table[key] = fn(lat, lon)
        return table[key]
    return inner

@remember
def distance(lat, lon):
    a, b = radians(lat), radians(HOME[0])
    dlat = sin((a - b) / 2)
    dlon = sin(radians(lon - HOME[1]) / 2)
    return 12742.0 * asin(sqrt(dlat * dlat + cos(a) * cos(b) * dlon * dlon))

class Lcg:
    def __init__(self, s):
        self.s = s
    def unit(self):
        self.s = (self.s * 6364136223846793005 + 1442695040888963407) & 0xffffffffffffff
        return (self.s >> 20 & 0xffff) / 65536 - 0.5

rng = Lcg(4)
lat, lon = HOME
heading = 0.3
far = 0.0
zone = "home"
for fix in range(50000):
    heading += rng.unit() * 0.2
    if fix % 600 < 200:
        lat += 0.000002 * rng.unit()
    else:
        lat += 0.000024 * cos(heading * 0.3)
        lon += 0.000024 * sin(heading * 0.3)
    km = distance(lat, lon)
    if km > far:
        far = km
    now = "home" if km < 0.2 else "near" if km < 2 else "away"
    if now != zone:
        zone = now
        print("fix %5d: %s, %.3f km" % (fix, zone, km))
print("farthest %.2f km" % far)
