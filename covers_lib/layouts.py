"""The layouts of synthetic covers: twelve ways to fill a square with shapes and five colours."""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont


class Sheet:
    """A square picture with a pen, measured from 0 to 1 so that every size looks alike."""

    def __init__(self, pixels: int, colours: list[tuple[int, ...]], rng: np.random.Generator):
        self.pixels, self.rng = pixels, rng
        self.paper, self.ink, *self.hues = colours
        self.replace(Image.new("RGB", (pixels, pixels), self.paper))

    def replace(self, image):
        self.image, self.pen = image, ImageDraw.Draw(image)

    def flat(self, points):
        return (np.asarray(points) * self.pixels).ravel().tolist()

    def box(self, x0, y0, x1, y1, colour):
        self.image.paste(colour, [round(v * self.pixels) for v in (x0, y0, x1, y1)])

    def disc(self, x, y, rx, colour, ry=None, arc=(0, 360)):
        ry = rx if ry is None else ry
        self.pen.pieslice(self.flat([x - rx, y - ry, x + rx, y + ry]), *arc, fill=colour)

    def shape(self, points, colour):
        self.pen.polygon(self.flat(points), fill=colour)

    def line(self, points, colour, width):
        self.pen.line(self.flat(points), colour, max(1, round(width * self.pixels / 256)), "curve")

    def fade(self, top, bottom, end=1.0):
        ramp = Image.linear_gradient("L").resize((self.pixels, round(end * self.pixels)))
        self.box(0, 0, 1, end, top)
        self.image.paste(bottom, (0, 0), ramp)

    def mask(self, points):
        mask = Image.new("L", self.image.size)
        ImageDraw.Draw(mask).polygon(self.flat(points), 255)
        return mask

    def text(self, words, x, baseline, height, width, colour, anchor="ls", bold=0):
        size = min(height, width / text_width(words)) * self.pixels
        font, stroke = _font(max(4, round(size))), round(bold * self.pixels / 256)
        self.pen.text(self.flat([x, baseline]), words, colour, font, anchor, stroke_width=stroke)

    def pick(self, *choices):
        return choices[self.rng.integers(len(choices))]


@lru_cache(maxsize=512)  # loading a font takes longer than drawing a cover
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


def text_width(words: str) -> float:
    """Measure how wide words are, in letters' heights."""
    return _font(100).getlength(words) / 100


def mix(a, b, share):
    """Mix two colours: `share` 0 is the first, 1 the second."""
    return tuple(round(p + (q - p) * share) for p, q in zip(a, b, strict=True))


def _turn(points, angle):
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(points) @ np.array([[cos, sin], [-sin, cos]])


def _star(x, y, radius, corners, angle, inner):
    """Give the points of a star; an `inner` radius of cos(pi / corners) makes it a polygon."""
    steps = np.arange(2 * corners)
    reach, around = radius * np.where(steps % 2, inner, 1.0), angle + steps * np.pi / corners
    return np.stack([x + reach * np.cos(around), y + reach * np.sin(around)], 1)


def _rough(rng, points, steps):
    """Give `points` heights from -1 to 1 along a smooth random line through `steps` knots."""
    knots, x = rng.uniform(-1, 1, steps + 2), np.linspace(0, steps, points)
    left = x.astype(int)
    share = (1 - np.cos((x - left) * np.pi)) / 2
    return knots[left] * (1 - share) + knots[left + 1] * share


# A layout takes the sheet, and `u`, which draws uniform numbers from the sheet's generator.
def _emblem(s, u):
    s.fade(s.paper, mix(s.paper, s.hues[0], u(0, 0.5)))
    x, y, r, corners, angle = (
        u(0.44, 0.56),
        u(0.44, 0.56),
        u(0.24, 0.42),
        s.pick(3, 4, 5, 6, 8, 12),
        u(0, 7),
    )
    inner, twist = s.pick(np.cos(np.pi / corners), u(0.35, 0.8)), s.pick(0, u(0, 0.4))
    if u() < 0.45:
        beams = 2 * s.rng.integers(8, 20)
        ends = _star(x, y, 1.5, beams, angle, 1).reshape(-1, 2, 2)
        for pair in ends:
            s.shape([(x, y), *pair], mix(s.paper, s.hues[0], 0.65))
    for k, scale in enumerate(np.linspace(1, 0.3, s.rng.integers(2, 6))):
        colour = [s.ink, *s.hues, s.paper][k % 5]
        s.shape(_star(x, y, r * scale, corners, angle + k * twist, inner), colour)
    s.disc(x, y, r * u(0.06, 0.24), s.paper)


