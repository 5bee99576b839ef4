// Random numbers by seed: the Mersenne Twister mt19937, torch's generator on a CPU.

const { imul } = Math;

export class Twister {
  #state = new Uint32Array(624);
  #next = 624;

  constructor(seed) {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < 624; i++) {
      const before = state[i - 1] ^ (state[i - 1] >>> 30);
      state[i] = imul(1812433253, before) + i;
    }
  }

  /** A number from 0 to below 1, of 24 bits, as torch draws float32. */
  uniform() {
    if (this.#next === 624) this.#mix();
    let word = this.#state[this.#next++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return ((word ^ (word >>> 18)) & 0xffffff) / 2 ** 24;
  }

  #mix() {
    const state = this.#state;
    for (let i = 0; i < 624; i++) {
      const mixed = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
      state[i] = state[(i + 397) % 624] ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }
}
