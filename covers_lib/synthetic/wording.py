"""Invented names: bands, titles, labels and catalogue numbers."""

from typing import NamedTuple

_LISTS = {
    "how": "Velvet Paper Northern Glass Silver Hollow Electric Quiet Burning Second Lunar Salt "
    "Tender Cardinal Iron Violet Ocean Amber Neon Winter Copper Marble Invisible Slow Cosmic",
    "things": "Foxes Orchards Signals Machines Rivers Lanterns Wolves Birds Mirrors Sisters Pilots "
    "Gardens Magnets Swimmers Engines Saints Shadows Palms Strangers Harbours",
    "thing": "Harbour Orchard Signal Parade Static Cinema Union Lantern Delta Monument Canyon "
    "Ferry Meridian Tundra Capital Solaris Vesper Halcyon Kestrel Ravine Obsidian Juniper",
    "person": "Ada Mercer|Lou Castell|Ines Varga|Walter Bloom|Mina Okafor|Theo Lindqvist|"
    "Rosa Delgado|Cal Whitmore|Nadia Petrov|June Ferreira|Otto Brandt|Marta Ilves",
    "group": "Trio Quartet Quintet Ensemble Orchestra Sextet Duo",
    "state": "After Slow Blue Distant Endless Falling Golden Inner Last Open Sleeping Wild Early "
    "Soft Black Empty Second Strange Bright Hidden Holy New Cold",
    "topic": "Rain Motion Rooms Summer Horizon Dances Weather Avenue Gravity Mirrors Letters Hours "
    "Fire Water Season Country Satellite Language Light Machine Fever Shore",
    "place": "Rooms Airports Rain Windows Night Trains Snow Mornings Deserts Machines",
    "label": "Northway|Halo|Blue Door|Kestrel|Monde|Parallel|Odeon Nine|Tidal|Quarry|Sable",
}
_WORDS = {k: v.split("|") if "|" in v else v.split() for k, v in _LISTS.items()}
_BANDS = ("{how} {things}", "The {how} {things}", "{thing}", "{how} {thing}", "{person}",
          "{person} {group}", "The {things}", "{thing} & {things}")  # fmt: skip
_TITLES = ("{state} {topic}", "{state} {topic}", "{topic}", "Music for {place}",
           "{topic} & {topic2}", "{state} {how} {topic}", "The {state} {topic}")  # fmt: skip


class Words(NamedTuple):
    """What may be printed on a cover, and the typeface it is set in."""

    band: str
    title: str
    label: str
    number: str
    face: str


def _pick(rng, values):
    return values[rng.integers(len(values))]  # ten times as fast as `rng.choice`


def band_and_title(rng) -> tuple[str, str]:
    """Invent a band's name and a title."""
    words = {kind: _pick(rng, found) for kind, found in _WORDS.items()}
    words["topic2"] = _pick(rng, [word for word in _WORDS["topic"] if word != words["topic"]])
    return _pick(rng, _BANDS).format(**words), _pick(rng, _TITLES).format(**words)


def imprint(rng) -> tuple[str, str]:
    """Invent a label and the number of a record in its catalogue."""
    label = _pick(rng, _WORDS["label"])
    letters = "".join(word[0] for word in label.split()) + label.replace(" ", "")[-1]
    return label, f"{letters.upper()} {rng.integers(101, 9800)}"
