// <latent-explorer model="beyond-real" models="dcgan-real,beyond-real" seed="7" autoplay>: a generator
// at work in the page. Its child, a still picture and a sentence, stands where that can't be.

import { Controls, anySeed } from "./controls.mjs";
import { Generators } from "./generators.mjs";
import { moved, ofSeed, slerp } from "./latents.mjs";
import { fromFragment, seed, toFragment } from "./link.mjs";
import { MARKUP } from "./markup.mjs";
import { Motion } from "./motion.mjs";
import { REACH } from "./pad.mjs";
import { save } from "./save.mjs";
import { Sheet } from "./sheet.mjs";
import { caption, title } from "./words.mjs";

const REST = 200; // milliseconds after the last change, until the covers around are made
const FRAMES = 6; // covers in the strip of the morph
const MAP = 5; // covers across the pad, and up

class LatentExplorer extends HTMLElement {
  state; // { model, a, b, t, moves }: two seeds, the time between them, amounts by model
  #about = {}; // model -> what its JSON says
  #generators = new Generators();
  #motion = new Motion({
    target: () => this.latent(),
    show: (z) => this.#paint(z),
    time: (t) => this.#set({ t }, { quiet: true }),
    leg: () => this.#leg(),
    changed: (playing) => this.#play(playing),
  });
  #phase = "asleep"; // until covers are needed: then "awake", or "still" if that can't be
  #controls;
  #sheets; // name -> Sheet
  #seeds = new Map(); // latents by seed and size
  #newest; // the latent that was asked for last
  #resting; // a timer, while the state has just changed
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
    return Object.entries(moves).reduce(
      (z, [name, amounts]) => moved(z, this.#about[name].directions, amounts),
      slerp(from, to, t),
    );
  }

  /** The latent of a seed, kept while it is in use: each frame of a drag asks for two. */
  #ofSeed(seed, size) {
    const name = `${seed} ${size}`;
    if (this.#seeds.size > 8) this.#seeds.clear();
    if (!this.#seeds.has(name)) this.#seeds.set(name, ofSeed(seed, size));
    return this.#seeds.get(name);
  }

  // How it begins.

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
    this.#furnish();
    if (!this.#recall()) this.#set({}, { quiet: true });
    addEventListener("hashchange", () => this.#recall());
    this.#watch();
  }

  #furnish() {
    const sheet = (name, selector, columns) =>
      new Sheet(this.$(selector), columns, (model, z) => this.#ask(name, model, z));
    this.#sheets = {
      a: sheet("a", "[data-end=a] canvas", 1),
      b: sheet("b", "[data-end=b] canvas", 1),
      film: sheet("film", ".film canvas", FRAMES),
      map: sheet("map", ".pad canvas", MAP),
    };
    this.#controls = new Controls(this.shadowRoot, this.#about, {
      state: () => this.state,
      put: (changes) => this.#put(changes),
      glideTo: (changes) => this.#glideTo(changes),
      move: (place, amounts) => this.#move(place, amounts),
      choose: (model) => this.#choose(model),
      another: () => this.#another(),
      play: () => this.#motion.toggle(this.state.t),
      save: () => this.#save(),
      copy: () => this.#copy(),
      say: (text) => this.#say(text),
    });
    this.#controls.showModel(this.state.model);
  }

  /** Take the state of the page's link, if it has one of ours. */
  #recall() {
    const kept = fromFragment(this.#key, location.hash);
    if (!kept || this.#phase === "still") return false;
    const moves = Object.entries(kept.moves).filter(([name]) => this.#about[name]);
    const model = this.#about[kept.model] ? kept.model : this.state.model;
    this.#touched = true; // nothing plays by itself: this is what the reader came for
    this.#controls.showModel(model);
    this.#motion.stop();
    this.#set({ ...kept, model, moves: Object.fromEntries(moves) }, { quiet: true });
    this.scrollIntoView({ block: "center" });
    return true;
  }

  get #key() {
    return this.id || "explorer";
  }

  /** Load the generator as soon as it is seen and the page idle, or when it is touched. */
  #watch() {
    const touch = () => {
      this.#touched = true;
      this.#wake();
    };
    for (const event of ["pointerdown", "keydown", "input"]) {
      this.shadowRoot.addEventListener(event, touch, { capture: true });
    }
    const idle = window.requestIdleCallback ?? ((then) => setTimeout(then, 200));
    new IntersectionObserver((changes) => {
      const seen = changes.at(-1).isIntersecting;
      this.#motion.see(seen);
      if (seen && !navigator.connection?.saveData) idle(() => this.#wake());
    }).observe(this);
  }

  #wake() {
    if (this.#phase !== "asleep") return;
    this.#phase = "awake";
    this.#say("Loading the generator…");
    this.#motion.request();
    this.#around();
    this.#map();
  }

  // What the reader does.

  /** Change the state at once, as a hand does. */
  #put(changes) {
    this.#motion.stop();
    this.#set(changes);
  }

  /** Change the state, and glide there. */
  #glideTo(changes) {
    this.#motion.glide();
    this.#set(changes);
  }

  #another() {
    const { a, b, t } = this.state;
    this.#glideTo({ a: t < 0.5 ? a : b, b: anySeed(), t: 1 });
  }

  /** Show another generator's cover of the same latent. */
  #choose(model) {
    this.#controls.showModel(model);
    this.#put({ model });
    this.#say(`Loading ${title(model, Object.keys(this.#about))}…`);
  }

  #move(place, amounts) {
    const { model, moves } = this.state;
    const changed = [...(moves[model] ?? this.#about[model].directions.map(() => 0))];
    changed.splice(place, amounts.length, ...amounts);
    this.#put({ moves: { ...moves, [model]: changed } });
  }

  /** Go on, while it plays, from the second cover to a new one. */
  #leg() {
    this.#set({ a: this.state.b, b: anySeed(), t: 0 }, { quiet: true });
    this.#around();
  }

  #play(playing) {
    this.toggleAttribute("playing", playing);
    this.#controls.showPlaying(playing);
    if (playing) this.#say("");
    else this.#set({ t: +this.state.t.toFixed(2) }, { quiet: !this.#touched });
  }

  async #copy() {
    const link = new URL(toFragment(this.#key, this.state), location.href).href;
    history.replaceState(history.state, "", link);
    const copied = navigator.clipboard?.writeText(link) ?? Promise.reject();
    const said = copied.then(() => "Link copied", () => "The link is in the address bar");
    this.#say(await said);
  }

  #save() {
    const { model, a, b, t } = this.state;
    save(this.$(".cover"), `cover-${model}-${a}-${b}-${Math.round(100 * t)}.png`);
  }

  // What the state does.

  /** Change the state, and show it; `quiet` changes are no choice of the reader's. */
  #set(changes, { quiet = false } = {}) {
    this.state = { ...this.state, ...changes };
    this.#controls.show(this.state);
    this.$(".cover").setAttribute("aria-busy", "true");
    this.#motion.request();
    clearTimeout(this.#resting);
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

  async #paint(z) {
    if (this.#phase !== "awake") return;
    this.#newest = z;
    const canvas = this.$(".cover");
    const cover = await this.#ask("cover", this.state.model, z);
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

  /** The covers at both ends, and those between: what the morph's slider leads to. */
  #around() {
    const times = Array.from({ length: FRAMES }, (_, place) => (place + 0.5) / FRAMES);
    this.#sheet("a", [this.latent({ t: 0 })]);
    this.#sheet("b", [this.latent({ t: 1 })]);
    this.#sheet("film", times.map((t) => this.latent({ t })));
  }

  /** The covers that the pad leads to, where it leads to them. */
  #map() {
    const { model, moves } = this.state;
    const amounts = moves[model] ?? this.#about[model].directions.map(() => 0);
    const cells = Array.from({ length: MAP }, (_, place) => REACH * ((2 * place + 1) / MAP - 1));
    const latents = [...cells].reverse().flatMap((y) =>
      cells.map((x) => this.latent({ moves: { ...moves, [model]: [x, y, ...amounts.slice(2)] } })),
    );
    this.#sheet("map", latents);
  }

  #sheet(name, latents) {
    if (this.#phase === "awake") this.#sheets[name].paint(this.state.model, latents);
  }

  async #ask(channel, model, z) {
    try {
      return await this.#generators.paint(channel, model, z);
    } catch (error) {
      this.#stand(`the generator can't be loaded (${error.message})`);
    }
  }

  /** Say what is shown, once it is and has stood still for a moment. */
  #tell() {
    const busy = this.$(".cover").getAttribute("aria-busy") === "true";
    if (!busy && !this.#resting) this.#say(caption(this.state, this.#about));
  }

  #say(text) {
    const status = this.$(".status");
    if (status.textContent !== text) status.textContent = text;
  }

  /** Leave the child alone on the page, and say why. */
  #stand(reason) {
    this.#motion.stop();
    this.#generators.stop();
    clearTimeout(this.#resting);
    this.#phase = "still";
    for (const name of ["live", "ready"]) this.removeAttribute(name);
    this.setAttribute("still", "");
    this.shadowRoot.innerHTML = "<slot></slot>";
    const sentence = this.querySelector("p") ?? this.appendChild(document.createElement("p"));
    sentence.textContent = `A still picture: ${reason}.`;
  }
}

customElements.define("latent-explorer", LatentExplorer);
