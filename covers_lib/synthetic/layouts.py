"""The layouts of synthetic covers: ways to fill a square with shapes, a motif and five colours."""

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from covers_lib.synthetic import scenes
from covers_lib.synthetic.canvas import clearest, grid, mix, star, turn
from covers_lib.synthetic.motifs import figure, stamp
from covers_lib.synthetic.typesetting import FACES, print_line


# A layout takes the sheet, and `u`, which draws uniform numbers from the sheet's generator.
def _emblem(s, u):
    x, y, r = u(0.46, 0.54), u(0.44, 0.56), u(0.3, 0.4)
    ground = s.pick(s.paper, s.paper, s.hues[0])
    front = clearest((s.ink, s.paper), ground)
    s.box(0, 0, 1, 1, ground)
    badge = s.pick("beams", "beams", "ring", "seal")
    if badge == "beams":
        x, y, r = s.pick((x, y, r), (u(0.35, 0.65), u(0.4, 0.8), u(0.4, 0.5)))
        beams = 2 * s.rng.integers(8, 20)
        for pair in star(x, y, 1.5, beams, u(0, 7), 1).reshape(-1, 2, 2):
            s.shape([(x, y), *pair], mix(ground, s.hues[1], 0.5))
    if s.motif == "none":
        corners, angle, twist = s.pick(3, 4, 6, 8), s.pick(0, np.pi / 2, u(0, 7)), u(0, 0.4)
        for k, scale in enumerate(np.linspace(1, 0.25, s.rng.integers(3, 6))):
            outline = star(x, y, r * scale, corners, angle + k * twist, np.cos(np.pi / corners))
            s.shape(outline, [front, s.hues[2], ground][k % 3])
        return
    if badge != "beams":
        s.disc(x, y, r * 1.08, front)
        s.disc(x, y, r * 1.02, ground if badge == "ring" else s.hues[2])
        s.disc(x, y, r * 0.96, front)
        front, r = s.pick(ground, s.hues[1]), r * 0.74
    stamp(s, x, y, r, front)


def _fields(s, u):
    s.fade(mix(s.paper, s.hues[0], u(0.1, 0.3)), mix(s.paper, s.hues[0], u(0.2, 0.5)))
    edge, colours = u(0.06, 0.13), [s.ink, *s.hues]
    cuts = [edge, *np.sort(u(0.25, 0.75, s.rng.integers(1, 3))), 1 - edge]
    bands = list(zip(cuts, cuts[1:], s.rng.permutation(4), strict=False))
    for top, bottom, k in bands:
        top, bottom = top + 0.02, max(bottom - 0.02, top + 0.04)
        s.box(edge + u(0, 0.02), top, 1 - edge - u(0, 0.02), bottom, colours[k])
    if s.motif != "none":
        top, bottom, k = max(bands, key=lambda band: band[1] - band[0])
        r = min(0.24, (bottom - top) * 0.36)
        other = clearest((s.paper, *colours), colours[k])
        other = mix(colours[k], other, s.pick(1, 0.45))
        stamp(s, u(0.35, 0.65), (top + bottom) / 2, r, other)
    s.replace(s.image.filter(ImageFilter.GaussianBlur(s.pixels * u(0.006, 0.016))))


def _split(s, u):
    x, y, r = u(0.38, 0.62), u(0.38, 0.62), s.pick(u(0.28, 0.36), u(0.4, 0.56))
    parts = figure(s.motif, s.rng, x, y, r, s.pick(0, 0, u(0, 7)))
    figure_mask = s.mask(*parts or [(star(x, y, r, 2, 0, 1), True)])
    if not parts:  # a plain bar crosses the line
        bar = turn([(-1, -0.16), (1, -0.16), (1, 0.16), (-1, 0.16)], s.pick(0.5, -0.5, 0.8))
        figure_mask = s.mask((bar * r * 1.3 + [x, y], True))
    angle = s.pick(0, np.pi / 2, np.pi / 2, u(0.5, 1), u(-1, -0.5))
    plane = turn([(0, -2), (2, -2), (2, 2), (0, 2)], angle)
    half = s.mask((np.add(plane, (x, y)), True))
    one, other = s.pick((s.ink, s.paper), (s.ink, s.hues[0]), (s.hues[0], s.paper))
    s.box(0, 0, 1, 1, other)
    s.fill(ImageChops.difference(figure_mask, half), one)


