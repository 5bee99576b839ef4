// Sliders under a thumb that may only scroll the page.

const FAR = 4; // pixels that a pointer moves in a drag, and not in a click

/**
 * Call `then(slider)` for the inputs of range sliders in an element. Those of a touch wait until it
 * is a drag along the slider, or a tap; where the page scrolls, the slider stays as it was.
 */
export function onSlide(element, then) {
  let held; // { slider, value, x } while it is open what a touch will be
  const settle = () => {
    const { slider, value } = held ?? {};
    held = undefined;
    if (slider && slider.value !== value) then(slider);
  };
  element.addEventListener("pointerdown", ({ target, pointerType, clientX }) => {
    if (pointerType === "touch" && target.type === "range") held = { slider: target, value: target.value, x: clientX };
  }, { capture: true });
  element.addEventListener("input", ({ target }) => {
    if (!held) then(target);
  });
  element.addEventListener("pointermove", ({ clientX }) => {
    if (held && Math.abs(clientX - held.x) > FAR) settle();
  });
  element.addEventListener("pointerup", settle);
  element.addEventListener("pointercancel", () => {
    if (held) held.slider.value = held.value;
    held = undefined;
  });
}
