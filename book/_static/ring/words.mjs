// What a trainer says: of losses, of data, and of how a game stands.

export const LOSS_NAMES = {
  bce: "Standard loss (DCGAN)",
  saturating: "Standard loss, saturating",
  wasserstein: "WGAN-GP",
  relativistic: "Relativistic pairs, R1 and R2",
};

export const DATA_NAMES = {
  ring: "Ring",
  grid: "Grid of 25",
  rings: "Two rings",
  spiral: "Spiral",
  drawing: "Draw your own",
};

const percent = (share) => `${Math.round(100 * share)}%`;

/** The modes of a game and its high-quality points, in short. */
export function counts({ found, good }, { centres, modes }) {
  const quality = `${percent(good)} high quality`;
  return modes ? `${found} of ${centres.length} modes, ${quality}` : quality;
}

/** How all games stand, as a sentence for the live region. */
export function standing(seen, losses, data) {
  const [{ step }] = seen;
  const games = seen.map((one, k) => `${LOSS_NAMES[losses[k]]}: ${counts(one, data)}`);
  return `Step ${step.toLocaleString("en")}. ${games.join("; ")}.`;
}

/** What a game's picture shows, for those who cannot see it. */
export function description(one, loss, data, name) {
  const points = `Generated points in red, real ones in grey: ${DATA_NAMES[name].toLowerCase()}`;
  return `${LOSS_NAMES[loss]} at step ${one.step}. ${points}. ${counts(one, data)}.`;
}