def _tiles(s, u):
    count, edge = s.rng.integers(3, 6), s.pick(0, 0, u(0.05, 0.1))
    side, colours = (1 - 2 * edge) / count, [s.paper, s.ink, *s.hues]
    colours = [colours[k] for k in (0, 1, *s.rng.permutation([2, 3, 4])[: s.rng.integers(1, 4)])]
    for column, row in np.ndindex(count, count):
        x, y = edge + column * side, edge + row * side
        back, front = (colours[k] for k in s.rng.permutation(len(colours))[:2])
        s.box(x, y, x + side, y + side, back)
        quarter, kind = s.rng.integers(4), s.rng.integers(5)
        if kind < 2:
            corner = x + side * (quarter in (1, 2)), y + side * (quarter > 1)
            s.disc(*corner, side, front, arc=(90 * quarter, 90 * quarter + 90))
        elif kind == 2:
            corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
            s.shape(np.roll(corners, quarter, 0)[:3], front)
        elif kind == 3:
            stamp(s, x + side / 2, y + side / 2, side * 0.4, front)


def _rings(s, u):
    x, y = s.pick((0.5, 0.5), (u(0.1, 0.9), u(0.1, 0.9)), (u(0.3, 0.7), 1.0))
    reach, repeat = u(0.45, 1), s.pick(2, 2, 4)
    radii = u(0.5, 1, s.rng.integers(6, 15)).cumsum()
    radii = radii + s.pick(0, 2) * radii[0]
    for k, radius in enumerate(reach * radii[::-1] / radii[-1]):
        s.disc(x, y, radius, [s.ink, s.paper, s.hues[0], s.paper][k % repeat])
    if s.motif == "none":
        s.disc(x, y, reach * radii[0] / radii[-1], s.hues[1])
    else:
        r, y = u(0.17, 0.24), min(y, 0.76)
        s.disc(min(max(x, 0.24), 0.76), y, r * 1.2, s.paper)
        stamp(s, min(max(x, 0.24), 0.76), y, r, s.pick(s.ink, s.hues[1]))


def _screen(s, tone, count, angle):
    """Return the mask of `count` rows of dots, each as large as the tone under it is dark."""
    grey = Image.fromarray(tone.clip(0, 1).astype(np.float32)).resize(s.image.size)
    line = np.arange(s.pixels, dtype=np.float32) * (2 * np.pi * count / s.pixels)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    first, second = np.add.outer(line * sin, line * cos), np.add.outer(line * cos, -line * sin)
    dots = np.cos(first) + np.cos(second) < np.asarray(grey) * 4 - 2
    return Image.fromarray(dots)


def _halftone(s, u):
    count, (x, y) = s.rng.integers(13, 24), grid()
    if s.motif == "none":
        far = np.hypot(x - u(0.2, 0.8), y - u(0.2, 0.8)) / u(0.45, 0.95)
        tone = s.pick(1 - far, far, 0.5 + 0.5 * np.cos(u(6, 10) * far), (x + y * u(-1, 1)))
    else:
        parts = figure(s.motif, s.rng, u(0.44, 0.56), u(0.44, 0.56), u(0.36, 0.46))
        tone = s.relief(parts, 1.5) * u(0.8, 1) + 0.16 * s.pick(x, y, 1 - y)
        tone = s.pick(tone, tone, 0.95 - tone)
    if u() < 0.4:  # a second plate, at another angle
        s.fill(_screen(s, np.roll(tone, 3, 1) * 0.8, count, u(0.9, 1.3)), s.hues[0])
    s.fill(_screen(s, tone, count, u(0.2, 0.8)), s.pick(s.ink, s.ink, s.hues[1]))


def _waves(s, u):
    y, x = np.mgrid[: s.pixels, : s.pixels].astype(np.float32) / s.pixels
    angle = s.pick(0, np.pi / 2, u(0, 7))
    across, along = np.float32(np.cos(angle)) * x + np.float32(np.sin(angle)) * y, x - y
    bump = np.exp(-((x - u(0.3, 0.7)) ** 2 + (y - u(0.3, 0.7)) ** 2) / u(0.02, 0.08))
    shift = u(0.01, 0.06) * np.sin(u(4, 10) * along) + s.pick(-1, 1) * u(0.1, 0.25) * bump
    colours = s.pick([s.paper, s.ink], [s.paper, s.hues[0]], [s.paper, s.hues[0], s.ink])
    stripe = np.floor(u(8, 15) * (across + shift)).astype(int)
    if s.motif != "none":  # the stripes change places inside the figure
        parts = figure(s.motif, s.rng, u(0.4, 0.6), u(0.4, 0.6), u(0.28, 0.48))
        stripe = stripe + (np.asarray(s.mask(*parts)) > 127)
    s.replace(Image.fromarray(np.array(colours, np.uint8)[stripe % len(colours)]))


