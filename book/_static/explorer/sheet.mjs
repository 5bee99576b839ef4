// Sheets of covers around the one that is shown: the ends, the strip between them, the pad's map.

/** A canvas that holds covers in rows. `ask(model, z)` gives a cover, or undefined if it is not wanted. */
export class Sheet {
  #painted; // { model, latents }: the newest, whether or not it is complete

  constructor(canvas, columns, ask) {
    Object.assign(this, { canvas, columns, ask });
  }

  /** Paint the covers of latents, row by row, until newer ones are asked for. */
  async paint(model, latents) {
    if (this.#painted?.model === model && same(latents, this.#painted.latents)) return;
    const sheet = (this.#painted = { model, latents });
    const { canvas, columns } = this;
    const rows = latents.length / columns;
    for (const place of fromTheMiddle(columns, rows)) {
      const cover = await this.ask(model, latents[place]);
      if (!cover || this.#painted !== sheet) return;
      const [width, height] = [columns * cover.width, rows * cover.height];
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      const [x, y] = [place % columns, Math.floor(place / columns)];
      canvas.getContext("2d").putImageData(cover, cover.width * x, cover.height * y);
    }
  }
}

const same = (one, other) => one.every((z, i) => z.every((value, k) => value === other[i]?.[k]));

/** The places of a sheet, counted row by row, those nearest to its middle first. */
function fromTheMiddle(columns, rows) {
  const away = (place) =>
    Math.hypot((place % columns) - (columns - 1) / 2, Math.floor(place / columns) - (rows - 1) / 2);
  return [...Array(columns * rows).keys()].sort((one, other) => away(one) - away(other));
}
