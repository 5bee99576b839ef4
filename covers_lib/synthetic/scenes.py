"""Layouts that look like pictures: landscapes, portraits, photographs and collages."""

import numpy as np
from PIL import ImageFilter

from covers_lib.synthetic.canvas import TONES, cloud, contrast, curve, grid, mix, rough, star, turn
from covers_lib.synthetic.motifs import figure, stamp


# A layout takes the sheet, and `u`, which draws uniform numbers from the sheet's generator.
def horizon(s, u):
    """A low line, water or a road below it, and the motif in the sky."""
    level, x, r = u(0.54, 0.76), u(0.25, 0.75), u(0.13, 0.27)
    y, light = level - r * u(0.2, 2), s.pick(s.ink, s.hues[0])
    s.fade(mix(s.paper, s.hues[1], u(0, 0.35)), mix(s.paper, s.hues[1], u(0.6, 1)), level)
    stamp(s, x, y, r, light)
    ground = mix(s.paper, s.hues[2], u(0.25, 0.6))
    s.box(0, level, 1, 1, ground)
    depths = level + (1 - level) * np.linspace(0, 1, s.rng.integers(7, 12)) ** u(1.4, 2.2)
    kind = s.rng.integers(3)
    if kind == 0:  # a floor of lines that meet behind the horizon
        for foot in np.linspace(-3, 4, s.rng.integers(18, 30)):
            s.line([(x + (foot - x) * 0.08, level), (foot, 1)], s.ink, 1)
        for depth in depths:
            s.line([(0, depth), (1, depth)], s.ink, 1)
    elif kind == 1:  # a reflection, broken by the swell
        for depth in depths[1:-1]:
            half = r * u(0.3, 1) * (1 - (depth - level) / 0.8)
            s.box(x - half, depth, x + half, depth + u(0.008, 0.02), light)
    else:  # a road
        edge = u(-0.4, 0.5)
        s.shape([(x, level), (edge, 1), (edge + u(0.6, 0.9), 1)], s.ink)
        s.line([(x, level), (edge + 0.36, 1)], ground, 2)


def ridgelines(s, u):
    """Lines over lines, raised where the motif lies beneath them."""
    left, top = u(0.06, 0.24), u(0.14, 0.26)
    x, count = np.linspace(left, 1 - left, 96), s.rng.integers(22, 34)
    lines = np.linspace(top, 1 - top + 0.06, count)
    if s.motif == "none":
        swell = np.exp(-(((x - u(0.35, 0.65)) / u(0.08, 0.2)) ** 2)) + 0.04
        raised = [np.abs(rough(s.rng, 96, s.rng.integers(12, 26))) * swell for _ in lines]
        height = u(0.08, 0.15)
    else:
        parts = figure(s.motif, s.rng, 0.5, (lines[0] + lines[-1]) / 2 + 0.02, 0.5 - left)
        relief = s.mask(*parts).resize((TONES, TONES)).filter(ImageFilter.GaussianBlur(1))
        rows = (lines * TONES).astype(int).clip(0, TONES - 1)
        columns = (x * TONES).astype(int).clip(0, TONES - 1)
        raised = np.asarray(relief)[rows][:, columns] / 255.0
        raised = [row + 0.12 * rough(s.rng, 96, 40) * (row + 0.15) for row in raised]
        height = u(0.03, 0.045)
    body, end = s.pick(s.paper, s.paper, mix(s.paper, s.hues[1], 0.4)), s.pick(s.ink, s.hues[0])
    if u() < 0.4:
        s.box(0, 0, 1, 1, body)
    for k, y in enumerate(lines):
        ridge = np.stack([x, y - raised[k] * height], 1)
        s.shape([(x[0], y + 0.05), *ridge, (x[-1], y + 0.05)], body)
        s.line(ridge, mix(s.ink, end, k / count), 2)


_SIDE = [(0.8, -0.9), (0.92, 0), (0.62, 0.9)]  # of a face seen from the front
_OVAL = [(0, -1.3), *_SIDE, (0, 1.32), *((-x, y) for x, y in _SIDE[::-1])]


def _face(s, x, y, r, side):
    """Return the outline of a head and shoulders in profile, looking to `side`."""
    head = [(0.62, -0.75), (0.78, -0.42), (0.76, -0.18), (1.06, 0.2), (0.84, 0.3), (0.92, 0.46)]
    head += [(0.8, 0.56), (0.86, 0.7), (0.7, 1.0), (0.3, 1.04), (0.22, 1.5), (0.9, 1.9)]
    head += [(1.3, 3.2), (1.2, 6), (-2.2, 6), (-2.2, 3), (-1.5, 2), (-0.68, 1.7), (-0.62, 1.1)]
    head += [(-0.95, 0.5), (-1.02, -0.3), (-0.7, -0.95), (0, -1.2)]
    return curve(head) * [side * r, r] + [x, y]