def _type(s, u):
    face, words, style = s.words.face, s.words.title.upper().split(), s.pick(0, 1, 1, 2, 2)
    if len(words) == 1:
        words = [*s.words.band.upper().split(), *words]
    ground = s.pick(s.paper, s.paper, s.hues[0])
    ink = clearest((s.ink, s.paper), ground)
    second = clearest(s.hues, ground)
    s.box(0, 0, 1, 1, ground)
    if not FACES[face].capitals:
        face = "grotesk"
    if style == 0:  # one letter, too large for the cover
        s.box(0, 0, 1, u(0.3, 0.7), second)
        print_line(s, words[0][0], face, u(0.4, 0.6), u(0.78, 0.9), u(0.6, 0.75), ink, "m")
        print_line(s, " ".join(words), face, 0.06, 0.95, 0.05, ink, most=0.88)
    elif style == 1:  # one word, line by line
        count = s.rng.integers(4, 8)
        word = max(words, key=len)
        for k in range(count):
            foot, colour = (k + 0.86) / count, mix(ink, second, k / count)
            print_line(s, word, face, 0.06, foot, 0.72 / count, colour, most=0.88)
    else:  # the title, each word as wide as the cover
        foot = u(0.88, 0.94)
        for word, colour in zip(words[:-4:-1], (ink, second, ink), strict=False):
            high = print_line(s, word, face, 0.06, foot, 0.5, colour, most=0.88)
            foot -= high + 0.06
    if s.motif != "none":
        stamp(s, u(0.8, 0.88), u(0.12, 0.18), 0.09, s.pick(s.hues[1], ink))


def _lone(s, u):
    ground = s.pick(s.paper, s.paper, s.hues[0])
    front = clearest((s.ink, *s.hues), ground)
    s.box(0, 0, 1, 1, ground)
    x, y = s.pick(0.5, u(0.2, 0.8)), s.pick(0.5, u(0.3, 0.8))
    if s.motif == "none":
        s.pick(
            lambda: s.box(x - 0.07, y - 0.07, x + 0.07, y + 0.07, front),
            lambda: s.box(0.1, y, 0.9, y + 0.012, front),
            lambda: s.box(x, 0.12, x + 0.014, 0.88, front),
        )()
    else:
        stamp(s, x, y, u(0.08, 0.14), front)
    if u() < 0.5:
        s.box(x - u(0.1, 0.2), y + 0.15, x + u(0.1, 0.2), y + 0.158, s.hues[1])


def _bars(s, u):
    count, upright = s.rng.integers(6, 11), s.pick(True, True, False)
    top, edge, ground = u(0.05, 0.4), s.pick(0, 0.07), s.pick(s.paper, s.paper, s.ink)
    colours = [c for c in (s.ink, s.paper, *s.hues) if c != ground]
    s.box(0, 0, 1, 1, ground)
    gap, wide = s.pick(0.012, 0.03), (1 - 2 * edge) / count
    heights = s.pick(np.full(count, 1 - edge), u(0.55, 1, count), np.linspace(0.6, 1, count))
    turned = s.pick(True, False)
    order = [0, *s.rng.permutation([1, 2, 3])]
    for k, height in enumerate(heights):
        near, far = edge + k * wide + gap / 2, edge + (k + 1) * wide - gap / 2
        start, end = (top, height) if turned else (1 - height, 1 - top)
        place = (near, start, far, end) if upright else (start, near, end, far)
        s.box(*place, colours[order[k * k % s.pick(2, 3, 4)]])
    if s.motif != "none":
        r = u(0.18, 0.26)
        stamp(s, s.pick(0.3, 0.7, 0.5), (top + 1) / 2, r, ground)


# The names and their order decide what each cover is drawn from: change neither.
DRAW = {
    "emblem": _emblem,
    "fields": _fields,
    "split": _split,
    "tiles": _tiles,
    "rings": _rings,
    "halftone": _halftone,
    "waves": _waves,
    "type": _type,
    "lone": _lone,
    "bars": _bars,
    "horizon": scenes.horizon,
    "ridgelines": scenes.ridgelines,
    "portrait": scenes.portrait,
    "photograph": scenes.photograph,
    "collage": scenes.collage,
    "peaks": scenes.peaks,
}
LAYOUTS: tuple[str, ...] = tuple(DRAW)
