# A program with modules of its own: what does each import cost?
#     memprof run --imports examples/station.py exec:micropython
# A board has them once they are copied there: mpremote cp -r examples/station :
import sys

sys.path.append("examples")  # on this machine, from the folder above

from station import stations
from station import forecast
from station import page

for name in stations.NAMES:
    print(page.row(name, forecast.tomorrow(stations.readings(name))))
