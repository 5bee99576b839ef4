import json
import subprocess
import sys
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from covers_lib import pretrained
from covers_lib.__main__ import main
from covers_lib.gan.recipes import RECIPES
from covers_lib.gan.sampling import generate_images
from covers_lib.runs.train import load_generator


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys, *arguments):
    code, out, err = run(capsys, *arguments, "--json")
    assert code == 0, err
    return json.loads(out.splitlines()[-1])


@pytest.fixture(scope="module")
def trained(tmp_path_factory, pack):
    out = tmp_path_factory.mktemp("runs") / "run"
    assert main(["train", "dcgan", "--data", str(pack.path), "--out", str(out),
                 "--steps", "2", "--width", "16"]) == 0  # fmt: skip
    return out


def test_prepare(capsys, tmp_path, covers_dir):
    out = tmp_path / "pack"
    said = answer(capsys, "prepare", "--source", covers_dir, "--size", 32, "--n", 50, "--out", out)
    assert set(said) == {"images", "size", "skipped", "seconds", "out"}
    assert said["images"] + sum(said["skipped"].values()) == 50
    assert said["size"] == 32 and said["out"] == str(out)


def test_prepare_synthetic(capsys, tmp_path):
    said = answer(capsys, "prepare", "--source", "synthetic", "--n", 4, "--out", tmp_path / "pack")
    assert said["images"] == 4 and said["size"] == 64 and said["skipped"] == {}


SMALL = ("--width", 4, "--batch", 4)


def test_train_and_resume(capsys, tmp_path, pack):
    call = ("train", "wgan-gp", "--data", pack.path, "--out", tmp_path / "run", "--seed", 3, *SMALL)
    said = answer(capsys, *call, "--steps", 1)
    assert set(said) == {"steps", "seconds", "images_per_second", "resumed_from", "out"}
    assert said["steps"] == 1 and said["resumed_from"] == 0
    assert answer(capsys, *call, "--steps", 2)["resumed_from"] == 1
    assert answer(capsys, *call, "--steps", 1, "--no-resume")["resumed_from"] == 0


def test_settings_of_a_recipe_are_given_and_a_run_that_goes_on_keeps_them(capsys, tmp_path, pack):
    call = ("train", "beyond", "--data", pack.path, "--out", tmp_path / "run")
    given = (*SMALL, "--lr", 5e-4, "--precision", "bf16", "--seed", 7, "--set", "latent=9")
    more = ("--set", "augment=colour,cutout", "--set", "d_lr=1e-3")
    answer(capsys, *call, *given, *more, "--steps", 1)
    recipe = json.loads((tmp_path / "run" / "recipe.json").read_text())
    told = {"width": 4, "batch": 4, "lr": 5e-4, "precision": "bf16", "seed": 7, "latent": 9,
            "augment": ["colour", "cutout"], "d_lr": 1e-3, "steps": 1}  # fmt: skip
    assert {name: recipe[name] for name in told} == told
    assert answer(capsys, *call, "--steps", 2)["resumed_from"] == 1, "by its own settings"
    code, _, err = run(capsys, *call, "--width", 8)
    assert code == 2 and "holds another run (width 4 there, 8 wanted)" in err
    code, _, err = run(capsys, "train", "dcgan", "--data", pack.path, "--out", tmp_path / "run")
    assert code == 2 and "holds another run (name beyond there, dcgan wanted" in err


def test_without_a_width_the_networks_do_not_depend_on_the_machine(capsys, tmp_path, pack):
    out = tmp_path / "run"
    answer(capsys, "train", "dcgan", "--data", pack.path, "--out", out, "--steps", 1, "--batch", 2)
    assert json.loads((out / "recipe.json").read_text())["width"] == RECIPES["dcgan"].width


def test_train_evaluates_and_tracks(capsys, tmp_path, pack, monkeypatch):
    monkeypatch.setattr("covers_lib.runs.monitor.KID_COVERS", 40)
    out = tmp_path / "run"
    answer(capsys, "train", "dcgan", "--data", pack.path, "--out", out, "--steps", 2,
           "--evaluate-every", 2, "--tracker", "tensorboard", *SMALL)  # fmt: skip
    assert json.loads((out / "best.json").read_text()).keys() == {"step", "kid"}
    assert list((out / "logs").rglob("events.*"))
    best = out / "checkpoints" / "00000002"
    assert answer(capsys, "sample", "--weights", best, "--out", tmp_path / "best.png")["n"] == 64


