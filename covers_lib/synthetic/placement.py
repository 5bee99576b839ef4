"""How a cover's picture and words share the square: one setting for each kind of lettering."""

from covers_lib.synthetic.canvas import clearest, contrast, mix
from covers_lib.synthetic.typesetting import FACES, print_block, print_line, small_print, width

FULL = (0.0, 0.0, 1.0, 1.0)


def _frame(s):
    """Return a picture's place on a bordered sleeve: narrow, wide, or high on the square."""
    edge, wide = s.rng.uniform(0.04, 0.075), s.rng.uniform(0.1, 0.15)
    high = (wide, wide * 0.6, 1 - wide, 1 - wide * 1.4)
    return s.pick((edge, edge, 1 - edge, 1 - edge), (wide, wide, 1 - wide, 1 - wide), high)


def place(s, kind):
    """Return where the picture lies, (x0, y0, x1, y1), leaving room for the kind of lettering.

    Derived in: book/01_why_album_covers
    """
    edge, room = s.pick(0, 0, 0.05, 0.06), s.rng.uniform(0.2, 0.3)
    bleed, narrow = s.rng.uniform() < 0.4, s.rng.uniform(0.3, 0.38)
    places = {
        "masthead": (edge, room, 1 - edge, 1 - edge),
        "foot": (edge, edge, 1 - edge, 1 - room),
        "column": (narrow, edge, 1, 1 - edge),
        "side": (room * 0.6, edge, 1 - edge, 1 - edge),
    }
    if kind in places:
        return FULL if bleed else places[kind]
    return _frame(s) if kind in ("none", "corner") and s.rng.uniform() < 0.45 else FULL


def _case(s, words):
    face = FACES[s.words.face]
    if not face.capitals:
        return words
    return words.upper() if face.tracking or s.rng.uniform() < 0.6 else words


def _title_face(s):
    return s.pick(s.words.face, "grotesk", "geometric light", "italic")


def _line(s, words, face, high):
    """Make a line of words: a typeface's own tracking is for capitals only."""
    tracking = FACES[face].tracking if words.isupper() else 0.0
    return words, face, high, tracking


def _pair(s, high, small=0.4):
    """Return the band's line and, mostly, the title's, smaller and in another face or weight."""
    lines = [_line(s, _case(s, s.words.band), s.words.face, high)]
    if s.rng.uniform() < 0.75:
        face = _title_face(s)
        words = s.words.title.upper() if FACES[face].tracking else s.words.title
        lines.append(_line(s, words, face, max(0.028, high * s.rng.uniform(small * 0.7, small))))
    return lines if s.rng.uniform() < 0.8 else lines[::-1]


def _masthead(s):
    x, anchor = s.pick((0.05, "l"), (0.05, "l"), (0.5, "m"), (0.95, "r"))
    print_block(s, _pair(s, s.rng.uniform(0.06, 0.12)), x, 0.055, anchor, across=True)
    return [(False, True), (True, True)]


def _foot(s):
    x, anchor = s.pick((0.05, "l"), (0.05, "l"), (0.5, "m"), (0.95, "r"))
    print_block(s, _pair(s, s.rng.uniform(0.055, 0.1)), x, 0.935, anchor, up=True, across=True)
    return [(False, False), (True, False)]


def _corner(s):
    (x, anchor), low = s.pick((0.05, "l"), (0.95, "r")), s.pick(True, False)
    lines = _pair(s, s.rng.uniform(0.034, 0.05), 0.9)
    print_block(s, lines, x, 0.95 if low else 0.05, anchor, low, most=0.6)
    return [(anchor == "l", not low)]


def _giant(s):
    """Set the band's name as wide as the cover, in one or two lines."""
    face = s.words.face if FACES[s.words.face].heavy else s.pick("condensed", s.words.face)
    words = s.words.band if not FACES[face].capitals else s.words.band.upper()
    parts = words.split()
    half = (len(parts) + 1) // 2
    texts = [words] if len(words) < 9 else [" ".join(parts[:half]), " ".join(parts[half:])]
    lines = [_line(s, text, face, 0.25 / len(texts)) for text in texts if text]
    low = s.pick(True, False)
    print_block(s, lines, 0.05, 0.94 if low else 0.06, up=low, across=True)
    return [(False, not low), (True, not low)]


