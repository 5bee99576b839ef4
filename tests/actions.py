"""What a reader does with an explorer, the same in each engine and on each page.

The page is opened once, by a link; each action begins at the same cover.
"""

from engines import Hand

LINK = "explorer?model=beyond-real&a=7&b=8&t=0"
FIRST = '{"model":"beyond-real","a":7,"b":8,"t":0,"moves":{}}'
SETTLED = "e.hasAttribute('ready') && e.$('.cover').getAttribute('aria-busy') === 'false'"
PIXELS = "[...e.$('.cover').getContext('2d').getImageData(0, 0, 64, 64).data]"


def open_a_link(hand: Hand, address: str) -> None:
    hand.open(f"{address}#explorer?model=beyond-synthetic&a=3&b=5&t=0.25")
    hand.until("e.hasAttribute('offers') || e.hasAttribute('ready') || e.hasAttribute('still')")
    if hand.tell("e.hasAttribute('offers')"):  # this machine is busy: the page came slowly
        hand.click(".load")
    hand.until(SETTLED)
    expected = {"model": "beyond-synthetic", "a": 3, "b": 5, "t": 0.25, "moves": {}}
    assert hand.tell("e.state") == expected


def begin(hand: Hand) -> list[int]:
    """Go back to the first cover: give its pixels."""
    hand.evaluate(f"void (location.hash = {LINK!r} + '&n=' + performance.now())")  # never the same
    hand.until(f"JSON.stringify(e.state) === {FIRST!r}")
    return pixels(hand)


def pixels(hand: Hand) -> list[int]:
    hand.until(SETTLED)
    return hand.tell(PIXELS)


def draw(hand: Hand) -> None:
    shown = begin(hand)
    assert max(shown[::4]) - min(shown[::4]) > 60, "a cover has light and dark"
    assert hand.tell("getComputedStyle(e.$('.cover')).visibility") == "visible"


def ask_for_another(hand: Hand) -> None:
    shown = begin(hand)
    hand.click(".another")
    hand.until("e.state.b !== 8 && e.state.t === 1")
    assert pixels(hand) != shown


def morph_by_dragging(hand: Hand) -> None:
    shown = begin(hand)
    hand.drag(*(hand.place(".front", across) for across in (0.25, 0.5, 0.75)))
    hand.until("Math.abs(e.state.t - 0.5) < 0.03")
    assert pixels(hand) != shown


def move_a_slider(hand: Hand) -> None:
    shown = begin(hand)
    hand.drag(*(hand.place(".sliders input", across) for across in (0.5, 0.6, 0.8)))
    hand.until("Math.abs(e.state.moves[e.state.model]?.[2] - 1.9) < 0.4")
    assert pixels(hand) != shown


def use_the_keyboard(hand: Hand) -> None:
    begin(hand)
    hand.focus(".time")
    hand.press("ArrowRight")
    hand.until("e.state.t === 0.01")
    hand.focus(".pad input")
    hand.press("ArrowUp")
    hand.until("e.state.moves[e.state.model]?.[1] === 0.25")
    hand.focus(".reset")
    hand.press("Enter")
    hand.until("!Object.keys(e.state.moves).length")


def play(hand: Hand) -> None:
    begin(hand)
    hand.click(".play")
    hand.until("e.hasAttribute('playing') && (e.state.t > 0.1 || e.state.a !== 7)")
    hand.click(".play")
    hand.until("!e.hasAttribute('playing')")
    stopped = hand.tell("e.state")
    pixels(hand)
    assert hand.tell("e.state") == stopped


def save(hand: Hand) -> None:
    begin(hand)
    hand.click(".save")
    assert hand.saved_picture().size == (1024, 1024)


def switch_the_generator(hand: Hand) -> None:
    shown = begin(hand)
    hand.click(".segments label:last-child")
    hand.until("e.state.model === 'dcgan-real'")
    assert pixels(hand) != shown


ACTIONS = (
    draw,
    ask_for_another,
    morph_by_dragging,
    move_a_slider,
    use_the_keyboard,
    play,
    save,
    switch_the_generator,
)
