"""What is looked at before each commit: it passes on what is here, and it sees what is wrong."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from PIL import Image

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / ".pre-commit-config.yaml"
HOOKS = [hook for repo in yaml.safe_load(CONFIG.read_text())["repos"] for hook in repo["hooks"]]


def git(folder: Path, *words: str) -> str:
    """Run git in a folder; give what it prints."""
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def copy(tmp_path):
    """A repository of its own, with the files of this one as they are now."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("hooks are git's: this is no clone")
    names = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    folder = tmp_path / "copy"
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    return folder


def run_all(folder: Path) -> tuple[set[str], str]:
    """Run every hook on every file; give the ids of those that failed, and all that was said."""
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PRE_COMMIT_HOME": str(folder.parent / "pre-commit"),
    }
    command = [sys.executable, "-m", "pre_commit", "run", "--all-files", "--color", "never"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    failed = set(re.findall(r"^- hook id: (\S+)$", done.stdout, re.MULTILINE))
    assert bool(failed) == bool(done.returncode), done.stdout + done.stderr
    return failed, done.stdout


def test_the_configuration_is_valid():
    command = [sys.executable, "-m", "pre_commit", "validate-config", str(CONFIG)]
    assert subprocess.run(command).returncode == 0


def test_hooks_download_nothing():
    repositories = yaml.safe_load(CONFIG.read_text())["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"]
    assert {hook["language"] for hook in HOOKS} == {"system", "fail"}


def test_every_hook_passes(copy):
    failed, said = run_all(copy)
    assert not failed, said


def test_every_hook_sees_its_mistake(copy):
    chapter = copy / "book" / "06_interpolation.md"
    notebook = copy / "book" / "05_wgan_gp.ipynb"
    cells = json.loads(notebook.read_text(encoding="utf-8"))
    code = next(cell for cell in cells["cells"] if cell["cell_type"] == "code")
    code["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["1\n"]}]
    wide = (copy / "book" / "07_beyond.md").read_text(encoding="utf-8")
    wide = wide.replace("name: python3", "name:   python3", 1)
    mistakes = {
        "unused.py": "import os\n\nprint(undefined)\n",
        "laid_out.py": "print( 'so' )\n",
        "book/06_interpolation.md": chapter.read_text(encoding="utf-8") + "\nOne more sentence.\n",
        "book/05_wgan_gp.ipynb": json.dumps(cells, indent=1, ensure_ascii=False) + "\n",
        "book/new.md": "# A page without a notebook\n",
        "book/07_beyond.md": wide,
        "key.txt": "-----BEGIN RSA " + "PRIVATE KEY-----\n",
        "broken.yml": "a: [1\n",
        "broken.toml": "a = [1\n",
        "merged.txt": "<" * 7 + " HEAD\n" + "=" * 7 + "\n" + ">" * 7 + " other\n",
        "spaces.txt": "so \n",
        "last_line.txt": "so",
    }
    for name, text in mistakes.items():
        (copy / name).write_text(text, encoding="utf-8")
    (copy / "large.onnx").write_bytes(bytes(7_000_000))
    Image.new("RGB", (8, 8)).save(copy / "cover.jpg")
    git(copy, "add", "--all")
    failed, said = run_all(copy)
    assert failed == {hook["id"] for hook in HOOKS}, said
    assert re.search(r"Real artwork is never committed. These are elsewhere:\s+cover.jpg\n", said)


def test_what_contributing_names_is_there():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:book|benchmarks|experiments|covers_lib|tests)/[\w./]+)`", text)
    assert len(named) > 5
    assert [name for name in named if "NN_" not in name and not (ROOT / name).exists()] == []
    for name in re.findall(r"`(test_\w+\.py)`", text):
        assert (ROOT / "tests" / "project" / name).exists(), name
