// What is drawn at random, a stream for each purpose.

import { Twister } from "../explorer/twister.mjs";

export class Stream {
  #twister;

  /** One of the streams, `part`, of a seed. */
  constructor(seed, part) {
    this.#twister = new Twister(seed + Math.imul(part, 0x9e3779b9));
  }

  uniform() {
    return this.#twister.uniform();
  }

  fillUniform(numbers) {
    for (let i = 0; i < numbers.length; i++) numbers[i] = this.uniform();
  }

  /** Fill an array of even length with normal numbers, by Box and Muller's way. */
  fillNormal(numbers) {
    for (let i = 0; i < numbers.length; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
      const angle = 2 * Math.PI * this.uniform();
      numbers[i] = radius * Math.cos(angle);
      numbers[i + 1] = radius * Math.sin(angle);
    }
  }
}
