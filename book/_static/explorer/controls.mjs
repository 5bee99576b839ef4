// The controls of an explorer: what they ask for, and how they show its state.

import { seed } from "./link.mjs";
import { segment, slider } from "./markup.mjs";
import { pad } from "./pad.mjs";
import { onSlide } from "./touch.mjs";
import { description, title } from "./words.mjs";

const FAR = 4; // pixels that a pointer moves in a drag, and not in a click

/**
 * Controls inside `root`, over the generators that `about` tells of.
 *
 * They call `put(changes)` for what follows a hand, `glideTo(changes)` for what a button chooses,
 * `move(place, amounts)` for directions, and `choose(model)`, `load()`, `another()`, `play()`,
 * `save()`, `copy()`, `say(text)`; `state()` gives the state.
 */
export class Controls {
  #root;
  #about;
  #showPad;

  constructor(root, about, calls) {
    this.#root = root;
    this.#about = about;
    const on = (selector, event, then) => this.#$(selector).addEventListener(event, then);
    const models = Object.keys(about);
    this.#$(".segments").append(...models.map((name) => segment(name, title(name, models))));
    this.#$(".models").hidden = models.length < 2;
    on(".segments", "change", ({ target }) => calls.choose(target.value));
    onSlide(this.#$(".film"), (time) => calls.put({ t: +time.value }));
    onSlide(this.#$(".sliders"), ({ dataset, value }) => calls.move(+dataset.place, [+value]));
    this.#showPad = pad(this.#$(".pad"), (amounts) => calls.move(0, amounts));
    on(".reset", "click", () => calls.glideTo({ moves: {} }));
    for (const name of ["load", "another", "play", "save", "copy"]) {
      on(`.${name}`, "click", calls[name]);
    }
    for (const [end, t] of [["a", 0], ["b", 1]]) {
      on(`[data-end=${end}] button`, "click", () => calls.glideTo({ [end]: anySeed(), t }));
      on(`[data-end=${end}] input`, "change", ({ target }) => {
        const chosen = seed(target.value.trim());
        if (chosen === undefined) calls.say("A seed is a whole number from 0 to 4294967295");
        else calls.glideTo({ [end]: chosen, t });
      });
    }
    drag(this.#$(".front"), calls);
  }

  #$(selector) {
    return this.#root.querySelector(selector);
  }

  /** Show a model: its directions have names of their own. */
  showModel(model) {
    const [across, up, ...rest] = this.#about[model].directions.map(({ name }) => name);
    const inputs = this.#root.querySelectorAll(".pad input");
    [across, up].forEach((name, place) => inputs[place].setAttribute("aria-label", name));
    this.#$(".axis.across").textContent = `${across} →`;
    this.#$(".axis.up").textContent = `↑ ${up}`;
    this.#$(".sliders").replaceChildren(...rest.map((name, place) => slider(name, place + 2)));
    this.#$(`.segments input[value="${model}"]`).checked = true;
  }

  show(state) {
    const amounts = state.moves[state.model] ?? [];
    const said = description(state, this.#about);
    this.#$(".time").value = state.t;
    this.#$(".time").setAttribute("aria-valuetext", said);
    this.#$("[data-end=a] input").value = state.a;
    this.#$("[data-end=b] input").value = state.b;
    this.#showPad([amounts[0] ?? 0, amounts[1] ?? 0]);
    for (const input of this.#root.querySelectorAll(".sliders input")) {
      input.value = amounts[input.dataset.place] ?? 0;
    }
    this.#$(".reset").disabled = !Object.values(state.moves).flat().some(Boolean);
    this.#$(".cover").setAttribute("aria-label", `A generated album cover. ${said}`);
  }

  /** Show that there is a cover: it can be played, and saved. */
  showReady() {
    for (const name of ["play", "save"]) this.#$(`.${name}`).disabled = false;
  }

  showPlaying(playing) {
    const text = playing ? "Pause the morph" : "Play the morph";
    this.#$(".play").setAttribute("aria-label", text);
    this.#$(".play").title = text;
  }
}

/** A seed that is short enough to tell a friend. */
export const anySeed = () => Math.floor(Math.random() * 100_000);

/** Drag across the cover to morph; a click asks for another cover. */
function drag(front, { state, put, another }) {
  let start;
  front.addEventListener("pointerdown", (event) => {
    if (event.button) return; // the right and the middle one are the browser's
    if (!event.isPrimary) return (start = undefined); // two fingers enlarge the page
    start = { x: event.clientX, t: state().t, far: false };
    front.setPointerCapture(event.pointerId);
  });
  front.addEventListener("pointermove", ({ clientX }) => {
    if (!start) return;
    const way = clientX - start.x;
    start.far ||= Math.abs(way) > FAR;
    const t = Math.min(1, Math.max(0, start.t + way / front.clientWidth));
    if (start.far) put({ t: +t.toFixed(2) });
  });
  front.addEventListener("pointerup", () => {
    if (start && !start.far) another();
    start = undefined;
  });
  front.addEventListener("pointercancel", () => (start = undefined)); // the page scrolls
}