def test_only_the_main_process_speaks(capsys, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    assert run(capsys, "train", "nonsense", "--data", "x", "--out", "y") == (2, "", "")


def test_a_run_that_breaks_down_gives_exit_code_2(capsys, tmp_path, pack, monkeypatch):
    monkeypatch.setattr("covers_lib.runs.hooks.LOSS_LIMIT", 1e-9)
    call = ("train", "dcgan", "--data", pack.path, "--out", tmp_path / "run")
    code, _, err = run(capsys, *call, *SMALL)
    assert code == 2 and "broke down at step 1" in err and "begin another one with" in err


def test_sample(capsys, tmp_path, trained):
    out = tmp_path / "new" / "grid.png"
    said = answer(capsys, "sample", "--weights", trained, "--n", 9, "--seed", 1, "--out", out)
    assert said == {"out": str(out), "n": 9, "size": 32}
    with Image.open(out) as image:
        assert image.size == (3 * 34 - 2, 3 * 34 - 2)
    first = np.asarray(Image.open(out))
    answer(capsys, "sample", "--weights", trained, "--n", 9, "--seed", 1, "--out", out)
    assert np.array_equal(first, np.asarray(Image.open(out)))


@pytest.mark.parametrize("ending", ["gif", "webp", "mp4"])
def test_walk(capsys, tmp_path, trained, ending):
    out = tmp_path / f"walk.{ending}"
    said = answer(capsys, "walk", "--weights", trained, "--seeds", "1,2", "--out", out)
    assert said == {"out": str(out), "frames": 61}
    frames = np.stack(list(iio.imiter(out)))
    assert frames.shape[1:] == (32, 32, 3)
    # GIF and WebP join equal frames into longer ones; a film has every frame.
    assert len(frames) == 61 if ending == "mp4" else len(frames) <= 61


def test_a_walk_with_other_frames(capsys, tmp_path, trained):
    out = tmp_path / "walk.gif"
    options = ("--seeds", "1,2", "--steps", 3, "--fps", 10, "--scale", 3, "--out", out)
    assert answer(capsys, "walk", "--weights", trained, *options)["frames"] == 7
    with Image.open(out) as film:
        assert film.size == (96, 96) and film.info["duration"] == 100
        pixels = np.asarray(film.convert("RGB"))
    assert (pixels == pixels[::3, ::3].repeat(3, 0).repeat(3, 1)).all()


def test_samples_as_single_files(capsys, tmp_path, trained):
    out = f"{tmp_path / 'covers'}/"
    said = answer(capsys, "sample", "--weights", trained, "--n", 3, "--seed", 1, "--out", out)
    assert said == {"out": out, "n": 3, "size": 32}
    files = sorted((tmp_path / "covers").iterdir())
    assert [file.name for file in files] == ["0000.png", "0001.png", "0002.png"]
    covers = generate_images(load_generator(trained), 3, seed=1)
    for file, cover in zip(files, covers, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(file)), cover)
    code, _, err = run(capsys, "sample", "--weights", trained, "--out", out)
    assert code == 2 and "exists and is not an empty folder: choose another --out" in err
    assert len(list((tmp_path / "covers").iterdir())) == 3


def test_evaluate(capsys, trained, pack):
    said = answer(capsys, "evaluate", "--weights", trained, "--data", pack.path, "--n", 60)
    assert list(said) == [
        "metric", "extractor", "resizer", "n_real", "n_fake", "n_training", "fd", "fd_floor",
        "fd_middle", "fd_middle_floor", "kid", "kid_deviation", "kid_floor", "kid_floor_deviation",
        "precision", "precision_floor", "recall", "recall_floor", "density", "density_floor",
        "coverage", "coverage_floor", "vendi", "vendi_floor", "support", "support_floor",
        "memorised",
    ]  # fmt: skip
    assert said["metric"] == "FD-Lite0" and said["extractor"] == "EfficientNet-Lite0"
    assert said["n_real"] == said["n_fake"] == 60
    assert said["fd"] > said["fd_floor"] > 0 and said["kid"] > said["kid_floor"]
    assert said["memorised"] <= 0.1


