// <ring-trainer games="bce,wasserstein" data="ring" seed="0" critic="5" small autoplay>: GANs of points
// that train in the page. Its child, a still picture and a sentence, stands where that can't be.

import { chartWords, drawChart, legend } from "./chart.mjs";
import { dataOf } from "./data.mjs";
import { WAVE, drawable } from "./drawing.mjs";
import { CHOICES, MOST_GAMES, fromFragment, seedOf, sensible, toFragment } from "./link.mjs";
import { MARKUP, gameBox, segment } from "./markup.mjs";
import { coloursOf, drawPlane } from "./plane.mjs";
import { Players } from "./players.mjs";
import { Stream } from "./stream.mjs";
import { DATA_NAMES, LOSS_NAMES, counts, description, standing } from "./words.mjs";

const REAL = 400; // real points that are shown
const PATIENCE = 40; // milliseconds that the games may take until they show themselves
const OFTEN = 5000; // milliseconds from one announcement to the next, while a reader plays
const calm = matchMedia("(prefers-reduced-motion: reduce)");

class RingTrainer extends HTMLElement {
  state; // { games, data, seed, critic, penalty, gamma, lr, drawing }
  #settings; // the library's
  #players = new Players();
  #data;
  #real = new Float32Array(2 * REAL);
  #seen = []; // what each game showed last
  #histories = []; // distances, for each game
  #begun = 0; // counts new beginnings: answers to earlier questions are not wanted
  #end; // the step at which it stops by itself
  #playing = false;
  #asked = false; // by the reader, to play: else the live region keeps quiet meanwhile
  #visible = false;
  #awake = false;
  #going = false; // whether questions are being asked, one after the other
  #beginning; // a promise: the games have begun
  #pace = 1; // steps at once, at full speed
  #told = 0; // when the live region spoke
  #frame = 0;
  #cursor;

  connectedCallback() {
    if (this.shadowRoot) return;
    this.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab would take the arrow keys
    this.attachShadow({ mode: "open" }).innerHTML = "<slot></slot>";
    this.#begin().catch(() => this.#stand("its settings can't be loaded"));
  }

  disconnectedCallback() {
    this.#begun += 1;
    this.#playing = false;
    this.#players.stop();
  }

  $(selector) {
    return this.shadowRoot.querySelector(selector);
  }

