// What an explorer says: of generators, and of what it shows.

const KNOWN = { dcgan: "DCGAN", "wgan-gp": "WGAN-GP", beyond: "Beyond" };

/** What readers call a generator: by its recipe, and by its covers where those differ in a choice. */
export function title(name, choice) {
  const [, recipe, covers] = name.match(/^(.*?)(?:-(real|synthetic))?$/);
  const alike = choice.every((other) => other.endsWith(covers ? `-${covers}` : ""));
  return (KNOWN[recipe] ?? recipe) + (covers && !alike ? `, ${covers}` : "");
}

/** A state in short, for the eye, which sees the sliders: model and place, how many directions. */
export function caption(state, about) {
  const count = along(state, about).length;
  const moved = count ? [`moved along ${count} ${count === 1 ? "direction" : "directions"}`] : [];
  return [place(state, about), ...moved].join(", ");
}

/** A state in full, with each amount. */
export function description(state, about) {
  return [place(state, about), ...along(state, about)].join(", ");
}

/** Bytes, as readers count them. */
export const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

function place({ model, a, b, t }, about) {
  const way = `${Math.round(100 * t)} % from seed ${a} to ${b}`;
  return `${title(model, Object.keys(about))}, ${t <= 0 ? `seed ${a}` : t >= 1 ? `seed ${b}` : way}`;
}

function along({ moves }, about) {
  return Object.entries(moves).flatMap(([name, amounts]) =>
    amounts
      .map((amount, k) => amount && `${about[name].directions[k].name} ${amount}`)
      .filter(Boolean),
  );
}
