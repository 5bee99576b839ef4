// Points to learn, as clusters around centres; and how many of them a generator finds.

const SPIRAL = 160; // centres along it, so close that they make a line
const LINE = 0.03; // deviation of points around a line

/** Points around `centres` [[x, y], …], each with normal noise; `modes` says whether they are counted. */
export class Clusters {
  #noise = new Float64Array(2);

  constructor(centres, deviation, modes) {
    Object.assign(this, { centres, deviation, modes });
  }

  /** Fill an array with points drawn from a stream. */
  fill(points, stream) {
    for (let i = 0; i < points.length; i += 2) {
      const [x, y] = this.centres[Math.floor(stream.uniform() * this.centres.length)];
      stream.fillNormal(this.#noise);
      points[i] = x + this.deviation * this.#noise[0];
      points[i + 1] = y + this.deviation * this.#noise[1];
    }
  }

  /** Modes that hold a fair share of points, and the share of points near one: collapse.count_modes. */
  count(points, reach, fair) {
    const near = (reach * this.deviation) ** 2;
    const counts = this.centres.map(() => 0);
    let good = 0;
    for (let i = 0; i < points.length; i += 2) {
      let [least, mode] = [Infinity, 0];
      this.centres.forEach(([x, y], k) => {
        const away = (points[i] - x) ** 2 + (points[i + 1] - y) ** 2;
        if (away < least) [least, mode] = [away, k];
      });
      if (least >= near) continue;
      counts[mode] += 1;
      good += 1;
    }
    const n = points.length / 2;
    const share = (fair * n) / counts.length;
    return { found: counts.filter((count) => count >= share).length, good: good / n };
  }
}

const circle = (radius, n) =>
  Array.from({ length: n }, (_, k) => {
    const angle = (2 * Math.PI * k) / n;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });

const spiral = () =>
  Array.from({ length: SPIRAL }, (_, k) => {
    const angle = 1.5 * Math.PI * (1 + (2 * k) / SPIRAL); // as earth_mover.spiral
    return [(angle * Math.cos(angle)) / 7, (angle * Math.sin(angle)) / 7];
  });

/** The data of a name; a drawing's centres are the reader's. */
export function dataOf(name, { radius, deviation, modes }, drawing) {
  const grid = [-2, -1, 0, 1, 2].flatMap((x) => [-2, -1, 0, 1, 2].map((y) => [x, y]));
  const two = () => [...circle(radius, modes), ...circle(radius / 2, modes)];
  if (name === "grid") return new Clusters(grid, deviation, true);
  if (name === "rings") return new Clusters(two(), deviation, true);
  if (name === "spiral") return new Clusters(spiral(), LINE, false);
  if (name === "drawing") return new Clusters(drawing, LINE, false);
  return new Clusters(circle(radius, modes), deviation, true);
}
