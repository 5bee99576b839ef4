"""How fast the explorer is in a browser: ready, a cover, and the page while a reader drags.

Headless Chromium, one thread for the generator, a plain server on this machine. The generator has
random weights: what it paints takes as long as what a trained one paints. Other programs that share
the machine slow all of it; the fastest cover, and the processor's time for a frame of the page,
tell about the code itself.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import CDPSession, Page

from covers_lib.provenance import machine

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "book"), str(ROOT / "tests")]

from browsing import chromium, served  # noqa: E402
from build import VENDOR, fetch_browser_files  # noqa: E402

from covers_lib.explore.onnx_file import export  # noqa: E402
from covers_lib.gan.networks import Generator  # noqa: E402

PAGE = """<!doctype html><title>A page</title><link rel="icon" href="data:,">
<script type="module" src="explorer/latent-explorer.mjs"></script>
<script>
new MutationObserver((changes) => changes.forEach(({ attributeName: name }) => {
  performance.mark(name);
})).observe(document, { attributes: true, subtree: true, attributeFilter: ["live", "ready"] });
</script>
<latent-explorer model="random" seed="7"><p>Still.</p></latent-explorer>"""

COVERS = """async (count) => {
  const { Generators } = await import("/explorer/generators.mjs");
  const { ofSeed } = await import("/explorer/latents.mjs");
  const generators = new Generators();
  const { latent } = await generators.about("random");
  const times = [];
  for (let seed = 0; seed < count + 5; seed++) {
    const z = ofSeed(seed, latent);
    const start = performance.now();
    await generators.paint("cover", "random", z);
    times.push(performance.now() - start);
  }
  generators.stop();
  return times.slice(5);
}"""

DRAG = """(seconds) => new Promise((resolve) => {
  const { shadowRoot } = document.querySelector("latent-explorer");
  const slider = shadowRoot.querySelector(".time");
  const context = shadowRoot.querySelector(".cover").getContext("2d");
  const put = context.putImageData.bind(context);
  let covers = 0;
  context.putImageData = (...given) => { covers += 1; put(...given); };
  const frames = [];
  const start = performance.now();
  requestAnimationFrame(function drag(now) {
    frames.push(now);
    slider.value = 0.5 - 0.5 * Math.cos((now - start) / 500);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    if (now - start < 1000 * seconds) return requestAnimationFrame(drag);
    resolve({ deltas: frames.slice(1).map((frame, i) => frame - frames[i]), covers });
  });
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--covers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=5, help="how long a drag takes")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(machine())
    fetch_browser_files()
    with tempfile.TemporaryDirectory() as scratch:
        size = site(Path(scratch), Generator(options.size, width=options.width).eval())
        print(f"{options.size} px, width {options.width}: {size / 1e6:.1f} MB; median of")
        print(f"{options.rounds} rounds (best and worst)")
        with chromium() as browser, served(Path(scratch)) as address:
            rounds = [measure(browser.new_page(), address, options) for _ in range(options.rounds)]
    for name, unit, target in (
        ("ready after", "s", "at most 3"),
        ("a cover", "ms", "at most 60"),
        ("the fastest cover", "ms", ""),
        ("the page, while dragging", "frames a second", "more than 30"),
        ("the slowest twentieth of frames", "ms", ""),
        ("the page's own time for a frame", "ms", ""),
        ("covers, while dragging", "a second", ""),
    ):
        found = sorted(one[name] for one in rounds)
        middle = f"{statistics.median(found):7.2f} {unit} ({found[0]:.2f} to {found[-1]:.2f})"
        print(f"  {name:32} {middle}" + (f"; wanted: {target}" if target else ""))


def site(folder: Path, generator: Generator) -> int:
    """Make a folder with a page, the explorer and a generator, of whose file it gives the bytes."""
    without = shutil.ignore_patterns("models")
    shutil.copytree(ROOT / "book/_static/explorer", folder / "explorer", ignore=without)
    shutil.copytree(VENDOR / "ort", folder / "vendor" / "ort")
    (folder / "index.html").write_text(PAGE)
    return export(generator, folder / "explorer" / "models" / "random.onnx").bytes


def measure(page: Page, address: str, options: argparse.Namespace) -> dict[str, float]:
    """Open the page anew, and measure it once."""
    page.goto(address)
    page.locator("latent-explorer[ready]").wait_for()
    start, end = page.evaluate(
        "['live', 'ready'].map((name) => performance.getEntriesByName(name)[0].startTime)"
    )
    page.wait_for_timeout(1000)  # until the covers around are made
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = processor_seconds(session)
    drag = page.evaluate(DRAG, options.seconds)
    busy = processor_seconds(session) - before
    deltas = sorted(drag["deltas"])
    covers = page.evaluate(COVERS, options.covers)
    found = {
        "ready after": (end - start) / 1000,
        "the page, while dragging": 1000 * len(deltas) / sum(deltas),
        "the slowest twentieth of frames": deltas[int(0.95 * len(deltas))],
        "covers, while dragging": 1000 * drag["covers"] / sum(deltas),
        "the page's own time for a frame": 1000 * busy / len(deltas),
        "a cover": statistics.median(covers),
        "the fastest cover": min(covers),
    }
    page.close()
    return found


def processor_seconds(session: CDPSession) -> float:
    """How long the page's main thread has worked, by the processor's clock."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(row["value"] for row in metrics if row["name"] == "TaskDuration")


if __name__ == "__main__":
    main()
