// Losses, by their slopes: how a sample's score should change. Names are those of covers_lib's recipes.

const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/**
 * For each loss, the derivative of the discriminator's by the scores of a real sample and of a fake,
 * and of the generator's by the score of a fake. `other` is the score of the partner in a pair.
 */
export const LOSSES = {
  bce: {
    real: (score) => -sigmoid(-score),
    fake: (score) => sigmoid(score),
    generator: (score) => -sigmoid(-score),
  },
  saturating: {
    real: (score) => -sigmoid(-score),
    fake: (score) => sigmoid(score),
    generator: (score) => -sigmoid(score),
  },
  wasserstein: { real: () => -1, fake: () => 1, generator: () => -1 },
  relativistic: {
    real: (score, other) => -sigmoid(other - score),
    fake: (score, other) => sigmoid(score - other),
    generator: (score, other) => -sigmoid(other - score),
  },
};
