// A drawing of the reader's own, as the centres of clusters: by pointer, or by arrow keys.

import { MOST_CENTRES, rounded } from "./link.mjs";

const REACH = 3;
const APART = 0.09; // a stroke puts a centre each so far
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

/** A wave, to begin with. */
export const WAVE = Array.from({ length: 60 }, (_, k) => {
  const x = -2.2 + (4.4 * k) / 59;
  return [rounded(x), rounded(1.2 * Math.sin(2 * x))];
});

/**
 * Let a canvas be drawn on while `active()`: `add(centre)` is called on the way, `done()` when a
 * stroke ends, and `moved()` when the arrow keys move the cursor, whose place is returned.
 */
export function drawable(canvas, { active, count, add, done, moved }) {
  const cursor = [0, 0];
  let last;
  const put = (x, y) => {
    if (count() >= MOST_CENTRES) return;
    last = [x, y];
    add([rounded(x), rounded(y)]);
  };
  const follow = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = REACH * ((2 * (event.clientX - box.left)) / box.width - 1);
    const y = REACH * (1 - (2 * (event.clientY - box.top)) / box.height);
    if (!last || Math.hypot(x - last[0], y - last[1]) >= APART) put(x, y);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (!active() || event.button) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    last = undefined;
    follow(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) follow(event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) done();
    });
  }
  canvas.addEventListener("keydown", (event) => {
    if (!active()) return;
    const stride = event.shiftKey ? 0.5 : 0.1;
    if (event.key in WAYS) {
      WAYS[event.key].forEach((way, k) => {
        cursor[k] = Math.min(REACH, Math.max(-REACH, cursor[k] + stride * way));
      });
      moved();
    } else if (event.key === " " || event.key === "Enter") {
      put(...cursor);
      done();
    } else return;
    event.preventDefault();
  });
  return cursor;
}
