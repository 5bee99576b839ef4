"""A guard for live widgets: of values that come faster than they can be shown, only the last."""

import asyncio
from collections.abc import Callable
from time import perf_counter


class Latest:
    """Calls `act` once for requests that come close together, when none came for `pause` seconds.

    A notebook's kernel takes a dragged slider's values in turn, so that slow work falls behind. A
    request here only asks the kernel's event loop to act a little later, which lets the values that
    wait in line go by first; requests without an end are acted on after five pauses. Where no loop
    runs, as in a script, `act` is called at once. It gets the time, by `time.perf_counter`, of the
    first request that it answers.
    """

    def __init__(self, act: Callable[[float], None], pause: float):
        self.act, self.pause = act, pause
        self.newest = 0
        self.asked: float | None = None  # when the first request came that waits for an answer

    def request(self, _change: dict | None = None) -> None:
        """Ask for `act`; an observer of any widget's value."""
        self.newest += 1
        self.asked = self.asked or perf_counter()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.answer(self.asked)
        else:
            loop.call_later(self.pause, self.answer_newest, self.newest)

    def answer_newest(self, request: int) -> None:
        """Act for a request, unless a newer one is to come soon, or has been answered."""
        if self.asked is None:
            return
        if request == self.newest or perf_counter() - self.asked > 5 * self.pause:
            self.answer(self.asked)

    def answer(self, asked: float) -> None:
        """Act now."""
        self.asked = None
        self.act(asked)
