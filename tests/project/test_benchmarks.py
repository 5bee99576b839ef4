"""The benchmarks run, small; what they measure is for people to read."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from covers_lib import synthetic

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "originals"
    folder.mkdir()
    for index in range(24):
        Image.fromarray(synthetic.draw(index, 2, 256)).save(folder / f"{index}.jpg")

    def start(name: str, *options: str) -> str:
        command = [sys.executable, BENCHMARKS / name, *options]
        environment = os.environ | {"COVERS_ORIGINALS": str(folder)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return start


def test_the_pack_against_decoding(run):
    printed = run("data.py", "--rounds", "1", "--sizes", "32")
    assert "24 JPEG files, 256 to 256 px" in printed and "torch" in printed
    assert "Reading, 32 px" in printed and "Building, 32 px" in printed
    ratios = [float(ratio) for ratio in re.findall(r"([\d.]+)×", printed)]
    assert len(ratios) == 5 and min(ratios) > 0


def test_memory_of_each_process(run):
    printed = run("memory.py", "--files", "30", "60", "--size", "32")
    rows = re.findall(r"^ +(\d+) +([\d.]+) +(\d+)  ([\d, ]+)$", printed, re.MULTILINE)
    assert [row[0] for row in rows] == ["30", "60"]
    assert all(int(row[3].split(",")[0]) > 50 for row in rows)


def test_our_step_against_a_plain_one(run):
    printed = run("training.py", "--rounds", "1", "--batch", "2", "--thin", "64", "--no-memory")
    assert "dcgan, 32 px" in printed
    assert "discriminator's step" in printed and "generator's step" in printed
    ratios = [float(ratio) for ratio in re.findall(r"([\d.]+)×", printed)]
    assert len(ratios) == 2 + 3 + 3 and min(ratios) > 0


def test_our_extraction_against_the_plain_network(run):
    printed = run("features.py", "--rounds", "1", "--images", "8")
    assert "pictures of 64 px (images a second" in printed
    assert "pictures of 128 px (images a CPU-second" in printed
    ratios = [float(ratio) for ratio in re.findall(r"([\d.]+)×", printed)]
    assert len(ratios) == 2 * 2 * 5 and min(ratios) > 0


def test_measures_of_known_damage(run):
    printed = run("measures.py", "--n", "100", "--size", "32", "--rows", "200")
    assert "200 × 200 features of 1,280 dimensions" in printed and "Vendi score" in printed
    rows = re.findall(r"^  (other real covers|[a-z]+ \w+ ?\d*) +([\d.]+) ", printed, re.MULTILINE)
    fd = {name.strip(): float(value) for name, value in rows}
    assert fd["other real covers"] < fd["strong blur"] < fd["uniform noise"]
    assert fd["other real covers"] < fd["collapse to 16"]
    assert len(re.findall(r"^  (?:ok |NOT)  \w", printed, re.MULTILINE)) == 4
