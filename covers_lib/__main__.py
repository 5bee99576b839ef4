"""The command line `covers`: prepare, train, sample, walk, evaluate, export, explore, list."""

import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from covers_lib import __version__
from covers_lib.errors import InputError

app = App(
    name="covers",
    help="Learn GANs by making album covers.",
    version=__version__,
    result_action="return_value",
)

Json = Annotated[bool, Parameter(name="--json", negative="", help="End with one JSON object.")]
Weights = Annotated[
    str, Parameter(help="The folder of a run, or a pretrained generator: see covers list.")
]
Data = Annotated[Path, Parameter(help="The folder of a pack.")]
Seed = Annotated[int, Parameter(help="Seed of everything random.")]


def report(values: dict, as_json: bool) -> None:
    """Print what a command did: a line a value, or one JSON object."""
    if as_json:
        print(json.dumps(values))
        return
    for name, value in values.items():
        print(f"{name:18} {f'{value:.4g}' if isinstance(value, float) else value}")


def is_main() -> bool:
    """Return whether this is the process that speaks, of the several of `accelerate launch`."""
    return os.environ.get("RANK", "0") == "0"


@app.command
def prepare(
    *,
    source: Annotated[
        str, Parameter(help="`synthetic`, `kaggle`, `hf:OWNER/NAME`, or a folder of images.")
    ],
    out: Annotated[Path, Parameter(help="The folder of the pack to write.")],
    size: Annotated[int, Parameter(help="Side in pixels: 32, 64, 128 or 256.")] = 64,
    n: Annotated[int | None, Parameter(help="How many covers at most.")] = None,
    seed: Seed = 0,
    keep_duplicates: Annotated[
        bool, Parameter(negative="", help="Pack pictures that come twice, too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Audit, crop and resize covers into a pack.

    Example: covers prepare --source FOLDER --size 64 --out PACK
    """
    from covers_lib.data.pack import prepare

    audit = prepare(source, size, out, n, seed, keep_duplicates).audit
    report({name: audit[name] for name in ("images", "size", "skipped", "seconds")}
           | {"out": str(out)}, as_json)  # fmt: skip


@app.command
def train(
    recipe: Annotated[str, Parameter(help="The name of a recipe: see `covers list`.")],
    *,
    data: Data,
    out: Annotated[Path, Parameter(help="The folder of the run.")],
    steps: Annotated[int | None, Parameter(help="Generator steps in all.")] = None,
    minutes: Annotated[float | None, Parameter(help="Stop after so long.")] = None,
    seed: Annotated[int | None, Parameter(help="Seed of everything random.")] = None,
    width: Annotated[int | None, Parameter(help="Of the networks; 32 suits a CPU.")] = None,
    batch: Annotated[int | None, Parameter(help="Covers a step.")] = None,
    lr: Annotated[float | None, Parameter(help="Adam's learning rate.")] = None,
    precision: Annotated[str | None, Parameter(help="Of forward passes: `fp32` or `bf16`.")] = None,
    compile: Annotated[bool | None, Parameter(help="Compile the networks, for a GPU.")] = None,
    set: Annotated[
        list[str] | None,
        Parameter(negative="", help="Any other setting of the recipe, as NAME=VALUE; repeatable."),
    ] = None,
    resume: Annotated[bool, Parameter(help="Go on where the run stopped.")] = True,
    evaluate_every: Annotated[
        int, Parameter(help="Measure KID every so many steps, and keep the best checkpoint.")
    ] = 0,
    tracker: Annotated[
        str | None, Parameter(help="Where losses go besides, such as `tensorboard`.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Train a recipe on a pack, or go on with a run that was stopped, by its own settings.

    Example: covers train beyond --data PACK --out RUN --width 32 --set ema_covers=32000
    """
    from covers_lib.data.pack import Pack
    from covers_lib.gan import recipes
    from covers_lib.runs.train import settings_of, train_run

    if steps is not None and steps < 1:
        raise InputError(f"--steps must be 1 or more, not {steps}")
    if minutes is not None and minutes <= 0:
        raise InputError(f"--minutes must be more than 0, not {minutes:g}")
    given = {"steps": steps, "seed": seed, "width": width, "batch": batch, "lr": lr,
             "precision": precision, "compile": compile}  # fmt: skip
    changes = dict(map(recipes.parse_setting, set or []))
    changes |= {name: value for name, value in given.items() if value is not None}
    there = settings_of(out, recipe) if resume else {}
    chosen = recipes.get(recipe, **{**there, **changes})
    run = train_run(
        chosen, Pack(data), out, minutes, resume, evaluate_every=evaluate_every, tracker=tracker
    )
    if not is_main():
        return
    record = run.record
    names = ("steps", "seconds", "images_per_second", "resumed_from")
    report({name: record[name] for name in names} | {"out": str(out)}, as_json)


@app.command
def sample(
    *,
    weights: Weights,
    out: Annotated[
        str, Parameter(help="The picture to write; with a / at its end, a folder of single ones.")
    ] = "grid.png",
    n: Annotated[int, Parameter(help="How many covers.")] = 64,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Draw a grid of generated covers, or each as a file of its own.

    Example: covers sample --weights beyond-real --n 16 --out covers/
    """
    from covers_lib import images
    from covers_lib.gan.sampling import generate_images
    from covers_lib.pretrained import load

    if n < 1:
        raise InputError(f"--n must be 1 or more, not {n}")
    generator = load(weights)
    covers = generate_images(generator, n, seed)
    if out.endswith(("/", os.sep)):
        images.save_pictures(covers, out)
    else:
        images.save_picture(images.grid(covers), out)
    report({"out": out, "n": n, "size": generator.size}, as_json)


@app.command
def walk(
    *,
    weights: Weights,
    seeds: Annotated[str, Parameter(help="The covers to visit, as 1,2,3.")] = "1,2,3",
    out: Annotated[Path, Parameter(help="The film: .mp4, .gif or .webp.")] = Path("walk.mp4"),
    steps: Annotated[int, Parameter(help="Frames from one cover to the next.")] = 30,
    fps: Annotated[int, Parameter(help="Frames a second.")] = 20,
    scale: Annotated[int, Parameter(help="How many times larger to draw each pixel.")] = 1,
    as_json: Json = False,
) -> None:
    """Film a walk through latent space, from cover to cover and back.

    Example: covers walk --weights beyond-real --seeds 4,9,13 --scale 4 --out walk.mp4
    """
    from covers_lib.gan import latents
    from covers_lib.gan.sampling import generate
    from covers_lib.images import save_film, to_images
    from covers_lib.pretrained import load

    for name, value in (("steps", steps), ("fps", fps), ("scale", scale)):
        if value < 1:
            raise InputError(f"--{name} must be 1 or more, not {value}")
    generator = load(weights)
    try:
        stops = latents.of_seeds([int(seed) for seed in seeds.split(",")], generator.latent)
    except ValueError:
        raise InputError(f"--seeds must be whole numbers such as 1,2,3, not {seeds}") from None
    frames = to_images(generate(generator, latents.walk(stops, steps, loop=True)))
    save_film(frames.repeat(scale, 1).repeat(scale, 2), out, fps)
    report({"out": str(out), "frames": len(frames)}, as_json)


@app.command
def evaluate(
    *,
    weights: Weights,
    data: Data,
    n: Annotated[int, Parameter(help="How many covers of each kind.")] = 2_000,
    seed: Seed = 0,
    extractor: Annotated[
        str, Parameter(help="`lite0`, whose weights are here, or `inception`, as for FID.")
    ] = "lite0",
    report: Annotated[
        Path | None, Parameter(help="A report to write: .html. It shows training covers.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure a generator against the covers of a pack.

    Example: covers evaluate --weights RUN --data PACK --report report.html
    """
    from covers_lib.data.pack import Pack
    from covers_lib.evaluation import report as reports
    from covers_lib.evaluation.evaluate import examine
    from covers_lib.pretrained import load

    if report is not None:
        reports.check(report)
    generator, pack = load(weights), Pack(data)
    findings = examine(generator, pack, n, seed, progress=True, extractor=extractor)
    if report is not None:
        reports.write(report, findings, pack, Path(weights).absolute().name)
    print(json.dumps(asdict(findings.evaluation)) if as_json else reports.table(findings, pack))


@app.command
def export(
    *,
    weights: Weights,
    out: Annotated[Path, Parameter(help="The file to write: .onnx. A .json comes beside it.")],
    as_json: Json = False,
) -> None:
    """Export a generator for the browser.

    Example: covers export --weights RUN --out model.onnx
    """
    from covers_lib import pretrained
    from covers_lib.explore.onnx_file import export

    exported = export(pretrained.load(weights), out, pretrained.direction_names(weights))
    report(exported._asdict() | {"out": str(out)}, as_json)


@app.command
def explore(
    *,
    weights: Annotated[
        list[str],
        Parameter(consume_multiple=True, help="Folders of runs, or pretrained generators."),
    ],
    port: Annotated[int, Parameter(help="Of this machine; 0 takes one that is free.")] = 8_000,
    as_json: Json = False,
) -> None:
    """Explore generators in a browser, on this machine alone, until Ctrl-C.

    Example: covers explore --weights RUN beyond-real
    """
    from covers_lib.explore.server import serving

    if not 0 <= port < 65_536:
        raise InputError(f"--port must be from 0 to 65535, not {port}")
    with serving(weights, port) as server, suppress(KeyboardInterrupt):
        url = f"http://127.0.0.1:{server.server_port}/"
        print(json.dumps({"url": url}) if as_json else f"Open {url}\nCtrl-C stops.", flush=True)
        server.serve_forever()


@app.command(name="list")
def list_names(*, as_json: Json = False) -> None:
    """List the recipes, and the pretrained generators.

    Example: covers list --json
    """
    from covers_lib import pretrained
    from covers_lib.gan.recipes import RECIPES

    found = {"recipes": sorted(RECIPES), "pretrained": pretrained.names()}
    report(found if as_json else {kind: ", ".join(names) for kind, names in found.items()}, as_json)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; bad input gives one line on standard error, and exit code 2."""
    try:
        app(arguments, exit_on_error=False, print_error=False)
    except (CycloptsError, InputError, OSError) as error:
        if is_main():
            print(f"covers: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("covers: stopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
