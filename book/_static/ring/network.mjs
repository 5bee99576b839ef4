// A network of linear layers with ReLU between them, as covers_lib.toys.points.point_network, and Adam.

import { product } from "./product.mjs";

export class Network {
  /**
   * A network of `sizes`, inputs first, with room for `rows` samples at once.
   *
   * `parameters` holds, layer by layer, weights (outputs × inputs) and biases: the order of torch's
   * `parameters()`. `gradient` is laid out alike. `values[l]`, `deltas[l]` and `tangents[l]` hold a
   * row for each sample: what level l computes, the gradient there, and a change that runs forward.
   */
  constructor(sizes, rows, Floats = Float32Array) {
    const count = sizes.slice(1).reduce((sum, n, l) => sum + n * (sizes[l] + 1), 0);
    const room = () => sizes.map((size) => new Floats(size * rows));
    Object.assign(this, { sizes, rows, depth: sizes.length - 1 });
    this.parameters = new Floats(count);
    this.gradient = new Floats(count);
    this.values = room();
    this.deltas = room();
    this.tangents = room();
    let start = 0;
    this.layers = sizes.slice(1).map((outputs, l) => {
      const inputs = sizes[l];
      const bias = start + outputs * inputs;
      const cut = (all) => [all.subarray(start, bias), all.subarray(bias, bias + outputs)];
      const [[w, b], [dw, db]] = [cut(this.parameters), cut(this.gradient)];
      start = bias + outputs;
      return { inputs, outputs, w, b, dw, db };
    });
  }

  get outputs() {
    return this.values[this.depth];
  }

  /** Draw weights and biases as torch's nn.Linear does: uniform within 1 / √inputs. */
  draw(uniform) {
    for (const { inputs, w, b } of this.layers) {
      for (const part of [w, b]) {
        for (let i = 0; i < part.length; i++) part[i] = (2 * uniform() - 1) / Math.sqrt(inputs);
      }
    }
  }

  /** Compute `values` of the first `rows` samples from `values[0]`. */
  forward(rows) {
    for (let l = 0; l < this.depth; l++) {
      const { inputs, outputs, w, b } = this.layers[l];
      const y = this.values[l + 1];
      product(y, this.values[l], w, rows, outputs, inputs, inputs, 1, inputs, 1);
      const low = l + 1 < this.depth ? 0 : -Infinity;
      for (let r = 0, at = 0; r < rows; r++) {
        for (let q = 0; q < outputs; q++, at++) {
          const value = y[at] + b[q];
          y[at] = Math.max(value, low);
        }
      }
    }
  }

  /** Compute `deltas` of the first `rows` samples from those of the outputs; inputs' if asked. */
  backward(rows, toInputs) {
    for (let l = this.depth - 1; l >= (toInputs ? 0 : 1); l--) {
      const { inputs, outputs, w } = this.layers[l];
      product(this.deltas[l], this.deltas[l + 1], w, rows, inputs, outputs, outputs, 1, 1, inputs);
      if (l) mask(this.deltas[l], this.values[l], rows * inputs);
    }
  }

  /** Carry a change of the inputs, `tangents[0]`, forward to all levels but the last. */
  change(rows) {
    for (let l = 0; l < this.depth - 1; l++) {
      const { inputs, outputs, w } = this.layers[l];
      product(this.tangents[l + 1], this.tangents[l], w, rows, outputs, inputs, inputs, 1, inputs, 1);
      mask(this.tangents[l + 1], this.values[l + 1], rows * outputs);
    }
  }

  /** Compute the gradient of the weights: deltas above times `inputs[l]` below, over all samples. */
  weigh(rows, inputsOf = this.values) {
    for (let l = 0; l < this.depth; l++) {
      const { inputs, outputs, dw } = this.layers[l];
      product(dw, this.deltas[l + 1], inputsOf[l], outputs, inputs, rows, 1, outputs, 1, inputs);
    }
  }

  /** Compute the gradient of the biases: each sample's deltas, times its `share` if there is one. */
  weighBiases(rows, share) {
    for (let l = 0; l < this.depth; l++) {
      const { outputs, db } = this.layers[l];
      const deltas = this.deltas[l + 1];
      db.fill(0);
      for (let r = 0, at = 0; r < rows; r++) {
        const times = share ? share[r] : 1;
        for (let q = 0; q < outputs; q++, at++) db[q] += times * deltas[at];
      }
    }
  }

  /** Put `count` samples through, as many at once as there is room for: inputs to outputs. */
  apply(inputs, count, outputs) {
    const [wide, narrow] = [this.sizes[0], this.sizes[this.depth]];
    for (let start = 0; start < count; start += this.rows) {
      const rows = Math.min(this.rows, count - start);
      this.values[0].set(inputs.subarray(start * wide, (start + rows) * wide));
      this.forward(rows);
      outputs.set(this.outputs.subarray(0, rows * narrow), start * narrow);
    }
  }
}

/** Let through where a ReLU did. */
function mask(deltas, values, count) {
  for (let at = 0; at < count; at++) deltas[at] = values[at] > 0 ? deltas[at] : 0;
}

/** Adam as torch.optim.Adam has it. */
export class Adam {
  #step = 0;

  constructor(network, lr, [beta1, beta2]) {
    const moment = () => network.parameters.map(() => 0);
    Object.assign(this, { network, lr, beta1, beta2, mean: moment(), square: moment() });
  }

  step() {
    const { network: { parameters, gradient }, lr, beta1, beta2, mean, square } = this;
    this.#step += 1;
    const rate = lr / (1 - beta1 ** this.#step);
    const scale = 1 / Math.sqrt(1 - beta2 ** this.#step);
    for (let i = 0; i < parameters.length; i++) {
      const g = gradient[i];
      const m = (mean[i] += (1 - beta1) * (g - mean[i]));
      const v = (square[i] = beta2 * square[i] + (1 - beta2) * g * g);
      parameters[i] -= (rate * m) / (Math.sqrt(v) * scale + 1e-8);
    }
  }
}
