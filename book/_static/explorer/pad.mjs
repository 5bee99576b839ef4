// A square with a knob: two amounts at once, by pointer or by arrow keys.

export const REACH = 3; // a latent's entries are normal: seldom further than this from 0
export const STEP = 0.05;

const rounded = (amount) => +(Math.round(amount / STEP) * STEP).toFixed(2);
const kept = (amount) => Math.min(REACH, Math.max(-REACH, rounded(amount)));

/**
 * Let an element be a pad: it holds two range inputs, across and up, for the keyboard and for screen
 * readers, and a knob. `changed([x, y])` is called when the reader moves it. Gives a function that
 * shows the two amounts.
 */
export function pad(element, changed) {
  const [across, up] = element.querySelectorAll("input");
  const knob = element.querySelector(".knob");
  const amounts = () => [+across.value, +up.value];

  const show = ([x, y]) => {
    across.value = x;
    up.value = y;
    knob.style.left = `${50 + (50 * x) / REACH}%`;
    knob.style.top = `${50 - (50 * y) / REACH}%`;
  };
  const move = (x, y) => {
    show([kept(x), kept(y)]);
    changed(amounts());
  };
  const follow = (event) => {
    const box = element.getBoundingClientRect();
    move(
      REACH * ((2 * (event.clientX - box.left)) / box.width - 1),
      REACH * (1 - (2 * (event.clientY - box.top)) / box.height),
    );
  };

  element.addEventListener("pointerdown", (event) => {
    if (event.button) return; // the right and the middle one are the browser's
    event.preventDefault();
    across.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    follow(event);
  });
  element.addEventListener("pointermove", (event) => {
    if (element.hasPointerCapture(event.pointerId)) follow(event);
  });
  element.addEventListener("keydown", (event) => {
    const [x, y] = amounts();
    const stride = event.shiftKey ? 1 : 0.25;
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
    if (event.key === "Home") move(0, 0);
    else if (event.key in ways) move(x + stride * ways[event.key][0], y + stride * ways[event.key][1]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  element.addEventListener("input", () => changed(amounts())); // a screen reader's own step
  return show;
}
