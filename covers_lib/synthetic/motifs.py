"""The figures on synthetic covers: sun, moon, star, bird, hand, flower, eye, drawn as polygons."""

import numpy as np

from covers_lib.synthetic.canvas import curve, star, turn

_ROUND = np.linspace(0, 2 * np.pi, 48, endpoint=False)
_DISC = np.stack([np.cos(_ROUND), np.sin(_ROUND)], 1)

# Outlines in a square from -1 to 1, y down; each a smooth line through its knots.
# fmt: off
_BIRDS = (
    # a swallow seen from above, its tail forked
    [(0, -0.42), (0.1, -0.34), (0.16, -0.16), (0.5, -0.34), (1, -0.12), (0.62, -0.1), (0.3, 0.12),
     (0.13, 0.3), (0.3, 0.78), (0.06, 0.46), (0, 0.42), (-0.06, 0.46), (-0.3, 0.78), (-0.13, 0.3),
     (-0.3, 0.12), (-0.62, -0.1), (-1, -0.12), (-0.5, -0.34), (-0.16, -0.16), (-0.1, -0.34)],
    # a dove from the side, one wing up
    [(-1, -0.06), (-0.78, -0.2), (-0.6, -0.2), (-0.42, -0.08), (-0.2, -0.3), (0, -0.85),
     (0.22, -0.98), (0.24, -0.55), (0.34, -0.1), (0.66, 0.04), (1, 0.02), (0.86, 0.16),
     (1, 0.34), (0.6, 0.3), (0.3, 0.42), (-0.1, 0.46), (-0.5, 0.3), (-0.74, 0.04)],
    # a gull on the wind
    [(0, -0.02), (0.28, -0.34), (0.6, -0.44), (1, -0.26), (0.6, -0.26), (0.34, -0.06),
     (0.12, 0.26), (0, 0.34), (-0.12, 0.26), (-0.34, -0.06), (-0.6, -0.26), (-1, -0.26),
     (-0.6, -0.44), (-0.28, -0.34)],
)
# fmt: on
# Each finger: where it starts, where it ends, how thick it is.
_FINGERS = (
    ((-0.3, 0.2), (-0.38, -0.62), 0.105),
    ((-0.1, 0.1), (-0.12, -0.86), 0.11),
    ((0.12, 0.1), (0.14, -0.8), 0.11),
    ((0.32, 0.2), (0.4, -0.56), 0.095),
    ((-0.3, 0.62), (-0.82, 0.02), 0.115),
)


def _finger(start, end, thick):
    """Return a stroke with round ends."""
    (x, y), (p, q) = start, end
    angle = np.arctan2(q - y, p - x)
    half = np.linspace(-np.pi / 2, np.pi / 2, 10)
    tip = np.stack([np.cos(half), np.sin(half)], 1) * thick
    back = np.stack([np.cos(half + np.pi), np.sin(half + np.pi)], 1) * thick
    return np.concatenate([np.add(turn(tip, angle), end), np.add(turn(back, angle), start)])


def _sun(rng):
    if rng.random() < 0.5:
        return [(_DISC, True)]
    rays, wide = int(rng.integers(10, 22)), rng.uniform(0.25, 0.6)
    beams = star(0, 0, 1, 2 * rays, 0, 0.99).reshape(rays, 4, 2)[:, ::2]
    wedges = [([(0, 0), a, a + (b - a) * 2 * wide], True) for a, b in beams]
    core = rng.uniform(0.42, 0.6)
    return [*wedges, (_DISC * (core + 0.1), False), (_DISC * core, True)]


def _moon(rng):
    away = rng.uniform(0.3, 0.62)
    return [(_DISC, True), (_DISC * rng.uniform(0.78, 0.92) + [away, -0.3 * away], False)]


def _star(rng):
    corners = int(rng.choice([4, 5, 5, 6, 8, 12]))
    inner = {4: 0.2, 5: 0.382, 6: 0.5, 8: 0.45, 12: 0.62}[corners]
    return [(star(0, 0, 1, corners, -np.pi / 2, inner), True)]


def _bird(rng):
    kind = int(rng.integers(len(_BIRDS)))
    side = 1 if rng.random() < 0.5 else -1
    parts = [(curve(_BIRDS[kind]) * [side, 1], True)]
    if kind == 1:
        parts.append((_DISC * 0.04 + [-0.72 * side, -0.07], False))
    return parts


def _hand(rng):
    side = 1 if rng.random() < 0.5 else -1
    palm = curve([(-0.4, 0.1), (0, 0), (0.42, 0.12), (0.4, 0.6), (0.3, 1), (-0.22, 1), (-0.4, 0.6)])
    parts = [(_finger(*one) * [side, 1], True) for one in _FINGERS]
    parts.append((palm * [side, 1], True))
    if rng.random() < 0.4:  # an eye in the palm, as fortune tellers paint it
        lids = np.add(_almond(0.26, 0.16), (0, 0.42))
        parts += [(lids, False), (np.add(_DISC * 0.1, (0, 0.42)), True)]
    return parts


def _flower(rng):
    petals, long = int(rng.integers(5, 13)), rng.uniform(0.3, 0.36)
    wide = min(0.34, 2.4 / petals) * rng.uniform(0.62, 1)
    one = _DISC * [long, wide * 0.6] + [1 - long, 0]
    parts = [(turn(one, 2 * np.pi * k / petals), True) for k in range(petals)]
    heart = rng.uniform(0.18, 0.28)
    return [*parts, (_DISC * (heart + 0.12), False), (_DISC * heart, True)]


def _almond(wide, high):
    x = np.linspace(-1, 1, 25)
    lid = 1 - np.abs(x) ** 1.9
    upper, lower = np.stack([x * wide, -lid * high], 1), np.stack([x * wide, lid * high], 1)
    return np.concatenate([upper, lower[::-1]])


def _eye(rng):
    high, iris = rng.uniform(0.5, 0.64), rng.uniform(0.4, 0.46)
    parts = [(_almond(1, high), True), (_almond(0.86, high * 0.8), False), (_DISC * iris, True)]
    return [*parts, (_DISC * iris * 0.52, False), (_DISC * iris * 0.3, True)]


_FIGURES = {
    "sun": _sun,
    "moon": _moon,
    "star": _star,
    "bird": _bird,
    "hand": _hand,
    "flower": _flower,
    "eye": _eye,
}
MOTIFS: tuple[str, ...] = ("none", *_FIGURES)


def figure(motif, rng, x, y, radius, angle=0.0):
    """Return a motif's polygons, each (points (n, 2), whether it adds to those below or cuts them).

    The figure is about `x`, `y` and fits a circle of `radius`, give or take; "none" has none.

    Derived in: book/01_why_album_covers
    """
    if motif == "none":
        return []
    parts = _FIGURES[motif](rng)
    return [(np.add(turn(points, angle) * radius, (x, y)), adds) for points, adds in parts]


def stamp(sheet, x, y, radius, colour, angle=0.0, motif=None):
    """Print the sheet's motif in one colour (or a picture); give its mask."""
    mask = sheet.mask(*figure(motif or sheet.motif, sheet.rng, x, y, radius, angle))
    sheet.fill(mask, colour)
    return mask