def portrait(s, u):
    """A head and shoulders, lit from one side; the motif as halo, thought or brooch."""
    side, r, skin, hair = s.pick(-1, 1), u(0.15, 0.22), s.ink, s.hues[1]
    x, y, back = 0.5 + u(-0.1, 0.1), u(0.36, 0.46), mix(s.paper, s.hues[0], s.pick(0, u(0.3, 1)))
    s.fade(back, mix(back, s.paper, u(0.1, 0.6)))
    place = s.pick("halo", "brow") if s.motif != "none" else "none"
    if place == "halo":
        stamp(s, x + u(-0.12, 0.12), y - 0.05, r * u(1.9, 2.5), s.hues[2])
    if u() < 0.55:
        s.shape(_face(s, x - side * r * 0.2, y, r * 1.05, side), skin)
        cut = s.pick(0, 1, 2)
        if cut == 0:  # hair, as a cap or a crown of curls
            for spot in star(x - side * r * 0.32, y - r * 0.5, r * 0.62, 5, u(0, 7), 0.8):
                s.disc(*spot, r * u(0.42, 0.62), hair)
        elif cut == 1:
            knots = [(0.72, -0.75), (0.1, -0.5), (-0.3, 0.2), (-0.4, 1.4), (-1.2, 1.3)]
            crown = curve([*knots, (-1.3, -0.3), (-0.8, -1.25), (0.1, -1.42)])
            s.shape(crown * [side * r, r] + [x - side * r * 0.2, y], hair)
        bright = mix(skin, back, 0.8)
    else:
        style = s.rng.integers(4)
        if style < 2:  # loose hair lies behind the shoulders, round or long
            s.disc(x, y - r * (0.3, -0.3)[style], r * u(1.35, 1.6), hair, r * u(1.5, 2))
        shirt = s.pick(skin, s.hues[2], s.hues[0])
        s.disc(x, 1.08, r * u(1.9, 2.4), shirt, u(0.32, 0.4))
        neck = [(-0.42, 0), (0.42, 0), (0.5, 1.9), (0, 2.5), (-0.5, 1.9)]
        s.shape(np.add(np.array(neck) * r, (x, y)), skin)
        oval = np.add(curve(_OVAL) * r, (x, y))
        s.shape(oval, skin)
        lit = s.mask((oval, True), (np.add(oval, (side * r * u(0.35, 0.75), 0)), False))
        s.fill(lit, mix(skin, s.hues[0] if contrast(s.hues[0], skin) > 60 else s.paper, 0.75))
        if style == 2:  # a hat
            s.disc(x, y - r * 0.65, r * u(1.6, 2.0), hair, r * 0.22)
            s.box(x - r * 0.85, y - r * u(1.5, 1.8), x + r * 0.85, y - r * 0.7, hair)
        elif style == 3:  # a fringe
            s.disc(x, y - r * 0.1, r * 1.02, hair, r * u(1.3, 1.5), (180, 360))
        bright = s.paper
    if place == "brow":
        stamp(s, x, y - r * 0.1, r * u(0.7, 0.95), bright)


def photograph(s, u):
    """A blurred duotone: lamps at night, light from a window, or fog; the motif stands in it."""
    x, y = grid()
    kind, sky = s.rng.integers(3), cloud(s.rng, 0.55, 2)
    if kind == 0:  # lamps out of focus
        tone = 0.12 + 0.16 * sky * y
        for _ in range(s.rng.integers(7, 16)):
            far = np.hypot(x - u(0, 1), y - u(0.1, 0.95)) / u(0.03, 0.14)
            tone = tone + u(0.15, 0.6) * ((1.15 - far) / 0.3).clip(0, 1)
    elif kind == 1:  # a window thrown on a wall
        lean, left, top = u(-0.5, 0.5), u(0.1, 0.5), u(0.06, 0.3)
        across, down = (x - left + lean * (y - 0.5)) / u(0.3, 0.5), (y - top) / u(0.5, 0.7)
        inside = np.minimum(np.minimum(across, 1 - across), np.minimum(down, 1 - down) * 1.6)
        bars = np.minimum(abs(across - 0.5) * 12, abs(down * s.rng.integers(2, 4) % 1 - 0.5) * 9)
        tone = 0.14 + 0.16 * sky + 0.72 * (inside * 9).clip(0, 1) * bars.clip(0.2, 1)
    else:  # fog over ground
        level = u(0.5, 0.72)
        tone = 0.5 + 0.45 * (sky - 0.4) + 0.3 * np.exp(-(((y - level) / 0.16) ** 2))
        tone = np.where(y > level + 0.04 * (sky - 0.5), tone * u(0.3, 0.6), tone)
    if s.motif != "none":
        parts = figure(s.motif, s.rng, u(0.36, 0.64), u(0.4, 0.6), u(0.2, 0.32))
        shade = s.relief(parts, u(0.5, 1))
        tone = tone * (1 - shade) + shade * (0.04 if kind else 1)
    tone = tone * (1.1 - 1.1 * ((x - 0.5) ** 2 + (y - 0.5) ** 2))
    dark, light = sorted((s.paper, s.ink), key=sum)
    s.replace(s.toned(tone, mix(dark, s.hues[0], 0.12), light, mix(s.hues[0], s.hues[1], 0.25)))


