# Small.


def row(name, weather):
    return "%-10s %s" % (name, weather)
