"""A second module to be frozen: what becomes of readings."""
import weather

LIMITS = (("frost warning for tonight", -2.5, 0.5), ("heat warning for the greenhouse", 31.5, 1.5))


class Journal:
    def __init__(self, capacity):
        self.capacity = capacity
        self.entries = []
        self.dropped = 0

    def note(self, moment, message):
        if len(self.entries) == self.capacity:
            self.entries.pop(0)
            self.dropped += 1
        self.entries.append((moment, message))

    def export(self, stream):
        for moment, message in self.entries:
            stream.write("%02d:%02d %s\n" % (moment // 60, moment % 60, message))
        if self.dropped:
            stream.write("(%d earlier entries were dropped)\n" % self.dropped)


class Alarm:
    def __init__(self, label, threshold, hysteresis):
        self.label = label
        self.threshold = threshold
        self.hysteresis = hysteresis
        self.ringing = False

    def feed(self, celsius, journal, moment):
        wanted = celsius < self.threshold if self.threshold < 10 else celsius > self.threshold
        settled = abs(celsius - self.threshold) > self.hysteresis
        if wanted != self.ringing and settled:
            self.ringing = wanted
            journal.note(moment, self.label if wanted else "all clear after " + self.label)


def supervise(readings, capacity=24):
    journal = Journal(capacity)
    alarms = [Alarm(*limit) for limit in LIMITS]
    smoothed = weather.smooth(readings, 0.5)
    for moment, celsius in enumerate(smoothed):
        for alarm in alarms:
            alarm.feed(celsius, journal, moment)
    return journal