def _horizon(s, u):
    level, x, r = u(0.5, 0.76), u(0.25, 0.75), u(0.12, 0.32)
    y, sun = level - r * u(-0.3, 1.1), s.pick(s.ink, s.hues[0])
    s.fade(s.paper, mix(s.paper, s.hues[1], u(0.4, 1)), level)
    s.disc(x, y, r, sun)
    s.box(0, level, 1, 1, mix(s.paper, s.hues[2], u(0, 0.4)))
    depths = level + (1 - level) * np.linspace(0, 1, s.rng.integers(7, 12)) ** u(1, 2)
    if u() < 0.5:  # a floor of lines that meet behind the horizon
        for foot in np.linspace(-3, 4, s.rng.integers(18, 30)):
            s.line([(x + (foot - x) * 0.08, level), (foot, 1)], s.ink, 2)
        for depth in depths:
            s.line([(0, depth), (1, depth)], s.ink, 2)
    else:  # the sun's reflection on water
        for depth in depths[1:-1]:
            half = r * u(0.5, 1) * (1 - (depth - level) / 0.8)
            s.box(x - half, depth, x + half, depth + 0.016, sun)


def _ridgelines(s, u):
    x, width = np.linspace(u(0, 0.2), u(0.8, 1), 60), s.pick(2, 2, 3)
    swell = np.exp(-(((x - u(0.35, 0.65)) / u(0.1, 0.25)) ** 2)) + 0.05
    height, steps, body = u(0.08, 0.17), s.rng.integers(8, 20), s.pick(s.paper, s.paper, s.hues[1])
    lines = np.linspace(u(0.22, 0.32), u(0.78, 0.94), s.rng.integers(9, 22))
    for k, y in enumerate(lines):
        ridge = np.stack([x, y - np.abs(_rough(s.rng, 60, steps)) * swell * height], 1)
        s.shape([(x[0], y + 0.06), *ridge, (x[-1], y + 0.06)], mix(s.paper, body, k / len(lines)))
        s.line(ridge, mix(s.ink, s.hues[0], k / len(lines)), width)


def _fields(s, u):
    s.fade(s.paper, mix(s.paper, s.hues[0], u(0.2, 0.5)))
    edge, colours = u(0.05, 0.12), [s.ink, *s.hues]
    cuts = [edge, *np.sort(u(0.2, 0.8, s.rng.integers(1, 3))), 1 - edge]
    for top, bottom, k in zip(cuts, cuts[1:], s.rng.permutation(4), strict=False):
        top, bottom = top + 0.02, max(bottom - 0.02, top + 0.04)
        s.box(edge + u(0, 0.03), top, 1 - edge - u(0, 0.03), bottom, colours[k])
    s.replace(s.image.filter(ImageFilter.GaussianBlur(s.pixels * u(0.004, 0.02))))


def _split(s, u):
    x, y, r, corners = u(0.35, 0.65), u(0.35, 0.65), u(0.22, 0.4), s.pick(3, 4, 5, 40, 40)
    inner = s.pick(np.cos(np.pi / corners), u(0.45, 0.7)) if corners < 40 else 1
    figure = s.mask(_star(x, y, r, corners, u(0, 7), inner))
    angle = s.pick(0, np.pi / 2, u(0, 7))
    half = s.mask(_turn([(0, -2), (2, -2), (2, 2), (0, 2)], angle) + np.array([x, y]))
    s.image.paste(s.ink, mask=ImageChops.difference(figure, half))
    s.image.paste(s.pick(s.paper, s.hues[0]), mask=ImageChops.darker(figure, half))
    if u() < 0.6:
        s.disc(x + u(-0.3, 0.3), y + u(-0.3, 0.3), u(0.05, 0.14), s.hues[1])


def _tiles(s, u):
    count, edge = s.rng.integers(2, 6), s.pick(0, u(0.05, 0.12))
    side, colours = (1 - 2 * edge) / count, [s.paper, s.ink, *s.hues]
    for column, row in np.ndindex(count, count):
        x, y = edge + column * side, edge + row * side
        back, front = (colours[k] for k in s.rng.permutation(5)[:2])
        s.box(x, y, x + side, y + side, back)
        quarter, kind = s.rng.integers(4), s.rng.integers(4)
        if kind < 2:
            corner = x + side * (quarter in (1, 2)), y + side * (quarter > 1)
            s.disc(*corner, side, front, arc=(90 * quarter, 90 * quarter + 90))
        elif kind == 2:
            s.disc(x + side / 2, y + side / 2, side * u(0.2, 0.5), front)


def _rings(s, u):
    x, y, reach, repeat = u(0.15, 0.85), u(0.15, 0.85), u(0.35, 1), s.pick(2, 4, 5)
    radii = u(0.5, 1, s.rng.integers(5, 17)).cumsum()
    for k, radius in enumerate(reach * radii[::-1] / radii[-1]):
        s.disc(x, y, radius, [s.ink, s.paper, s.hues[0], s.paper, s.hues[1]][k % repeat])
    s.disc(x, y, reach * radii[0] / radii[-1], s.hues[2])


