# Keeps much: the readings of a day, and the names.
from array import array

NAMES = ("harbour", "hill", "airfield")
_readings = {}
for _i, _name in enumerate(NAMES):
    _readings[_name] = array("h", (150 + 10 * _i + (n * 37 + _i) % 50 for n in range(480)))


def readings(name):
    return _readings[name]