def test_evaluate_tells_people_and_reports(capsys, tmp_path, trained, pack):
    out = tmp_path / "new" / "report.html"
    code, said, _ = run(capsys, "evaluate", "--weights", trained, "--data", pack.path, "--n", 60,
                        "--extractor", "lite0", "--report", out)  # fmt: skip
    assert code == 0 and "{" not in said
    lines = said.splitlines()
    assert lines[0].split() == ["generated", "real", "covers", "better"]
    assert lines[1].startswith("FD-Lite0 ") and " lower " in lines[1]
    assert any("60 generated, 60 real" in line for line in lines)
    assert pack.digest in said
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_export(capsys, tmp_path, trained):
    out = tmp_path / "new" / "model.onnx"
    said = answer(capsys, "export", "--weights", trained, "--out", out)
    assert list(said) == ["out", "bytes", "max_difference"]
    assert said["out"] == str(out) and said["bytes"] == out.stat().st_size
    assert 0 < said["max_difference"] < 2 / 255
    assert sorted(path.name for path in out.parent.iterdir()) == ["model.json", "model.onnx"]
    directions = json.loads((out.parent / "model.json").read_text())["directions"]
    assert [direction["name"] for direction in directions[:2]] == ["direction 1", "direction 2"]


@pytest.mark.parametrize("names", [["dark", "busy"], None])
def test_export_names_the_directions_of_a_pretrained_generator(
    capsys, tmp_path, trained, monkeypatch, names
):
    record = {"recipe": json.loads((trained / "recipe.json").read_text()), "directions": names}
    monkeypatch.setattr(pretrained, "record", lambda name: record)
    monkeypatch.setattr(pretrained, "load_pretrained", lambda name: load_generator(trained))
    answer(capsys, "export", "--weights", "tiny", "--out", tmp_path / "model.onnx")
    directions = json.loads((tmp_path / "model.json").read_text())["directions"]
    found = [direction["name"] for direction in directions[:3]]
    assert found == [*(names or ["direction 1", "direction 2"]), "direction 3"]


