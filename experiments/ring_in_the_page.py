"""How many modes the ring in the reader's page keeps, by loss and seed: the page's engine, in Node.

    python experiments/ring_in_the_page.py --out covers_lib/records/modes/page.json

The points of the first seed are kept, too: they are the still picture where the page can't play.
"""

import argparse
import json
import sys
from pathlib import Path

from covers_lib import files
from covers_lib.provenance import how_made, machine
from covers_lib.toys import ring

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from node import run_ring

LOSSES = ("wasserstein", "bce", "saturating", "relativistic")
KEPT = 400  # points

PLAY = """
import { dataOf } from "ring/data.mjs";
import { Game } from "ring/game.mjs";
import { Observer } from "ring/observer.mjs";
const { recipe, seed, settings } = said;
const game = new Game(recipe, seed, dataOf("ring", settings));
const observer = new Observer(game, seed, settings);
const begin = process.cpuUsage();
observer.advance(recipe.steps);
const { user, system } = process.cpuUsage(begin);
const { points, found, good } = observer.look();
console.log(JSON.stringify({ cpu: (user + system) / 1e6, found, good, points: [...points] }));
"""


def play(recipe: dict, seed: int, settings: dict) -> tuple[dict, list[float]]:
    """Play a game to its end: a row of the record, and the points."""
    told = run_ring(PLAY, {"recipe": recipe, "seed": seed, "settings": settings})
    row = {
        "seed": seed,
        "cpu_seconds": round(told["cpu"], 1),
        "found": told["found"],
        "good": round(told["good"], 3),
    }
    return row, [round(number, 2) for number in told["points"][: 2 * KEPT]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--out", type=Path, help="a JSON file for the record")
    options = parser.parse_args()
    print(machine())
    settings = ring.page_settings()
    games = {}
    for loss in LOSSES:
        same = "bce" if loss == "saturating" else loss  # in all but the generator's loss
        recipe = settings["games"][same] | {"loss": loss}
        games[loss] = {"settings": recipe, "runs": [], "points": []}
        for seed in range(options.seeds):
            row, points = play(recipe, seed, settings)
            print(f"{loss:14}", *(f"{key} {value}" for key, value in row.items()), flush=True)
            games[loss]["runs"].append(row)
            games[loss]["points"] = games[loss]["points"] or points
    if options.out:
        record = {**how_made(), "games": games}
        files.write(options.out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