def _column(s):
    """Set band and title word by word in a ragged column at the left."""
    words = f"{s.words.band} {s.words.title}".replace("& ", "&\xa0").split(" ")
    face, most = s.words.face, 0.23
    upper = FACES[face].capitals
    longest = max(width(word.upper() if upper else word, face, 0.0) for word in words)
    high = min(s.rng.uniform(0.036, 0.06), most / longest)
    lines = [(word.upper() if upper else word, face, high, 0.0) for word in words]
    up = s.pick(True, False)
    print_block(s, lines, 0.05, 0.945 if up else 0.055, up=up, most=most)
    return [(True, not up)]


def _side(s):
    """Set one line along an edge, to be read with the head on one side."""
    s.turn_image(270)
    x, anchor = s.pick((0.05, "l"), (0.95, "r"))
    words = _case(s, s.words.band)
    if s.rng.uniform() < 0.6:
        words = f"{words}   {_case(s, s.words.title)}"
    line = _line(s, words, s.words.face, s.rng.uniform(0.05, 0.085))
    print_block(s, [line], x, 0.045, anchor, most=0.88)
    s.turn_image(90)
    return [(True, True)]


def _stock(s):
    """Choose a colour of paper for a strip or label, and one to print on it."""
    hue = max(s.hues, key=lambda c: max(contrast(c, s.ink), contrast(c, s.paper)))
    back = s.pick(s.paper, hue, s.ink)
    front = clearest((s.ink, s.paper), back)
    return (back, front) if contrast(back, front) > 100 else (s.paper, s.ink)


def _obi(s):
    """Wrap a paper strip about the sleeve, as records sold in Japan have it."""
    wide, upright = s.rng.uniform(0.15, 0.21), s.rng.uniform() < 0.65
    band, front = _stock(s)
    if upright:
        s.turn_image(270)
    start = 0 if upright else 1 - wide
    s.box(0, start - 0.006, 1, start + wide + 0.006, mix(band, (0, 0, 0), 0.45))
    s.box(0, start, 1, start + wide, band)
    middle, accent = start + wide / 2, clearest(s.hues, band)
    words, _, high, tracking = _line(s, _case(s, s.words.band), s.words.face, wide * 0.32)
    print_line(s, words, s.words.face, 0.05, middle + 0.005, high, front, "l", 0.6, tracking)
    print_line(s, s.words.title, "grotesk", 0.05, middle + wide * 0.3, wide * 0.14, front, most=0.6)
    s.disc(0.88, middle, wide * 0.28, accent)
    print_line(s, s.words.number, "mono", 0.8, middle + 0.01, 0.022, front, "r", 0.12)
    if upright:
        s.turn_image(90)
    return []


def _label(s):
    """Lay a plain label on the picture, as classical and library records do."""
    wide, high = s.rng.uniform(0.5, 0.72), s.rng.uniform(0.2, 0.26)
    x, y = s.pick(0.0, (1 - wide) / 2, 1 - wide), s.pick(0.07, 0.1, 0.9 - high)
    back, front = _stock(s)
    s.box(x, y, x + wide, y + high, back)
    if s.rng.uniform() < 0.5:
        for inset, colour in ((0.012, front), (0.017, back)):
            s.box(x + inset, y + inset, x + wide - inset, y + high - inset, colour)
    at, anchor = s.pick((x + 0.05, "l"), (x + wide / 2, "m"))
    words, face, cap, tracking = _line(s, _case(s, s.words.band), s.words.face, high * 0.27)
    print_line(s, words, face, at, y + high * 0.48, cap, front, anchor, wide - 0.1, tracking)
    face = s.pick("italic", "grotesk", s.words.face)
    print_line(s, s.words.title, face, at, y + high * 0.76, high * 0.15, front, anchor, wide - 0.1)
    return [(True, y < 0.5)]


_SETTINGS = {
    "masthead": _masthead,
    "foot": _foot,
    "corner": _corner,
    "giant": _giant,
    "column": _column,
    "side": _side,
    "obi": _obi,
    "label": _label,
}
LETTERING: tuple[str, ...] = ("none", *_SETTINGS)


def letter(s, kind):
    """Print the words on a finished picture, and now and then the small print."""
    if kind == "none":
        return
    free = _SETTINGS[kind](s)
    if free and s.rng.uniform() < 0.4:
        words = s.words
        small_print(s, s.pick(words.number, "STEREO", f"{words.label.upper()} RECORDS"), free)
