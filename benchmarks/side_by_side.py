"""Ways to do the same thing, timed in turn in one process: medians, ranges and ratios."""

import time
from collections.abc import Callable
from statistics import median


def compare(
    title: str, ways: dict[str, Callable[[], int]], rounds: int, processor: bool = False
) -> None:
    """Time each way once a round, and print images a second; ratios are to the first way.

    A way does its work and gives the number of images. The first round warms up and is not counted.
    With `processor`, the same follows for each second of this process's time, on all cores.
    """
    clocks = (time.perf_counter, time.process_time)
    rates: dict[str, list[list[float]]] = {name: [] for name in ways}
    for counted in range(-1, rounds):
        for name, way in ways.items():
            starts = [clock() for clock in clocks]
            images = way()
            both = [images / (clock() - start) for clock, start in zip(clocks, starts, strict=True)]
            if counted >= 0:
                rates[name].append(both)
    for place, second in enumerate(("second", "CPU-second")[: 1 + processor]):
        print(f"\n{title} (images a {second}; median of {rounds} rounds, in turn)")
        tell({name: [both[place] for both in values] for name, values in rates.items()})


def tell(rates: dict[str, list[float]]) -> None:
    """Print the rates of each way, and their ratios to the first way's of the same round."""
    first = next(iter(rates.values()))
    for name, values in rates.items():
        ratios = [value / base for value, base in zip(values, first, strict=True)]
        print(
            f"  {name:44} {median(values):>10,.3g}  [{min(values):,.3g} – {max(values):,.3g}]"
            f"   {median(ratios):>6.3g}×  [{min(ratios):.3g} – {max(ratios):.3g}]"
        )