  #all(selector) {
    return [...this.shadowRoot.querySelectorAll(selector)];
  }

  // How it begins.

  async #begin() {
    const get = async (name, as) => {
      const answer = await fetch(new URL(name, import.meta.url));
      if (!answer.ok) throw new Error(`there is no ${name}`);
      return answer[as]();
    };
    const [shared, look, settings] = await Promise.all([
      get("../explorer/element.css", "text"), get("look.css", "text"), get("settings.json", "json"),
    ]);
    this.#settings = settings;
    const { bce, wasserstein, relativistic } = settings.games;
    const usual = {
      games: ["bce", "wasserstein"], data: "ring", seed: 0, critic: bce.n_critic,
      penalty: wasserstein.penalty, gamma: relativistic.r1, lr: bce.lr, drawing: WAVE,
    };
    const names = Object.keys(usual);
    const wanted = names.map((name) => [name, this.getAttribute(name) ?? undefined]);
    this.state = { ...usual, ...sensible(Object.fromEntries(wanted)) };
    this.shadowRoot.innerHTML = `<style>${shared}${look}</style>${MARKUP}`;
    this.setAttribute("live", "");
    this.#furnish();
    this.#recall();
    this.#show();
    addEventListener("hashchange", () => this.#recall() && this.#change({}));
    this.#watch();
  }

  #furnish() {
    const on = (selector, event, then) => this.$(selector).addEventListener(event, then);
    this.$(".segments").append(...Object.keys(DATA_NAMES).map(segment));
    on(".play", "click", () => {
      this.#asked = true;
      if (this.#playing) this.#pause();
      else this.#play();
    });
    on(".step", "click", () => this.#step());
    on(".reset", "click", () => this.#change({}));
    on(".copy", "click", () => this.#copy());
    on(".segments", "change", ({ target }) => this.#change({ data: target.value }));
    on(".clear", "click", () => this.#change({ drawing: [] }));
    on(".more", "click", () => this.#change({ games: [...this.state.games, this.#another()] }));
    on(".fewer", "click", () => this.#change({ games: this.state.games.slice(0, -1) }));
    on(".games", "change", () => {
      this.#change({ games: this.#all(".game select").map(({ value }) => value) });
    });
    on(".seed input", "change", ({ target }) => {
      const seed = seedOf(target.value.trim());
      if (seed === undefined) this.#say("A seed is a whole number from 0 to 4294967295");
      else this.#change({ seed });
    });
    for (const label of this.#all(".slider")) {
      const { name } = label.dataset;
      label.addEventListener("change", ({ target }) => {
        this.#change({ [name]: CHOICES[name][target.value] });
      });
      label.addEventListener("input", ({ target }) => showChoice(target, CHOICES[name][target.value]));
    }
  }

  #another() {
    return Object.keys(LOSS_NAMES).find((loss) => !this.state.games.includes(loss));
  }

  get #key() {
    return this.id || "ring";
  }

  /** Take the settings of the page's link, if it has some of ours. */
  #recall() {
    const kept = fromFragment(this.#key, location.hash);
    if (!kept) return false;
    this.removeAttribute("autoplay"); // this is what the reader came for
    this.state = { ...this.state, ...kept };
    this.scrollIntoView({ block: "nearest" });
    return true;
  }

  /** Load the engine once it is seen, and rest while it isn't. */
  #watch() {
    new IntersectionObserver((changes) => {
      this.#visible = changes.at(-1).isIntersecting;
      if (!this.#visible) return;
      if (!this.#awake) this.#wake();
      this.#go();
    }).observe(this);
    const redraw = () => this.#draw();
    new ResizeObserver(redraw).observe(this);
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  }

  async #wake() {
    this.#awake = true;
    const plays = this.hasAttribute("autoplay") && !calm.matches && !navigator.connection?.saveData;
    await (this.#beginning = this.#restart({ quiet: plays }));
    if (plays) this.#play();
  }

  // What the reader does.

  /** Change settings, and begin anew. */
  #change(changes) {
    this.state = { ...this.state, ...changes };
    this.#show();
    if (this.#awake) this.#beginning = this.#restart();
  }

  #play() {
    if (!this.#data.centres.length) return;
    this.#playing = true;
    if (this.#seen[0]?.step >= this.#end) this.#end += this.#steps;
    this.#showPlaying();
    this.#go();
  }

  #pause() {
    if (!this.#playing) return;
    this.#playing = false;
    this.#showPlaying();
    this.#tell();
  }

  async #step() {
    this.#pause();
    await this.#beginning;
    if (this.#seen.length && (await this.#advance(1))) this.#tell();
  }

  async #copy() {
    const link = new URL(toFragment(this.#key, this.state), location.href).href;
    history.replaceState(history.state, "", link);
    const copied = navigator.clipboard?.writeText(link) ?? Promise.reject();
    this.#say(await copied.then(() => "Link copied", () => "The link is in the address bar"));
  }

  // What the games do.

  get #steps() {
    return this.#settings.games.bce.steps;
  }

  /** The settings that a loss is played by. */
  #recipe(loss) {
    const { critic, penalty, gamma, lr } = this.state;
    const recipe = this.#settings.games[loss === "saturating" ? "bce" : loss];
    const weights = { wasserstein: { penalty }, relativistic: { r1: gamma, r2: gamma } };
    return { ...recipe, loss, n_critic: critic, lr, ...weights[loss] };
  }

  async #restart({ quiet = false } = {}) {
    const begun = ++this.#begun;
    const { games, data, seed, drawing } = this.state;
    this.#seen = [];
    this.#draw();
    if (!this.#data.centres.length) {
      this.#pause();
      return this.#say("Draw on the first picture: with the pointer, or with arrow keys and space bar");
    }
    const settings = this.#settings;
    const asked = games.map((loss) => ({ recipe: this.#recipe(loss), seed, data, drawing, settings }));
    const seen = await this.#answer(this.#players.begin(asked));
    if (!seen || begun !== this.#begun) return;
    this.#histories = games.map(() => []);
    this.#end = this.#steps;
    this.#take(seen);
    this.setAttribute("ready", "");
    if (!quiet) this.#tell();
    this.#go();
  }

  /** Go on while it plays and is seen, one question at a time. */
  async #go() {
    if (this.#going) return;
    this.#going = true;
    while (this.#playing && this.#visible && this.#seen.length) {
      const speed = +this.$(".speed select").value;
      const steps = speed ? 1 : Math.min(this.#pace, this.#end - this.#seen[0].step);
      const begin = performance.now();
      if (!(await this.#advance(steps))) continue;
      const passed = performance.now() - begin;
      if (!speed) this.#pace = Math.min(20, Math.max(1, Math.round((steps * PATIENCE) / passed)));
      if (this.#seen[0].step >= this.#end) this.#pause();
      else if (this.#asked && begin - this.#told > OFTEN) this.#tell();
      if (speed) await new Promise((wake) => setTimeout(wake, 1000 / speed - passed));
    }
    this.#going = false;
  }

  /** Let the games go on: whether what they answer is still wanted. */
  async #advance(steps) {
    const begun = this.#begun;
    const seen = await this.#answer(this.#players.advance(steps));
    if (!seen || begun !== this.#begun) return false;
    this.#take(seen);
    return true;
  }

  async #answer(asked) {
    try {
      return await asked;
    } catch (error) {
      this.#stand(`the game can't be loaded (${error.message})`);
    }
  }

  #take(seen) {
    this.#seen = seen;
    seen.forEach(({ history }, k) => this.#histories[k].push(...history));
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  // What it shows.

  /** Show the settings, and their real points. */
  #show() {
    const { games, data, seed, drawing } = this.state;
    const [boxes, room] = [this.#all(".game"), this.$(".games")];
    for (const box of boxes.slice(games.length)) box.remove();
    for (let k = boxes.length; k < games.length; k++) room.append(this.#box(k));
    this.#all(".game select").forEach((select, k) => (select.value = games[k]));
    this.$(`.segments input[value=${data}]`).checked = true;
    this.$(".clear").hidden = data !== "drawing";
    this.$(".seed input").value = seed;
    this.$(".more").hidden = games.length >= MOST_GAMES;
    this.$(".fewer").hidden = games.length < 2;
    for (const label of this.#all(".slider")) {
      const { name } = label.dataset;
      const [input, choice] = [label.querySelector("input"), this.state[name]];
      input.value = CHOICES[name].indexOf(choice);
      showChoice(input, choice);
    }
    this.$("[data-name=penalty]").hidden = !games.includes("wasserstein");
    this.$("[data-name=gamma]").hidden = !games.includes("relativistic");
    this.$(".legend").replaceChildren(...legend(games));
    this.toggleAttribute("drawing", data === "drawing");
    const [first] = this.#all(".plane");
    first.tabIndex = data === "drawing" ? 0 : -1;
    this.#data = dataOf(data, this.#settings, drawing);
    if (drawing.length || data !== "drawing") this.#data.fill(this.#real, new Stream(seed, 8));
    else this.#real.fill(NaN);
    this.#histories = [];
    this.#draw();
  }

  #box(k) {
    const box = gameBox(k);
    if (k) return box;
    this.#cursor = drawable(box.querySelector(".plane"), {
      active: () => this.state.data === "drawing",
      count: () => this.state.drawing.length,
      add: (centre) => {
        this.#pause();
        this.state = { ...this.state, drawing: [...this.state.drawing, centre] };
        this.#show();
      },
      done: () => this.#change({}),
      moved: () => this.#draw(),
    });
    return box;
  }

  #draw() {
    this.#frame = 0;
    if (!this.#data || this.hasAttribute("still")) return;
    const colours = coloursOf(this);
    const { games, data } = this.state;
    this.#all(".game").forEach((box, k) => {
      const [seen, plane] = [this.#seen[k], box.querySelector(".plane")];
      const cursor = !k && data === "drawing" && this.shadowRoot.activeElement === plane;
      const real = this.#real;
      drawPlane(plane, colours, { seen, loss: games[k], real, cursor: cursor && this.#cursor });
      if (!seen) return;
      plane.setAttribute("aria-label", description(seen, games[k], this.#data, data));
      box.querySelector(".standing").textContent = counts(seen, this.#data);
    });
    const chart = this.$(".chart canvas");
    drawChart(chart, colours, this.#histories, this.#seen[0]?.step ?? 0, this.#steps);
    const told = this.#histories.length && this.#histories.every((history) => history.length);
    if (told) chart.setAttribute("aria-label", chartWords(this.#histories, games));
  }

  #showPlaying() {
    this.toggleAttribute("playing", this.#playing);
    this.$(".play .label").textContent = this.#playing ? "Pause" : "Play";
  }

  /** Say how the games stand. */
  #tell() {
    if (!this.#seen.length) return;
    this.#told = performance.now();
    this.#say(standing(this.#seen, this.state.games, this.#data));
  }

  #say(text) {
    const status = this.$(".status");
    if (status && status.textContent !== text) status.textContent = text;
  }

  /** Leave the child alone on the page, and say why. */
  #stand(reason) {
    this.#begun += 1;
    this.#playing = false;
    this.#seen = [];
    this.#players.stop();
    for (const name of ["live", "ready", "playing"]) this.removeAttribute(name);
    this.setAttribute("still", "");
    this.shadowRoot.innerHTML = "<slot></slot>";
    const sentence = this.querySelector("p") ?? this.appendChild(document.createElement("p"));
    sentence.textContent = `A still picture: ${reason}.`;
  }
}

function showChoice(input, choice) {
  input.setAttribute("aria-valuetext", choice);
  input.nextElementSibling.textContent = choice;
}

customElements.define("ring-trainer", RingTrainer);
