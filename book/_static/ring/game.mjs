// A generator and a discriminator take turns, as in covers_lib.gan.training.

import { LOSSES } from "./losses.mjs";
import { Adam, Network } from "./network.mjs";
import { Stream } from "./stream.mjs";

export class Game {
  step = 0; // steps of the generator

  /**
   * A game by a recipe { latent, width, loss, penalty, r1, r2, n_critic, lr, betas, batch } and a seed,
   * on `data`, which fills an array with points. Two games of one seed begin with the same weights,
   * and see the same points and latents, whatever their losses are.
   */
  constructor(recipe, seed, data, Floats = Float32Array) {
    const { latent, width, batch } = recipe;
    Object.assign(this, { recipe, data });
    this.generator = new Network([latent, width, width, 2], Math.max(batch, 256), Floats);
    this.discriminator = new Network([2, width, width, 1], Math.max(3 * batch, 256), Floats);
    const [weights, ...streams] = Array.from({ length: 4 }, (_, part) => new Stream(seed, part));
    this.generator.draw(() => weights.uniform());
    this.discriminator.draw(() => weights.uniform());
    [this.points, this.latents, this.epsilons] = streams;
    this.gOptimizer = new Adam(this.generator, recipe.lr, recipe.betas);
    this.dOptimizer = new Adam(this.discriminator, recipe.lr, recipe.betas);
    this.real = new Floats(2 * batch);
    this.z = new Floats(latent * batch);
    this.epsilon = new Floats(batch);
    this.share = new Floats(3 * batch);
    this.fakes = this.generator.outputs.subarray(0, 2 * batch); // views, made once
    this.pushes = this.discriminator.deltas[0].subarray(0, 2 * batch);
  }

  /** One step of the generator, after `n_critic` of the discriminator, on points that are drawn now. */
  advance() {
    for (let k = 0; k < this.recipe.n_critic; k++) {
      this.data.fill(this.real, this.points);
      this.latents.fillNormal(this.z);
      if (this.recipe.penalty) this.epsilons.fillUniform(this.epsilon);
      this.discriminatorStep();
    }
    this.latents.fillNormal(this.z);
    this.generatorStep();
    this.step += 1;
  }

  /** One step of the discriminator on `real` points and on fakes of the latents `z`. */
  discriminatorStep() {
    this.discriminatorGradient();
    this.dOptimizer.step();
  }

  /**
   * The gradient of the discriminator's loss with its penalties, by its weights.
   *
   * With ReLU a network is linear around each sample: its slope g is a product of weights, whose
   * gradient is, at each layer, the delta above (of the score itself) times what comes from below when
   * the change dP/dg is sent forward. The loss has the same form, with the layer's values times dL/dD
   * from below. So real points, fakes, and points between them go forward and back once, in one batch.
   */
  discriminatorGradient() {
    const { batch: n, penalty, r1, r2 } = this.recipe;
    const { generator, discriminator: critic, real, share } = this;
    const rows = penalty ? 3 * n : 2 * n;
    const steep = penalty || r1 || r2; // whether slopes are needed
    generator.values[0].set(this.z);
    generator.forward(n);
    critic.values[0].set(real);
    critic.values[0].set(this.fakes, 2 * n);
    if (penalty) this.#between();
    critic.forward(rows);
    this.#shares(rows);

    critic.deltas[critic.depth].fill(1, 0, rows);
    critic.backward(rows, steep);
    critic.weighBiases(rows, share);
    if (steep) {
      this.#slopes(rows);
      critic.change(rows);
    } else for (const tangents of critic.tangents) tangents.fill(0);
    for (let l = 0; l < critic.depth; l++) {
      const [values, tangents, width] = [critic.values[l], critic.tangents[l], critic.sizes[l]];
      for (let r = 0, at = 0; r < rows; r++) {
        for (let q = 0; q < width; q++, at++) tangents[at] += share[r] * values[at];
      }
    }
    critic.weigh(rows, critic.tangents);
  }

  /** Points on the lines from fakes to real points, after them. */
  #between() {
    const [x, n] = [this.discriminator.values[0], this.recipe.batch];
    for (let r = 0; r < n; r++) {
      const epsilon = this.epsilon[r];
      for (let at = 2 * r; at < 2 * r + 2; at++) {
        x[4 * n + at] = epsilon * x[at] + (1 - epsilon) * x[2 * n + at];
      }
    }
  }

  /** What each sample's score counts in the loss: dL/dD; points between have no part in it. */
  #shares(rows) {
    const [scores, n, share] = [this.discriminator.outputs, this.recipe.batch, this.share];
    const loss = LOSSES[this.recipe.loss];
    for (let r = 0; r < n; r++) {
      share[r] = loss.real(scores[r], scores[n + r]) / n;
      share[n + r] = loss.fake(scores[n + r], scores[r]) / n;
    }
    share.fill(0, 2 * n, rows);
  }

  /** Set the tangents of the inputs to dP/dg, for the penalties P and each sample's slope g. */
  #slopes(rows) {
    const { batch: n, penalty, r1, r2 } = this.recipe;
    const { deltas: [g], tangents: [change] } = this.discriminator;
    for (let r = 0; r < rows; r++) {
      const norm = Math.sqrt(g[2 * r] ** 2 + g[2 * r + 1] ** 2);
      let times = r < n ? r1 : r2; // of γ / 2 times the mean of ‖g‖²
      if (r >= 2 * n) times = norm ? (2 * penalty * (norm - 1)) / norm : 0; // of λ times (‖g‖ - 1)²
      change[2 * r] = (times * g[2 * r]) / n;
      change[2 * r + 1] = (times * g[2 * r + 1]) / n;
    }
  }

  /** One step of the generator on latents `z`, beside `real` points where the loss asks for pairs. */
  generatorStep() {
    const { generator, discriminator: critic, recipe: { batch: n, loss } } = this;
    generator.values[0].set(this.z);
    generator.forward(n);
    const pairs = loss === "relativistic";
    critic.values[0].set(this.fakes);
    if (pairs) critic.values[0].set(this.real, 2 * n);
    critic.forward(pairs ? 2 * n : n);
    const scores = critic.outputs;
    const slope = LOSSES[loss].generator;
    for (let r = 0; r < n; r++) critic.deltas[critic.depth][r] = slope(scores[r], scores[n + r]) / n;
    critic.backward(n, true);
    generator.deltas[generator.depth].set(this.pushes);
    generator.backward(n, false);
    generator.weigh(n);
    generator.weighBiases(n);
    this.gOptimizer.step();
  }
}