def test_export_without_its_packages(capsys, tmp_path, trained, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    code, out, err = run(capsys, "export", "--weights", trained, "--out", tmp_path / "model.onnx")
    assert code == 2 and out == "" and not list(tmp_path.iterdir())
    assert err == (
        'covers: error: to export a generator, install onnx: pip install "covers-lib[export]"\n'
    )


def test_list(capsys):
    said = answer(capsys, "list")
    assert said == {"recipes": sorted(RECIPES), "pretrained": pretrained.names()}
    assert "dcgan" in said["recipes"]


def test_without_json_it_speaks_to_people(capsys):
    code, out, _ = run(capsys, "list")
    assert code == 0 and out.startswith("recipes") and "{" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("prepare --source nowhere --out new", "there is no folder nowhere"),
        ("prepare --source EMPTY --out new", "is empty: give a folder that holds images"),
        ("prepare --source synthetic --size 100 --out new", "power of two from 32 to 256, not 100"),
        ("prepare --source synthetic --n 0 --out new", "--n must be 1 or more"),
        ("train nonsense --data PACK --out new", "there is no recipe nonsense"),
        ("train dcgan --data nowhere --out new", "nowhere is not a pack"),
        ("train dcgan --data PACK --out new --steps x", "Invalid value"),
        ("train dcgan --data PACK --out new --steps 0", "--steps must be 1 or more"),
        ("train dcgan --data PACK --out new --minutes 0", "--minutes must be more than 0"),
        ("train dcgan --data PACK --out new --evaluate-every -1", "--evaluate-every must be 0 or"),
        ("train dcgan --data PACK --out new --tracker paper", "there is no tracker paper: choose"),
        ("train dcgan --data PACK", "--out"),
        ("train dcgan --data PACK --out new --width 0", "width must be 1 or more, not 0"),
        ("train dcgan --data PACK --out new --lr nan", "lr must be above 0, not nan"),
        ("train dcgan --data PACK --out new --precision fp8", "must be one of fp32, bf16, not fp8"),
        ("train dcgan --data PACK --out new --set lr", "write a setting as NAME=VALUE"),
        ("train dcgan --data PACK --out new --set x=1", "a recipe has no setting x: it has name"),
        ("train dcgan --data PACK --out new --set n_critic=1.5", "must be a whole number, not 1.5"),
        ("train dcgan --data PACK --out new --set norm=group", "norm must be one of batch, none"),
        ("walk --weights RUN --steps 0 --out new.gif", "--steps must be 1 or more, not 0"),
        ("walk --weights RUN --scale -1 --out new.gif", "--scale must be 1 or more, not -1"),
        ("sample --weights RUN --n 0 --out new.png", "--n must be 1 or more, not 0"),
        ("sample --weights nowhere --out new.png", "no run and no pretrained generator nowhere"),
        ("sample --weights RUN --out new.xyz", "cannot tell a picture's format from new.xyz"),
        ("walk --weights RUN --out new.avi", "cannot write a film as new.avi"),
        ("walk --weights RUN --seeds a,b --out new.gif", "whole numbers such as 1,2,3, not a,b"),
        ("walk --weights RUN --seeds 1 --out new.gif", "two stops or more"),
        ("evaluate --weights nowhere --data PACK", "no run and no pretrained generator nowhere"),
        ("evaluate --weights RUN --data nowhere", "nowhere is not a pack"),
        ("evaluate --weights RUN --data PACK --n 3", "--n must be 32 or more, not 3"),
        ("evaluate --weights RUN --data PACK --extractor x", "no extractor x: choose one of lite0"),
        ("evaluate --weights RUN --data PACK --report r.pdf", "end it in .html"),
        (
            "evaluate --weights RUN --data PACK --report RUN/recipe.json/r.html",
            "that you may write",
        ),
        ("export --weights nowhere --out new.onnx", "no run and no pretrained generator nowhere"),
        ("export --weights RUN --out new.pt", "cannot export a generator as new.pt: end it in .on"),
        ("export --weights RUN --out RUN/recipe.json/m.onnx", "no folder that you may write in"),
        ("export --weights RUN", "--out"),
        ("paint", "paint"),
    ],
)
def test_bad_input_gives_one_line_and_exit_code_2(
    capsys, tmp_path, monkeypatch, trained, pack, arguments, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    places = {"EMPTY": "empty", "PACK": pack.path, "RUN": trained}
    words = [word.replace("RUN/", f"{trained}/") for word in arguments.split()]
    code, out, err = run(capsys, *(places.get(word, word) for word in words))
    assert code == 2 and out == ""
    assert err.startswith("covers: error: ") and err.count("\n") == 1
    assert message in err
    assert [path.name for path in tmp_path.iterdir()] == ["empty"], "nothing may be written"


def test_another_size_is_refused(capsys, tmp_path, trained):
    other = tmp_path / "pack"
    answer(capsys, "prepare", "--source", "synthetic", "--n", 4, "--out", other)
    code, _, err = run(capsys, "evaluate", "--weights", trained, "--data", other)
    assert code == 2 and "the generator makes 32 px and the pack" in err


@pytest.mark.slow
def test_as_a_module_and_as_a_command():
    for command in (
        [sys.executable, "-m", "covers_lib"],
        [Path(sys.executable).with_name("covers")],
    ):
        done = subprocess.run([*command, "train", "x", "--data", "y", "--out", "z"],
                              capture_output=True, text=True)  # fmt: skip
        assert done.returncode == 2
        assert done.stderr.startswith("covers: error: ") and "Traceback" not in done.stderr


COMMANDS = ("prepare", "train", "sample", "walk", "evaluate", "export", "explore", "list")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(capsys, command):
    code, out, _ = run(capsys, command, "--help")
    assert code == 0 and f"Example: covers {command} " in out


def test_help_names_every_command(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for command in COMMANDS:
        assert command in out
