// The earth mover's distance of two sets of points, exactly: covers_lib.toys.exact_distance.

/**
 * Mean length of a move when each point of `one` goes to a point of `other`, all moves together as
 * short as they can be. An assignment by shortest augmenting paths (the Hungarian method), O(n³).
 */
export function exactDistance(one, other) {
  const n = one.length / 2;
  const lengths = new Float64Array(n * n);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < n; j++, at++) {
      lengths[at] = Math.sqrt((one[2 * i] - other[2 * j]) ** 2 + (one[2 * i + 1] - other[2 * j + 1]) ** 2);
    }
  }
  const [u, v, least] = [0, 0, 0].map(() => new Float64Array(n + 1));
  const [match, from] = [0, 0].map(() => new Int32Array(n + 1)); // of the columns; 0 is none
  const used = new Uint8Array(n + 1);
  for (let row = 1; row <= n; row++) {
    match[0] = row;
    least.fill(Infinity);
    used.fill(0);
    let column = 0;
    do {
      used[column] = 1;
      const i = match[column];
      const line = (i - 1) * n - 1;
      let [step, next] = [Infinity, 0];
      for (let j = 1; j <= n; j++) {
        if (used[j]) continue;
        const cost = lengths[line + j] - u[i] - v[j];
        if (cost < least[j]) {
          least[j] = cost;
          from[j] = column;
        }
        if (least[j] < step) {
          step = least[j];
          next = j;
        }
      }
      for (let j = 0; j <= n; j++) {
        if (used[j]) {
          u[match[j]] += step;
          v[j] -= step;
        } else least[j] -= step;
      }
      column = next;
    } while (match[column]);
    for (; column; column = from[column]) match[column] = match[from[column]];
  }
  let sum = 0;
  for (let j = 1; j <= n; j++) sum += lengths[(match[j] - 1) * n + j - 1];
  return sum / n;
}