def _portrait(s, u):
    s.fade(mix(s.paper, s.hues[1], u(0, 0.6)), s.paper)
    x, y, r = u(0.36, 0.64), u(0.4, 0.48), u(0.12, 0.18)
    skin, hair, style = s.ink, s.hues[1], s.rng.integers(4)
    s.disc(x + u(-0.12, 0.12), y + u(-0.08, 0.08), r * u(1.9, 2.7), s.hues[0])
    if style < 2:  # loose hair lies behind the shoulders, round or long
        s.disc(x, y - r * (0.3, -0.3)[style], r * u(1.4, 1.8), hair, r * u(1.5, 2))
    s.disc(x, 1.08, r * u(2.1, 2.9), s.pick(skin, s.hues[2]), u(0.3, 0.36))
    s.shape([(x - r * 0.5, y), (x + r * 0.5, y), (x + r * 0.6, 0.84), (x - r * 0.6, 0.84)], skin)
    s.disc(x, y, r, skin, r * 1.25)
    if style == 2:  # a hat
        s.disc(x, y - r * 0.65, r * u(1.6, 2.1), hair, r * 0.24)
        s.box(x - r * 0.9, y - r * u(1.5, 1.8), x + r * 0.9, y - r * 0.7, hair)
    elif style == 3:  # short hair
        s.disc(x, y - r * 0.2, r * 1.08, hair, r * u(1.15, 1.4), (180, 360))
    if u() < 0.6:  # dark glasses
        for side in (-0.45, 0.45):
            s.disc(x + r * side, y, r * 0.36, s.paper, r * 0.28)
        s.box(x - r, y - r * 0.1, x + r, y, s.paper)


def _halftone(s, u):
    count, x, y, reach = s.rng.integers(8, 19), u(0.2, 0.8), u(0.2, 0.8), u(0.45, 0.95)
    line = np.arange(-count, count + 1) / count
    grid = _turn(np.stack(np.meshgrid(line, line), -1).reshape(-1, 2), u(0, 1.6)) + 0.5
    far = np.hypot(grid[:, 0] - x, grid[:, 1] - y) / reach
    tone = s.pick(1 - far, far, 0.5 + 0.5 * np.cos(u(6, 10) * far)).clip(0, 1)
    first, second = s.pick((s.ink, s.ink), (s.hues[0], s.ink), (s.hues[0], s.hues[1]))
    for (px, py), t in zip(grid.tolist(), tone.tolist(), strict=True):
        if t > 0.03 and -0.1 < px < 1.1 and -0.1 < py < 1.1:
            s.disc(px, py, 0.62 * t / count, mix(first, second, t))


def _peaks(s, u):
    s.fade(s.paper, mix(s.paper, s.hues[1], u(0.2, 0.6)))
    s.disc(u(0.2, 0.8), u(0.16, 0.38), u(0.05, 0.17), s.hues[0])
    x, count, steps = np.linspace(0, 1, 90), s.rng.integers(3, 7), s.rng.integers(2, 9)
    for k, y in enumerate(np.linspace(u(0.42, 0.58), u(0.82, 0.92), count)):
        rough = _rough(s.rng, 90, steps) + u(0.1, 0.35) * _rough(s.rng, 90, 32)
        ridge = np.stack([x, y + rough * u(0.05, 0.13)], 1)
        s.shape([(0, 1), *ridge, (1, 1)], mix(s.hues[1], s.ink, (k + 1) / count))


def _waves(s, u):
    y, x = np.mgrid[: s.pixels, : s.pixels].astype(np.float32) / s.pixels
    along, across = np.moveaxis(_turn(np.stack([x, y], -1), u(0, 7)).astype(np.float32), -1, 0)
    bump = np.exp(-((x - u(0.3, 0.7)) ** 2 + (y - u(0.3, 0.7)) ** 2) / u(0.02, 0.08))
    shift = u(0, 0.06) * np.sin(u(4, 10) * along) + u(-0.25, 0.25) * bump
    colours = s.pick([s.paper, s.ink], [s.paper, s.hues[0], s.ink], [s.paper, *s.hues])
    stripe = np.floor(u(6, 14) * (across + shift)).astype(int) % len(colours)
    s.replace(Image.fromarray(np.array(colours, np.uint8)[stripe]))
    if u() < 0.4:
        s.disc(u(0.25, 0.75), u(0.25, 0.75), u(0.1, 0.24), s.hues[1])


def _type(s, u):
    words, style, count = s.title.upper().split(), s.rng.integers(3), s.rng.integers(3, 8)
    if style == 0:  # one letter, as large as the cover
        s.box(0, 0, 1, u(0.3, 0.7), s.hues[0])
        s.text(words[0][0], u(0.3, 0.7), u(0.85, 1.0), u(1.0, 1.4), 2, s.ink, "ms", 4)
    elif style == 1:  # one word, line by line
        for k in range(count):
            colour = mix(s.ink, s.hues[0], k / count)
            s.text(words[-1], 0.06, (k + 0.9) / count, 1.15 / count, 0.9, colour, bold=1)
    else:
        for word, y, colour in zip(words, (0.46, 0.86), (s.ink, s.hues[0]), strict=True):
            s.text(word, 0.07, y, 0.5, 0.86, colour, bold=2)
        s.box(0.07, 0.5, u(0.3, 0.93), 0.52, s.hues[1])


DRAW = {
    draw_layout.__name__[1:]: draw_layout
    for draw_layout in (
        *(_emblem, _horizon, _ridgelines, _fields, _split, _tiles),
        *(_rings, _portrait, _halftone, _peaks, _waves, _type),
    )
}
