"""A module as boards have them, in RAM or frozen (build-firmware's targets unix-frozen and qemu-frozen): a driver with
its registers, filters, and a page. Nothing in it runs when it is imported."""

FIELDS = ("temperature of the air", "relative humidity", "barometric pressure", "supply voltage of the node")
HEAD = "<!DOCTYPE html><html><head><title>weather station</title></head><body><table class='readings'>"


class BusError(Exception):
    pass


class Sensor:
    def __init__(self, bus, address=0x76):
        self.bus = bus
        self.address = address
        self.calibration = None
        self.samples = []

    def write_register(self, register, value):
        if self.bus.writeto_mem(self.address, register, bytes((value & 0xff,))) != 1:
            raise BusError("the sensor does not acknowledge register %d" % register)

    def read_register(self, register, n_bytes):
        data = self.bus.readfrom_mem(self.address, register, n_bytes)
        if len(data) != n_bytes:
            raise BusError("the sensor sent %d bytes of %d" % (len(data), n_bytes))
        return data

    def calibrate(self):
        raw = self.read_register(0x88, 24)
        words = []
        for i in range(0, len(raw), 2):
            word = raw[i] | raw[i + 1] << 8
            if i not in (0, 6) and word > 32767:
                word -= 65536
            words.append(word)
        self.calibration = tuple(words)
        self.write_register(0xf4, 0x27)
        self.write_register(0xf5, 0xa0)

    def temperature(self, raw):
        t1, t2, t3 = self.calibration[:3]
        a = ((raw >> 3) - (t1 << 1)) * t2 >> 11
        b = (((raw >> 4) - t1) * ((raw >> 4) - t1) >> 12) * t3 >> 14
        self.fine = a + b
        return (self.fine * 5 + 128) >> 8

    def pressure(self, raw):
        p = self.calibration[3:]
        a = self.fine - 128000
        b = a * a * p[5] + (a * p[4] << 17) + (p[3] << 35)
        a = (a * a * p[2] >> 8) + (a * p[1] << 12)
        a = ((1 << 47) + a) * p[0] >> 33
        if a == 0:
            return 0
        value = 1048576 - raw
        value = ((value << 31) - b) * 3125 // a
        a = p[8] * (value >> 13) * (value >> 13) >> 25
        b = p[7] * value >> 19
        return (value + a + b >> 8) + (p[6] << 4)

    def sample(self, keep=16):
        data = self.read_register(0xf7, 6)
        raw_pressure = data[0] << 12 | data[1] << 4 | data[2] >> 4
        raw_temperature = data[3] << 12 | data[4] << 4 | data[5] >> 4
        reading = (self.temperature(raw_temperature), self.pressure(raw_pressure))
        self.samples.append(reading)
        if len(self.samples) > keep:
            self.samples.pop(0)
        return reading


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def smooth(values, weight=0.25):
    state = None
    for value in values:
        state = value if state is None else state + weight * (value - state)
        yield state


def page(rows):
    def cell(name, value, unit):
        return "<tr><td>%s</td><td>%s %s</td></tr>" % (name, value, unit)

    def link(target, text):
        return "<a href='/%s'>%s</a>" % (target, text)

    out = [HEAD]
    for name, (value, unit) in zip(FIELDS, rows):
        out.append(cell(name, value, unit))
    out.append("</table>")
    out.append(link("download/readings.csv", "all readings of this station as a table"))
    out.append("</body></html>")
    return "".join(out)


def parse_query(text):
    result = {}
    for pair in text.split("&"):
        key, _, value = pair.partition("=")
        result[key] = value.replace("+", " ")
    return result


def dew_point(celsius, humidity):
    if not 0 < humidity <= 100:
        raise ValueError("relative humidity is a percentage, not %r" % humidity)
    gamma = humidity / 100 + 17.625 * celsius / (243.04 + celsius)
    return 243.04 * gamma / (17.625 - gamma)
