// What a game shows of itself: points, scores all over the plane, pushes, counts and distances.

import { exactDistance } from "./earth-mover.mjs";
import { LOSSES } from "./losses.mjs";
import { Stream } from "./stream.mjs";

export const REACH = 3; // the plane is shown from -3 to 3
export const CELLS = 32; // scores across it, and up
export const ARROWS = 64; // points that show where they are pushed
const POINTS = 512;
const MEASURED = 200; // points of each kind between which the distance is exact
export const EVERY = 50; // generator steps from one distance to the next

export class Observer {
  #history = []; // of distances since the last look

  constructor(game, seed, { reach, fair }) {
    Object.assign(this, { game, rule: { reach, fair } });
    this.latents = new Float32Array(POINTS * game.recipe.latent);
    const stream = new Stream(seed, 9);
    stream.fillNormal(this.latents);
    this.real = new Float32Array(2 * MEASURED);
    game.data.fill(this.real, stream);
    const heights = Array.from({ length: CELLS }, (_, k) => REACH * (1 - (2 * k + 1) / CELLS));
    this.plane = Float32Array.from(heights.flatMap((y) => heights.map((x) => [-x, y]).flat()));
    this.#measure();
  }

  /** Let the game go on by `steps`, and measure on the way. */
  advance(steps) {
    for (let k = 0; k < steps; k++) {
      this.game.advance();
      if (this.game.step % EVERY === 0) this.#measure();
    }
  }

  #measure() {
    const { game, real } = this;
    const fake = this.#points(MEASURED);
    const mean = (points) => this.#scores(points).reduce((sum, score) => sum + score, 0) / MEASURED;
    const estimate = game.recipe.loss === "wasserstein" ? mean(real) - mean(fake) : undefined;
    this.#history.push({ step: game.step, exact: exactDistance(real, fake), estimate });
  }

  #points(n) {
    const points = new Float32Array(2 * n);
    this.game.generator.apply(this.latents, n, points);
    return points;
  }

  #scores(points) {
    const scores = new Float32Array(points.length / 2);
    this.game.discriminator.apply(points, scores.length, scores);
    return scores;
  }

  /** What is to be seen now; the distances since the last time are told once. */
  look() {
    const points = this.#points(POINTS);
    const { found, good } = this.game.data.count(points, ...Object.values(this.rule));
    const history = this.#history.splice(0);
    const [scores, pushes] = [this.#scores(this.plane), this.#pushes(points)];
    return { step: this.game.step, points, scores, pushes, found, good, history };
  }

  /** Minus the gradient of the generator's loss at the first points: where a step wants them. */
  #pushes(points) {
    const { discriminator, recipe } = this.game;
    const real = this.#scores(this.real).reduce((sum, score) => sum + score, 0) / MEASURED;
    discriminator.values[0].set(points.subarray(0, 2 * ARROWS));
    discriminator.forward(ARROWS);
    const last = discriminator.deltas[discriminator.depth];
    for (let r = 0; r < ARROWS; r++) {
      last[r] = -LOSSES[recipe.loss].generator(discriminator.outputs[r], real);
    }
    discriminator.backward(ARROWS, true);
    return discriminator.deltas[0].slice(0, 2 * ARROWS);
  }
}
