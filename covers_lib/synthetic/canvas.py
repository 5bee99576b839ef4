"""The sheet that covers are drawn on: shapes, masks and soft tones, measured from 0 to 1."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

LIGHTNESS = (0.3, 0.59, 0.11)  # what red, green and blue add to it
TONES = 64  # soft pictures are worked out on a grid of this size, whatever the sheet's


class Sheet:
    """A square picture with a pen, measured from 0 to 1 so that every size looks alike.

    `paper`, `ink` and `hues` are its colours, `rng` the cover's own generator, `motif` the figure
    that the layout is to use, and `words` what it may print.
    """

    def __init__(self, pixels, colours, rng, motif="none", words=None):
        self.pixels, self.rng, self.motif, self.words = pixels, rng, motif, words
        self.paper, self.ink, *self.hues = colours
        self.replace(Image.new("RGB", (pixels, pixels), self.paper))

    def like(self, side):
        """Return an empty sheet of the same colours, motif and generator, `side` as large."""
        colours = [self.paper, self.ink, *self.hues]
        return Sheet(round(side * self.pixels), colours, self.rng, self.motif, self.words)

    def replace(self, image):
        self.image, self.pen = image, ImageDraw.Draw(image)

    def turn_image(self, angle):
        """Turn what is drawn by 90 or 270 degrees against the clock."""
        turns = {90: Image.Transpose.ROTATE_90, 270: Image.Transpose.ROTATE_270}
        self.replace(self.image.transpose(turns[angle]))

    def pick(self, *choices):
        return choices[self.rng.integers(len(choices))]

    def flat(self, points):
        return (np.asarray(points) * self.pixels).ravel().tolist()

    def box(self, x0, y0, x1, y1, colour):
        self.image.paste(colour, [round(v * self.pixels) for v in (x0, y0, x1, y1)])

    def disc(self, x, y, rx, colour, ry=None, arc=(0, 360)):
        ry = rx if ry is None else ry
        start, end = arc
        self.pen.pieslice(self.flat([x - rx, y - ry, x + rx, y + ry]), start, end, fill=colour)

    def shape(self, points, colour):
        self.pen.polygon(self.flat(points), fill=colour)

    def line(self, points, colour, width):
        """Draw a line `width` 256ths of the sheet thick."""
        self.pen.line(self.flat(points), colour, max(1, round(width * self.pixels / 256)), "curve")

    def mask(self, *parts):
        """Return the mask of polygons laid one over the other: each (points, whether it adds)."""
        mask = Image.new("L", self.image.size)
        pen = ImageDraw.Draw(mask)
        for points, adds in parts:
            pen.polygon(self.flat(points), 255 * adds)
        return mask

    def relief(self, parts, blur):
        """Return polygons as a softened (TONES, TONES) map of tones: 0 outside, 1 inside."""
        mask = self.mask(*parts).resize((TONES, TONES), Image.Resampling.BOX)
        return np.asarray(mask.filter(ImageFilter.GaussianBlur(blur))) / 255.0

    def fill(self, mask, colour):
        """Pour a colour, or another picture of this size, through a mask."""
        self.image.paste(colour, mask=mask)

    def fade(self, top, bottom, end=1.0):
        """Let one colour run into another from the top edge down to `end`."""
        ramp = Image.linear_gradient("L").resize((self.pixels, round(end * self.pixels)))
        self.box(0, 0, 1, end, top)
        self.image.paste(bottom, (0, 0), ramp)

    def toned(self, tone, dark, light, middle=None):
        """Return a picture from a (TONES, TONES) map of tones, 0 dark to 1 light, in two inks."""
        grey = Image.fromarray((tone.clip(0, 1) * 255).astype(np.uint8))
        grey = grey.resize(self.image.size, Image.Resampling.BICUBIC)
        return ImageOps.colorize(grey, dark, light, middle)


def grid():
    """Return the x and y of a map of tones, each (TONES, TONES), 0 to 1.

    Derived in: book/01_why_album_covers
    """
    y, x = (np.mgrid[:TONES, :TONES].astype(np.float32) + 0.5) / TONES
    return x, y


def cloud(rng, rough=0.5, first=2, stretch=1):
    """Return a (TONES, TONES) map of smooth noise, about 0 to 1; `rough` weighs the finer parts."""
    total, weight = np.zeros((TONES, TONES), np.float32), 1.0
    for cells in (first, 2 * first, 4 * first, 8 * first):
        knots = rng.uniform(-1, 1, (cells + 1, max(2, cells // stretch + 1))).astype(np.float32)
        noise = Image.fromarray(knots).resize((TONES, TONES), Image.Resampling.BICUBIC)
        total += weight * np.asarray(noise)
        weight *= rough
    return 0.5 + 0.5 * total


def contrast(a, b) -> float:
    """Return the difference of two colours' lightness, 0 to 255.

    Derived in: book/01_why_album_covers
    """
    return abs(float((np.asarray(a, float) - b) @ LIGHTNESS))


def clearest(colours, ground):
    """Choose the colour that differs most in lightness from the one behind it."""
    return max(colours, key=lambda colour: contrast(colour, ground))


def mix(a, b, share):
    """Mix two colours: `share` 0 is the first, 1 the second."""
    return tuple(round(p + (q - p) * share) for p, q in zip(a, b, strict=True))


def turn(points, angle):
    """Turn points about the origin."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(points) @ np.array([[cos, sin], [-sin, cos]])


def star(x, y, radius, corners, angle, inner):
    """Return the points of a star; an `inner` radius of cos(pi / corners) makes it a polygon.

    Derived in: book/01_why_album_covers
    """
    steps = np.arange(2 * corners)
    reach, around = radius * np.where(steps % 2, inner, 1.0), angle + steps * np.pi / corners
    return np.stack([x + reach * np.cos(around), y + reach * np.sin(around)], 1)


def rough(rng, points, steps):
    """Return `points` heights from -1 to 1 along a smooth random line through `steps` knots."""
    knots, x = rng.uniform(-1, 1, steps + 2), np.linspace(0, steps, points)
    left = x.astype(int)
    share = (1 - np.cos((x - left) * np.pi)) / 2
    return knots[left] * (1 - share) + knots[left + 1] * share


def curve(knots, closed=True, per=6):
    """Return a smooth line through `knots` (n, 2), `per` points from each to the next."""
    p = np.asarray(knots, float)
    before, after = (np.roll(p, 1, 0), np.roll(p, -1, 0))
    beyond, t = np.roll(p, -2, 0), (np.arange(per) / per)[None, :, None]
    a, b, c, d = (q[:, None] for q in (before, p, after, beyond))
    line = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return line.reshape(-1, 2) if closed else line[1:-2].reshape(-1, 2)
