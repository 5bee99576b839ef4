// Latent vectors as covers_lib makes them: a cover's seed names the same cover here and in torch.

import { Twister } from "./twister.mjs";

const { fround, hypot, sin, cos, log, sqrt } = Math;

/**
 * torch.randn(1, size, generator=torch.Generator().manual_seed(seed)), for a size of 16 or more.
 *
 * Box-Muller on blocks of 16, as torch does it: values i and i + 8 of a block are made of its
 * uniform numbers i and i + 8. A rest below 16 is drawn again as the last whole block.
 */
export function ofSeed(seed, size) {
  const twister = new Twister(seed);
  const uniform = () => twister.uniform();
  const values = Float32Array.from({ length: size }, uniform);
  for (let start = 0; start + 16 <= size; start += 16) normalise(values.subarray(start, start + 16));
  if (size % 16) {
    const rest = values.subarray(size - 16);
    rest.forEach((_, i) => (rest[i] = uniform()));
    normalise(rest);
  }
  return values;
}

function normalise(block) {
  for (let i = 0; i < 8; i++) {
    const radius = fround(sqrt(fround(-2 * fround(log(1 - block[i])))));
    const angle = fround(fround(2 * Math.PI) * block[i + 8]);
    block[i] = radius * fround(cos(angle));
    block[i + 8] = radius * fround(sin(angle));
  }
}

/** The point at time t on the great circle from a to b; a line where the circle is not determined. */
export function slerp(a, b, t) {
  if (t <= 0) return Float32Array.from(a);
  if (t >= 1) return Float32Array.from(b);
  const lengths = hypot(...a) * hypot(...b);
  const dot = a.reduce((sum, value, i) => sum + value * b[i], 0);
  const angle = Math.acos(Math.min(1, Math.max(-1, dot / lengths)));
  const [p, q] =
    sin(angle) > 2e-3
      ? [sin((1 - t) * angle) / sin(angle), sin(t * angle) / sin(angle)]
      : [1 - t, t];
  return Float32Array.from(a, (value, i) => p * value + q * b[i]);
}

/** z moved along directions by so much each. */
export function moved(z, directions, amounts) {
  const result = Float32Array.from(z);
  amounts.forEach((amount, k) => {
    if (amount) directions[k].vector.forEach((value, i) => (result[i] += amount * value));
  });
  return result;
}
