// <latent-explorer model="beyond-real" models="dcgan-real,beyond-real" seed="7" autoplay>: a generator
// at work in the page. Its child, a still picture and a sentence, stands where that can't be.

import { Generators } from "./generators.mjs";
import { moved, ofSeed, slerp } from "./latents.mjs";
import { fromFragment, seed, toFragment } from "./link.mjs";
import { MARKUP, segment, slider, title } from "./markup.mjs";
import { Motion } from "./motion.mjs";
import { REACH, pad } from "./pad.mjs";

const REST = 200; // milliseconds after the last change, until the covers around are made
const FRAMES = 6; // covers in the strip of the morph
const MAP = 5; // covers across the pad, and up
const SAVED = 1024; // pixels of a saved picture's side

const anySeed = () => Math.floor(Math.random() * 100_000);
const same = (one, other) => one.every((z, i) => z.every((value, k) => value === other[i]?.[k]));

class LatentExplorer extends HTMLElement {
  state; // { model, a, b, t, moves }: two seeds, the time between them, amounts by model
  #about = {}; // model -> what its JSON says
  #generators = new Generators();
  #motion = new Motion({
    target: () => this.latent(),
    show: (z) => this.#paint(z),
    time: (t) => this.#set({ t }, { quiet: true }),
    leg: () => this.#set({ a: this.state.b, b: anySeed(), t: 0 }, { quiet: true }),
    changed: (playing) => this.#playing(playing),
  });
  #phase = "asleep"; // until covers are needed: then "awake", or "still" if that can't be
  #seeds = new Map(); // latents by seed and size
  #newest; // the latent that was asked for last
  #sheets = {}; // channel -> the newest sheet's { model, latents }
  #resting;
  #touched = false;

  connectedCallback() {
    if (this.shadowRoot) return;
    this.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab would take the arrow keys
    this.attachShadow({ mode: "open" }).innerHTML = "<slot></slot>";
    this.#begin();
  }

  disconnectedCallback() {
    this.#motion.stop();
    this.#generators.stop();
  }

  $(selector) {
    return this.shadowRoot.querySelector(selector);
  }

  /** The latent vector of the state, or of the state with some parts changed. */
  latent(changes = {}) {
    const { model, a, b, t, moves } = { ...this.state, ...changes };
    const [from, to] = [a, b].map((seed) => this.#ofSeed(seed, this.#about[model].latent));
    const between = slerp(from, to, t);
    return Object.entries(moves).reduce(
      (z, [name, amounts]) => moved(z, this.#about[name].directions, amounts),
      between,
    );
  }

  /** The latent of a seed, kept while it is in use: each frame of a drag asks for two. */
  #ofSeed(seed, size) {
    const name = `${seed} ${size}`;
    if (this.#seeds.size > 8) this.#seeds.clear();
    if (!this.#seeds.has(name)) this.#seeds.set(name, ofSeed(seed, size));
    return this.#seeds.get(name);
  }

  async #begin() {
    const wanted = this.getAttribute("model");
    const named = (this.getAttribute("models") ?? wanted).split(/[\s,]+/).filter(Boolean);
    const look = fetch(new URL("look.css", import.meta.url)).then((answer) => answer.text());
    const said = await Promise.all(named.map((name) => this.#generators.about(name)));
    named.forEach((name, place) => said[place] && (this.#about[name] = said[place]));
    const models = Object.keys(this.#about);
    if (!models.length) return this.#stand(`the generator ${wanted} isn't on this server`);

    const first = seed(this.getAttribute("seed")) ?? 7;
    const model = this.#about[wanted] ? wanted : models[0];
    this.state = { model, a: first, b: first + 1, t: 0, moves: {} };
    this.shadowRoot.innerHTML = `<style>${await look}</style>${MARKUP}`;
    this.setAttribute("live", "");
    this.#listen(models);
    this.#showModel();
    if (!this.#recall()) this.#set({}, { quiet: true });
    addEventListener("hashchange", () => this.#recall());
    this.#watch();
  }

  /** Take the state of the page's link, if it has one of ours. */
  #recall() {
    const kept = fromFragment(this.#key, location.hash);
    if (!kept) return false;
    const moves = Object.entries(kept.moves).filter(([name]) => this.#about[name]);
    const model = this.#about[kept.model] ? kept.model : this.state.model;
    this.#touched = true; // nothing plays by itself: this is what the reader came for
    this.#set({ ...kept, model, moves: Object.fromEntries(moves) }, { quiet: true });
    this.scrollIntoView({ block: "center" });
    return true;
  }

  get #key() {
    return this.id || "explorer";
  }

  /** Load the generator as soon as it is seen and the page idle, or when it is touched. */
  #watch() {
    const wake = () => {
      if (this.#phase !== "asleep") return;
      this.#phase = "awake";
      this.#say("Loading the generator…");
      this.#motion.request();
      this.#around();
      this.#map();
    };
    const touch = () => {
      this.#touched = true;
      wake();
    };
    for (const event of ["pointerdown", "keydown", "input"]) {
      this.shadowRoot.addEventListener(event, touch, { capture: true });
    }
    const idle = window.requestIdleCallback ?? ((then) => setTimeout(then, 200));
    const watcher = new IntersectionObserver(([{ isIntersecting }]) => {
      this.#motion.see(isIntersecting);
      if (isIntersecting && !navigator.connection?.saveData) idle(wake);
    });
    watcher.observe(this);
  }

  // What the reader does.

  #listen(models) {
    const on = (selector, event, then) => this.$(selector).addEventListener(event, then);
    this.$(".segments").append(...models.map((name) => segment(name, title(name, models))));
    this.$(".models").hidden = models.length < 2;
    on(".segments", "change", ({ target }) => this.#choose(target.value));
    on(".time", "input", ({ target }) => this.#set({ t: +target.value }));
    on(".sliders", "input", ({ target }) => this.#move(+target.dataset.place, [+target.value]));
    this.showPad = pad(this.$(".pad"), (amounts) => this.#move(0, amounts));
    on(".reset", "click", () => this.#glideTo({ moves: {} }));
    on(".another", "click", () => this.#another());
    on(".play", "click", () => this.#motion.toggle(this.state.t));
    on(".save", "click", () => this.#save());
    on(".copy", "click", () => this.#copy());
    for (const end of ["a", "b"]) {
      const t = end === "a" ? 0 : 1;
      on(`[data-end=${end}] button`, "click", () => this.#glideTo({ [end]: anySeed(), t }));
      on(`[data-end=${end}] input`, "change", ({ target }) => {
        const chosen = seed(target.value.trim());
        if (chosen === undefined) this.#say("A seed is a whole number from 0 to 4294967295");
        else this.#glideTo({ [end]: chosen, t });
      });
    }
    this.#drag(this.$(".front"));
  }

  /** Drag across the cover to morph; a click without a drag asks for another cover. */
  #drag(front) {
    let start;
    front.addEventListener("pointerdown", (event) => {
      start = { x: event.clientX, t: this.state.t, far: false };
      front.setPointerCapture(event.pointerId);
    });
    front.addEventListener("pointermove", ({ clientX }) => {
      if (!start) return;
      const way = clientX - start.x;
      start.far ||= Math.abs(way) > 4;
      const t = Math.min(1, Math.max(0, start.t + way / front.clientWidth));
      if (start.far) this.#set({ t: +t.toFixed(2) });
    });
    front.addEventListener("pointerup", () => {
      if (start && !start.far) this.#another();
      start = undefined;
    });
    front.addEventListener("pointercancel", () => (start = undefined)); // the page scrolls
  }

  #another() {
    const { a, b, t } = this.state;
    this.#glideTo({ a: t < 0.5 ? a : b, b: anySeed(), t: 1 });
  }

  /** Show another generator's cover of the same latent. */
  #choose(model) {
    this.#set({ model });
    this.#showModel();
    this.#say(`Loading ${title(model, Object.keys(this.#about))}…`);
  }

  #move(place, amounts) {
    const { model, moves } = this.state;
    const changed = [...(moves[model] ?? this.#about[model].directions.map(() => 0))];
    changed.splice(place, amounts.length, ...amounts);
    this.#set({ moves: { ...moves, [model]: changed } });
  }

  #glideTo(changes) {
    this.#motion.glide();
    this.#set(changes, { glide: true });
  }

  // What the state does.

  /** Change the state, and show it; `quiet` changes are no choice of the reader's. */
  #set(changes, { quiet = false, glide = false } = {}) {
    if (!quiet && !glide) this.#motion.stop();
    this.state = { ...this.state, ...changes };
    this.#showState();
    this.$(".cover").setAttribute("aria-busy", "true");
    this.#motion.request();
    clearTimeout(this.#resting);
    const around = ["a", "b", "model", "moves"].some((name) => name in changes);
    if (quiet && around) this.#around();
    this.#resting = setTimeout(() => this.#rest(quiet), REST);
  }

  /** The state has stood still for a moment: make what is around it, and keep it in the link. */
  #rest(quiet) {
    this.#resting = undefined;
    if (this.#motion.playing) return;
    this.#around();
    this.#map();
    this.#tell();
    if (!quiet) history.replaceState(history.state, "", toFragment(this.#key, this.state));
  }

  #showModel() {
    const { directions } = this.#about[this.state.model];
    const [across, up, ...rest] = directions.map(({ name }) => name);
    const inputs = this.shadowRoot.querySelectorAll(".pad input");
    [across, up].forEach((name, place) => inputs[place].setAttribute("aria-label", name));
    this.$(".axis.across").textContent = `${across} →`;
    this.$(".axis.up").textContent = `↑ ${up}`;
    this.$(".sliders").replaceChildren(...rest.map((name, place) => slider(name, place + 2)));
    this.$(`.segments input[value="${this.state.model}"]`).checked = true;
    this.#showState();
  }

  #showState() {
    const { model, a, b, t, moves } = this.state;
    const amounts = moves[model] ?? [];
    this.$(".time").value = t;
    this.$(".time").setAttribute("aria-valuetext", this.#words());
    this.$("[data-end=a] input").value = a;
    this.$("[data-end=b] input").value = b;
    this.showPad([amounts[0] ?? 0, amounts[1] ?? 0]);
    for (const input of this.shadowRoot.querySelectorAll(".sliders input")) {
      input.value = amounts[input.dataset.place] ?? 0;
    }
    this.$(".reset").disabled = !Object.values(moves).flat().some(Boolean);
    this.$(".cover").setAttribute("aria-label", `A generated album cover. ${this.#words()}`);
  }

  /** The state in words: in short for the eye, with each amount for who doesn't see the sliders. */
  #words({ short = false } = {}) {
    const { model, a, b, t, moves } = this.state;
    const place =
      t <= 0 ? `seed ${a}` : t >= 1 ? `seed ${b}` : `${Math.round(100 * t)} % from seed ${a} to ${b}`;
    const along = Object.entries(moves)
      .flatMap(([name, amounts]) =>
        amounts.map((amount, k) => amount && `${this.#about[name].directions[k].name} ${amount}`),
      )
      .filter(Boolean);
    const count = along.length === 1 ? "1 direction" : `${along.length} directions`;
    const moved = along.length && short ? [`moved along ${count}`] : along;
    return [`${title(model, Object.keys(this.#about))}, ${place}`, ...moved].join(", ");
  }

  /** Say what is shown, once it is and has stood still for a moment. */
  #tell() {
    const busy = this.$(".cover").getAttribute("aria-busy") === "true";
    if (!busy && !this.#resting) this.#say(this.#words({ short: true }));
  }

  #playing(playing) {
    this.toggleAttribute("playing", playing);
    if (playing) this.#say("");
    const text = playing ? "Pause the morph" : "Play the morph";
    this.$(".play").setAttribute("aria-label", text);
    this.$(".play").title = text;
    if (!playing) this.#set({ t: +this.state.t.toFixed(2) }, { quiet: !this.#touched, glide: true });
  }

  // What is painted.

  async #paint(z) {
    if (this.#phase !== "awake") return;
    this.#newest = z;
    const canvas = this.$(".cover");
    const cover = await this.#ask("cover", z);
    if (!cover) return;
    Object.assign(canvas, { width: cover.width, height: cover.height });
    canvas.getContext("2d").putImageData(cover, 0, 0);
    if (!this.hasAttribute("ready")) this.#ready();
    if (this.#newest === z && !this.#motion.pending) canvas.setAttribute("aria-busy", "false");
    this.#tell();
  }

  #ready() {
    this.setAttribute("ready", "");
    if (this.hasAttribute("autoplay") && !this.#touched) this.#motion.playAlone();
  }

  async #ask(channel, z) {
    try {
      return await this.#generators.paint(channel, this.state.model, z);
    } catch (error) {
      this.#stand(`the generator can't be loaded (${error.message})`);
    }
  }

  /** The covers at both ends, and those between: what the morph's slider leads to. */
  #around() {
    this.#sheet("a", this.$("[data-end=a] canvas"), 1, [this.latent({ t: 0 })]);
    this.#sheet("b", this.$("[data-end=b] canvas"), 1, [this.latent({ t: 1 })]);
    const times = Array.from({ length: FRAMES }, (_, place) => (place + 0.5) / FRAMES);
    this.#sheet("film", this.$(".film canvas"), FRAMES, times.map((t) => this.latent({ t })));
  }

  /** The covers that the pad leads to, where it leads to them; those in the middle first. */
  #map() {
    const { model, moves } = this.state;
    const amounts = moves[model] ?? this.#about[model].directions.map(() => 0);
    const cells = Array.from({ length: MAP }, (_, place) => REACH * ((2 * place + 1) / MAP - 1));
    const latents = [...cells].reverse().flatMap((y) =>
      cells.map((x) => this.latent({ moves: { ...moves, [model]: [x, y, ...amounts.slice(2)] } })),
    );
    this.#sheet("map", this.$(".pad canvas"), MAP, latents);
  }

  /** Paint a sheet of covers, until a newer one of its channel begins. */
  async #sheet(channel, canvas, columns, latents) {
    const { model } = this.state;
    const old = this.#sheets[channel];
    if (this.#phase !== "awake" || (old?.model === model && same(latents, old.latents))) return;
    const sheet = (this.#sheets[channel] = { model, latents });
    const context = canvas.getContext("2d");
    for (const place of fromTheMiddle(columns, latents.length / columns)) {
      const cover = await this.#ask(channel, latents[place]);
      if (!cover || this.#sheets[channel] !== sheet) return;
      const [width, height] = [columns * cover.width, (latents.length / columns) * cover.height];
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      const row = Math.floor(place / columns);
      context.putImageData(cover, cover.width * (place % columns), cover.height * row);
    }
  }

  // What goes out.

  #say(text) {
    const status = this.$(".status");
    if (status.textContent !== text) status.textContent = text;
  }

  async #copy() {
    const link = new URL(toFragment(this.#key, this.state), location.href).href;
    history.replaceState(history.state, "", link);
    try {
      await navigator.clipboard.writeText(link);
      this.#say("Link copied");
    } catch {
      this.#say("The link is in the address bar");
    }
  }

  #save() {
    const { model, a, b, t } = this.state;
    const large = new OffscreenCanvas(SAVED, SAVED);
    const context = large.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(this.$(".cover"), 0, 0, SAVED, SAVED);
    large.convertToBlob({ type: "image/png" }).then((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `cover-${model}-${a}-${b}-${Math.round(100 * t)}.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    });
  }

  /** Leave the child alone on the page, and say why. */
  #stand(reason) {
    this.#phase = "still";
    clearTimeout(this.#resting);
    this.#motion.stop();
    this.#generators.stop();
    for (const name of ["live", "ready"]) this.removeAttribute(name);
    this.setAttribute("still", "");
    this.shadowRoot.innerHTML = "<slot></slot>";
    const sentence = this.querySelector("p") ?? this.appendChild(document.createElement("p"));
    sentence.textContent = `A still picture: ${reason}.`;
  }
}

/** The places of a sheet, row by row from 0, those nearest to its middle first. */
function fromTheMiddle(columns, rows) {
  const away = (place) =>
    Math.hypot((place % columns) - (columns - 1) / 2, Math.floor(place / columns) - (rows - 1) / 2);
  return [...Array(columns * rows).keys()].sort((one, other) => away(one) - away(other));
}

customElements.define("latent-explorer", LatentExplorer);
