// <latent-explorer model="beyond-real" models="dcgan-real,beyond-real" seed="7" autoplay>: a generator
// at work in the page. Its child, a still picture and a sentence, stands where that can't be.

import { Controls, anySeed } from "./controls.mjs";
import { Generators, RUNTIME } from "./generators.mjs";
import { moved, ofSeed, slerp } from "./latents.mjs";
import { fromFragment, seed, toFragment } from "./link.mjs";
import { MARKUP, STILL } from "./markup.mjs";
import { Motion } from "./motion.mjs";
import { REACH } from "./pad.mjs";
import { shouldAsk } from "./patience.mjs";
import { save } from "./save.mjs";
import { Sheet } from "./sheet.mjs";
import { caption, megabytes, title } from "./words.mjs";

const REST = 200; // milliseconds after the last change, until the covers around are made
const FRAMES = 6; // covers in the strip of the morph
const MAP = 5; // covers across the pad, and up

class LatentExplorer extends HTMLElement {
  state; // { model, a, b, t, moves }: two seeds, the time between them, amounts by model
  #about; // model -> what its JSON says
  #generators = new Generators((loaded) => this.#showLoading(loaded));
  #motion = new Motion({
    target: () => this.latent(),
    show: (z) => this.#paint(z),
    time: (t) => this.#set({ t }, { quiet: true }),
    leg: () => this.#leg(),
    changed: (playing) => this.#play(playing),
  });
  #phase = "asleep"; // until covers are needed: then "awake", or "still" if that can't be
  #child; // what the sentence of the child said before one took its place
  #listening; // an AbortController: it ends what outlives a beginning
  #painted; // the model whose cover is shown
  #note; // a sentence for the reader, until something changes
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
    this.#listening?.abort();
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
    const style = (name) => fetch(new URL(name, import.meta.url)).then((answer) => answer.text());
    const look = Promise.all(["element.css", "look.css"].map(style)).then((parts) => parts.join(""));
    look.catch(() => {}); // then the others did not come either
    const said = await Promise.all(named.map((name) => this.#generators.about(name)));
    const found = named.map((name, place) => [name, said[place]]).filter(([, about]) => about);
    this.#about = Object.fromEntries(found);
    const models = Object.keys(this.#about);
    if (!models.length) return this.#stand(`the generator ${wanted} did not come from this server`);

    const first = seed(this.getAttribute("seed")) ?? 7;
    const model = this.#about[wanted] ? wanted : models[0];
    this.state = { model, a: first, b: first + 1, t: 0, moves: {} };
    this.shadowRoot.innerHTML = `<style>${await look}</style>${MARKUP}`;
    this.setAttribute("live", "");
    this.#listening = new AbortController();
    this.#furnish();
    if (!this.#recall()) this.#set({}, { quiet: true });
    addEventListener("hashchange", () => this.#recall(), { signal: this.#listening.signal });
    this.#watch();
  }

  /** Begin anew, where nothing could be loaded. */
  async #again() {
    this.#phase = "asleep";
    this.removeAttribute("still");
    this.#sentence.textContent = this.#child;
    this.shadowRoot.innerHTML = "<slot></slot>";
    await this.#begin();
    this.#wake();
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
      load: () => this.#wake(),
      another: () => this.#another(),
      play: () => this.#motion.toggle(this.state.t),
      save: () => this.#save(),
      copy: () => this.#copy(),
      say: (text) => this.#notify(text),
    });
    this.#controls.showModel(this.state.model);
  }

  /** Take the state of the page's link, if it has one of ours. */
  #recall() {
    const kept = fromFragment(this.#key, location.hash);
    if (!kept || this.#phase === "still") return false;
    const known = (name) => Object.hasOwn(this.#about, name);
    const moves = Object.entries(kept.moves)
      .filter(([name]) => known(name))
      .map(([name, amounts]) => [name, amounts.slice(0, this.#about[name].directions.length)]);
    const model = known(kept.model) ? kept.model : this.state.model;
    this.#touched = true; // nothing plays by itself: this is what the reader came for
    this.#controls.showModel(model);
    this.#motion.stop();
    this.#set({ ...kept, model, moves: Object.fromEntries(moves) }, { quiet: true });
    this.scrollIntoView({ block: "start" }); // on a phone it is higher than the screen
    return true;
  }

  get #key() {
    return this.id || "explorer";
  }

  /** Load the generator once it is seen and the page idle, unless that takes long: then offer it. */
  #watch() {
    const { signal } = this.#listening;
    for (const event of ["pointerdown", "keydown", "input"]) {
      const touch = () => (this.#touched = true);
      this.shadowRoot.addEventListener(event, touch, { capture: true, signal });
    }
    const observer = new IntersectionObserver((changes) => {
      const seen = changes.at(-1).isIntersecting;
      this.#motion.see(seen);
      if (seen) whenLoaded(signal, () => (shouldAsk(this.#bytes) ? this.#offer() : this.#wake()));
    });
    observer.observe(this);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  /** The bytes that a first cover takes. */
  get #bytes() {
    return RUNTIME + this.#about[this.state.model].bytes;
  }

  #offer() {
    if (this.#phase !== "asleep") return;
    this.$(".load").textContent = `Make covers here (${megabytes(this.#bytes)} MB)`;
    this.toggleAttribute("offers", true);
    this.#say("The generator waits until you ask for it: this connection is slow, or saves data");
  }

  #wake() {
    if (this.#phase !== "asleep") return;
    this.#phase = "awake";
    this.removeAttribute("offers");
    this.#say(`Loading the generator, ${megabytes(this.#bytes)} MB…`);
    this.#motion.request();
    this.#around();
    this.#map();
  }

  /** Show how much has come of what is loaded, above the cover. */
  #showLoading(loaded) {
    const bytes = this.#painted ? this.#about[this.state.model].bytes : this.#bytes;
    this.toggleAttribute("loading", true);
    Object.assign(this.$("progress"), { max: bytes, value: Math.min(loaded, bytes) });
    const [came, all] = [Math.min(loaded, bytes), bytes].map(megabytes);
    this.$(".loading span").textContent = `${came} of ${all} MB`;
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
    this.#notify(await said);
  }

  #save() {
    const { model, a, b, t } = this.state;
    save(this.$(".cover"), `cover-${model}-${a}-${b}-${Math.round(100 * t)}.png`);
  }

  // What the state does.

  /** Change the state, and show it; `quiet` changes are no choice of the reader's. */
  #set(changes, { quiet = false } = {}) {
    this.#note = undefined;
    this.state = { ...this.state, ...changes };
    this.#controls.show(this.state);
    this.$(".cover").setAttribute("aria-busy", "true");
    this.#motion.request();
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#rest(quiet), REST);
    if (!quiet) this.#wake();
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
    const { model } = this.state;
    const cover = await this.#ask("cover", model, z);
    if (!cover) return;
    this.#painted = model;
    this.removeAttribute("loading");
    Object.assign(canvas, { width: cover.width, height: cover.height });
    canvas.getContext("2d").putImageData(cover, 0, 0);
    if (!this.hasAttribute("ready")) this.#ready();
    if (this.#newest === z && !this.#motion.pending) canvas.setAttribute("aria-busy", "false");
    this.#tell();
  }

  #ready() {
    this.setAttribute("ready", "");
    this.#controls.showReady();
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
    } catch ({ message }) {
      if (this.#painted && this.#painted !== model) this.#keepFormer(model, message);
      else this.#stand(`the generator can't be loaded, since ${message}`);
    }
  }

  /** Stay with the generator that was there before one that could not be loaded. */
  #keepFormer(model, reason) {
    this.removeAttribute("loading");
    this.#controls.showModel(this.#painted);
    this.#set({ model: this.#painted }, { quiet: true });
    const name = title(model, Object.keys(this.#about));
    this.#notify(`${name} can't be loaded, since ${reason}. Choose it again to retry.`);
  }

  /** Say what is shown, once it is and has stood still for a moment. */
  #tell() {
    const busy = this.$(".cover").getAttribute("aria-busy") === "true";
    if (!busy && !this.#resting) this.#say(this.#note ?? caption(this.state, this.#about));
  }

  #notify(text) {
    this.#note = text;
    this.#say(text);
  }

  #say(text) {
    const status = this.$(".status");
    if (status.textContent !== text) status.textContent = text;
  }

  /** Leave the child alone on the page, say why, and let the reader try again. */
  #stand(reason) {
    if (this.#phase === "still") return;
    this.#motion.stop();
    this.#generators.stop();
    this.#listening?.abort();
    clearTimeout(this.#resting);
    this.#phase = "still";
    this.#painted = undefined;
    for (const name of ["live", "ready", "loading"]) this.removeAttribute(name);
    this.setAttribute("still", "");
    this.shadowRoot.innerHTML = STILL;
    this.$("button").addEventListener("click", () => this.#again());
    this.#child ??= this.#sentence.textContent;
    this.#sentence.textContent = `A still picture: ${reason}.`;
  }

  get #sentence() {
    return this.querySelector("p") ?? this.appendChild(document.createElement("p"));
  }
}

/** Call `then` when the page has all its own files, and is idle. */
function whenLoaded(signal, then) {
  const idle = window.requestIdleCallback ?? ((call) => setTimeout(call, 200));
  if (document.readyState === "complete") idle(then);
  else addEventListener("load", () => idle(then), { signal });
}

customElements.define("latent-explorer", LatentExplorer);
