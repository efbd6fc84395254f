"""How tests wait: for a thing, not for a time. Boards in time of their own have tests/device/virtual.py."""
import time


def wait_for(condition, what, seconds=60, every=0.005):
    """What the condition says, once that is true; `what` it is is for the message. The limit is for a test that hangs."""
    end = time.monotonic() + seconds
    while not (said := condition()):
        if time.monotonic() > end:
            raise AssertionError("waited %d s for %s" % (seconds, what() if callable(what) else what))
        time.sleep(every)
    return said


def at_any_moment(seconds):
    """Here the moment is what a test tries many of, and each of them is right."""
    time.sleep(seconds)