def _scrap(s, u, x, y, wide, high):
    """Return the outline of a torn or cut piece, about (x, y), at a slant."""
    torn = s.pick(0, 0, 0.06)
    edge = np.linspace(-1, 1, 9, endpoint=False)
    one = np.ones_like(edge)
    outline = np.concatenate([[edge, -one], [one, edge], [-edge, one], [-one, -edge]], 1).T
    outline = outline * [wide, high] * (1 + torn * s.rng.normal(0, 1, (len(outline), 1)))
    return np.add(turn(outline, u(-0.25, 0.25)), (x, y)), torn


def collage(s, u):
    """Pieces of paper laid over each other, and the motif cut out and pasted on."""
    s.box(0, 0, 1, 1, mix(s.paper, s.hues[2], s.pick(0, 0.15, 0.5)))
    cx, cy, white = u(0.38, 0.62), u(0.4, 0.6), mix(max(s.paper, s.ink, key=sum), (255,) * 3, 0.5)
    shadow = mix(s.paper, min(s.paper, s.ink, key=sum), 0.5)
    for k in range(s.rng.integers(4, 7)):
        away = u(0.05, 0.34)
        around = u(0, 7)
        piece, torn = _scrap(s, u, cx + away * np.cos(around), cy + away * np.sin(around),
                             u(0.1, 0.34), u(0.08, 0.3))  # fmt: skip
        s.shape(piece + 0.008, shadow)
        if torn:
            s.shape(piece + s.rng.normal(0, 0.007, piece.shape), white)
        mask, colour = s.mask((piece * 0.98 + 0.02 * piece.mean(0), True)), s.hues[k % 3]
        if k % 3 == 1:  # a piece of a photograph
            tone = cloud(s.rng, 0.8, 3) * 1.6 - 0.3
            s.fill(mask, s.toned(tone, s.ink, mix(s.paper, white, 0.5), colour))
        elif k % 3 == 2 and u() < 0.7:  # ruled or lettered paper
            sheet = s.like(1)
            sheet.box(0, 0, 1, 1, mix(s.paper, white, 0.6))
            for y in np.arange(0, 1, u(0.03, 0.05)):
                sheet.box(0, y, 1, y + 0.012, colour)
            s.fill(mask, sheet.image)
        else:
            s.fill(mask, colour)
    if s.motif != "none":
        spot, angle, r = (cx + u(-0.1, 0.1), cy + u(-0.1, 0.1)), u(-0.4, 0.4), u(0.2, 0.3)
        parts = figure(s.motif, s.rng, *spot, r, angle)
        s.fill(s.mask(*((points + 0.01, adds) for points, adds in parts)), shadow)
        s.fill(s.mask(*parts), s.pick(s.ink, s.ink, s.hues[0]))


def peaks(s, u):
    """Mountains behind mountains, paler with distance, and the motif over them."""
    s.fade(s.paper, mix(s.paper, s.hues[1], u(0.2, 0.6)))
    stamp(s, u(0.25, 0.75), u(0.2, 0.34), u(0.08, 0.17), s.pick(s.hues[0], s.ink))
    x, count, steps = np.linspace(0, 1, 90), s.rng.integers(4, 8), s.rng.integers(2, 9)
    for k, y in enumerate(np.linspace(u(0.46, 0.6), u(0.84, 0.94), count)):
        ridge = rough(s.rng, 90, steps) + u(0.1, 0.4) * rough(s.rng, 90, 32)
        ridge = np.stack([x, y + ridge * u(0.05, 0.12)], 1)
        s.shape([(0, 1), *ridge, (1, 1)], mix(mix(s.paper, s.hues[1], 0.6), s.ink, (k + 1) / count))
