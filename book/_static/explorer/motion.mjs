// When something moves: what is shown on its way to the state, and playing from cover to cover.

import { slerp } from "./latents.mjs";

const LEG = 4000; // milliseconds from one cover to the next
const LEGS = 4; // that it plays alone
const GLIDE = 700; // milliseconds to what a button chose

const ease = (time) => time * time * (3 - 2 * time);
const uneased = (t) => 0.5 - Math.sin(Math.asin(1 - 2 * t) / 3);
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Draws at most once a frame, and only while something changes.
 *
 * Calls `show(z)` with the latent to draw; `target()` gives the state's. While it plays, `time(t)`
 * sets the state's time, `leg()` has it go on to another cover; `changed(playing)` tells.
 */
export class Motion {
  #calls;
  #frame = 0;
  #shown;
  #from; // { z, start } while it glides
  #play; // { start, legs } while it plays
  #seen = true;

  constructor(calls) {
    this.#calls = calls;
  }

  get playing() {
    return Boolean(this.#play);
  }

  /** Whether a frame is to come. */
  get pending() {
    return Boolean(this.#frame);
  }

  /** Draw in the next frame. */
  request() {
    this.#frame ||= requestAnimationFrame((now) => this.#draw(now));
  }

  /** Stand still, at the state's latent. */
  stop() {
    this.#from = undefined;
    this.#end();
  }

  /** Glide from what is shown to the latent that the state has in the next frame. */
  glide() {
    this.#end();
    if (this.#shown && !calm.matches) this.#from = { z: this.#shown, start: undefined };
    this.request();
  }

  toggle(t) {
    if (this.#play) return this.#end();
    this.#from = undefined;
    this.#start(t, Infinity);
  }

  /** Play a few covers without being asked, unless the reader prefers calm. */
  playAlone() {
    if (!calm.matches) this.#start(0, LEGS);
  }

  /** Whether a reader sees it: nothing moves unseen. */
  see(seen) {
    this.#seen = seen;
    if (seen && this.#play) this.request();
  }

  #start(t, legs) {
    this.#play = { time: uneased(t), legs, last: undefined };
    this.#calls.changed(true);
    this.request();
  }

  #end() {
    if (!this.#play) return;
    this.#play = undefined;
    this.#calls.changed(false);
  }

  #draw(now) {
    this.#frame = 0;
    if (this.#play && this.#seen) this.#advance(now);
    const target = this.#calls.target();
    this.#shown = this.#from ? this.#between(target, now) : target;
    this.#calls.show(this.#shown);
    if (this.#from || (this.#play && this.#seen)) this.request();
  }

  #between(target, now) {
    this.#from.start ??= now;
    const time = (now - this.#from.start) / GLIDE;
    if (time < 1) return slerp(this.#from.z, target, ease(time));
    this.#from = undefined;
    return target;
  }

  #advance(now) {
    const passed = Math.min(100, now - (this.#play.last ?? now)); // it goes on where it was unseen
    this.#play.last = now;
    this.#play.time += passed / LEG;
    if (this.#play.time < 1) return this.#calls.time(ease(this.#play.time));
    if (--this.#play.legs) {
      this.#play.time = 0;
      this.#calls.leg();
    } else {
      this.#calls.time(1);
      this.#end();
    }
  }
}
