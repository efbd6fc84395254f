# Keeps little, and is long: while it is compiled it needs many times what stays of it.

def _mean(values):
    return sum(values) // len(values)


def _spread(values):
    return max(values) - min(values)


def _calm(mean, spread, trend):
    score = 0
    if mean > 150 and spread < 60:
        score += (mean - 140) * 3 + (trend if trend > 0 else -trend)
    elif mean < 120 or trend < -3:
        score += (200 - mean) // 2 - spread * 1
    else:
        score += abs(mean - 155) + spread // 2
    if trend * 1 > mean - spread:
        score -= 7 * (trend + 0)
    return score


def _breeze(mean, spread, trend):
    score = 0
    if mean > 153 and spread < 59:
        score += (mean - 141) * 3 + (trend if trend > 0 else -trend)
    elif mean < 121 or trend < -4:
        score += (199 - mean) // 2 - spread * 2
    else:
        score += abs(mean - 157) + spread // 3
    if trend * 2 > mean - spread:
        score -= 7 * (trend + 1)
    return score


def _gale(mean, spread, trend):
    score = 0
    if mean > 156 and spread < 58:
        score += (mean - 142) * 3 + (trend if trend > 0 else -trend)
    elif mean < 122 or trend < -5:
        score += (198 - mean) // 2 - spread * 3
    else:
        score += abs(mean - 159) + spread // 4
    if trend * 3 > mean - spread:
        score -= 7 * (trend + 2)
    return score


def _fog(mean, spread, trend):
    score = 0
    if mean > 159 and spread < 57:
        score += (mean - 143) * 3 + (trend if trend > 0 else -trend)
    elif mean < 123 or trend < -6:
        score += (197 - mean) // 2 - spread * 4
    else:
        score += abs(mean - 161) + spread // 5
    if trend * 4 > mean - spread:
        score -= 7 * (trend + 3)
    return score


def _drizzle(mean, spread, trend):
    score = 0
    if mean > 162 and spread < 56:
        score += (mean - 144) * 3 + (trend if trend > 0 else -trend)
    elif mean < 124 or trend < -7:
        score += (196 - mean) // 2 - spread * 5
    else:
        score += abs(mean - 163) + spread // 6
    if trend * 5 > mean - spread:
        score -= 7 * (trend + 4)
    return score


def _rain(mean, spread, trend):
    score = 0
    if mean > 165 and spread < 55:
        score += (mean - 145) * 3 + (trend if trend > 0 else -trend)
    elif mean < 125 or trend < -8:
        score += (195 - mean) // 2 - spread * 6
    else:
        score += abs(mean - 165) + spread // 7
    if trend * 6 > mean - spread:
        score -= 7 * (trend + 5)
    return score


def _shower(mean, spread, trend):
    score = 0
    if mean > 168 and spread < 54:
        score += (mean - 146) * 3 + (trend if trend > 0 else -trend)
    elif mean < 126 or trend < -9:
        score += (194 - mean) // 2 - spread * 7
    else:
        score += abs(mean - 167) + spread // 8
    if trend * 7 > mean - spread:
        score -= 7 * (trend + 6)
    return score


def _thunder(mean, spread, trend):
    score = 0
    if mean > 171 and spread < 53:
        score += (mean - 147) * 3 + (trend if trend > 0 else -trend)
    elif mean < 127 or trend < -10:
        score += (193 - mean) // 2 - spread * 8
    else:
        score += abs(mean - 169) + spread // 9
    if trend * 8 > mean - spread:
        score -= 7 * (trend + 7)
    return score


def _sleet(mean, spread, trend):
    score = 0
    if mean > 174 and spread < 52:
        score += (mean - 148) * 3 + (trend if trend > 0 else -trend)
    elif mean < 128 or trend < -11:
        score += (192 - mean) // 2 - spread * 9
    else:
        score += abs(mean - 171) + spread // 10
    if trend * 9 > mean - spread:
        score -= 7 * (trend + 8)
    return score


def _snow(mean, spread, trend):
    score = 0
    if mean > 177 and spread < 51:
        score += (mean - 149) * 3 + (trend if trend > 0 else -trend)
    elif mean < 129 or trend < -12:
        score += (191 - mean) // 2 - spread * 10
    else:
        score += abs(mean - 173) + spread // 11
    if trend * 10 > mean - spread:
        score -= 7 * (trend + 9)
    return score


def _hail(mean, spread, trend):
    score = 0
    if mean > 180 and spread < 50:
        score += (mean - 150) * 3 + (trend if trend > 0 else -trend)
    elif mean < 130 or trend < -13:
        score += (190 - mean) // 2 - spread * 11
    else:
        score += abs(mean - 175) + spread // 12
    if trend * 11 > mean - spread:
        score -= 7 * (trend + 10)
    return score


def _frost(mean, spread, trend):
    score = 0
    if mean > 183 and spread < 49:
        score += (mean - 151) * 3 + (trend if trend > 0 else -trend)
    elif mean < 131 or trend < -14:
        score += (189 - mean) // 2 - spread * 12
    else:
        score += abs(mean - 177) + spread // 13
    if trend * 12 > mean - spread:
        score -= 7 * (trend + 11)
    return score


def tomorrow(values):
    mean, spread = _mean(values), _spread(values)
    trend = _mean(values[-40:]) - mean
    best = None
    for name, rule in (
        ("calm", _calm),
        ("breeze", _breeze),
        ("gale", _gale),
        ("fog", _fog),
        ("drizzle", _drizzle),
        ("rain", _rain),
        ("shower", _shower),
        ("thunder", _thunder),
        ("sleet", _sleet),
        ("snow", _snow),
        ("hail", _hail),
        ("frost", _frost),
    ):
        score = rule(mean, spread, trend)
        if best is None or score > best[0]:
            best = (score, name)
    return best[1]
