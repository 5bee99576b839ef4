// A trainer's settings as the end of a link: #ring?games=bce,wasserstein&data=ring&seed=0&critic=5&…

import { DATA_NAMES, LOSS_NAMES } from "./words.mjs";

const LEVELS = 64; // places of a drawing along each axis
const REACH = 3;
const SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
export const MOST_GAMES = 3;
export const MOST_CENTRES = 240; // of a drawing

/** The choices of each slider. */
export const CHOICES = {
  critic: [1, 2, 3, 5, 10],
  penalty: [0, 0.01, 0.1, 1, 10, 100],
  gamma: [0, 0.01, 0.1, 1, 10],
  lr: [0.0001, 0.0003, 0.001, 0.003, 0.01],
};

/** The fragment that keeps a state { games, data, seed, critic, penalty, gamma, lr, drawing }. */
export function toFragment(key, { games, data, seed, critic, penalty, gamma, lr, drawing }) {
  const parts = { games: games.join(","), data, seed, critic, penalty, gamma, lr };
  if (data === "drawing") parts.drawing = drawing.map(([x, y]) => sign(x) + sign(y)).join("");
  const said = Object.entries(parts).map(([name, value]) => `${name}=${value}`);
  return `#${key}?${said.join("&")}`;
}

/** The state that a fragment keeps, as far as it makes sense; undefined if it is another's. */
export function fromFragment(key, fragment) {
  if (!fragment.startsWith(`#${key}?`)) return undefined;
  return sensible(Object.fromEntries(new URLSearchParams(fragment.slice(key.length + 2))));
}

/** What makes sense of texts by name, from a link or from attributes. */
export function sensible(said) {
  const games = (said.games ?? "").split(",").filter((loss) => Object.hasOwn(LOSS_NAMES, loss));
  const drawing = (said.drawing ?? "").match(/[\w-]{2}/g)?.map((pair) => [...pair].map(place));
  const state = {
    games: games.length ? games.slice(0, MOST_GAMES) : undefined,
    data: Object.hasOwn(DATA_NAMES, said.data ?? "") ? said.data : undefined,
    seed: seedOf(said.seed),
    drawing: drawing?.slice(0, MOST_CENTRES),
  };
  for (const [name, choices] of Object.entries(CHOICES)) {
    state[name] = choices.find((choice) => choice === parseFloat(said[name]));
  }
  return Object.fromEntries(Object.entries(state).filter(([, value]) => value !== undefined));
}

/** A seed of up to 32 bits; undefined for anything else. */
export const seedOf = (text) =>
  /^\d{1,10}$/.test(text ?? "") && +text < 2 ** 32 ? +text : undefined;

/** The nearest place that a link can keep. */
export const rounded = (value) => place(sign(value));

function sign(value) {
  const level = Math.round(((value / REACH + 1) / 2) * (LEVELS - 1));
  return SIGNS[Math.min(LEVELS - 1, Math.max(0, level))];
}

const place = (letter) => REACH * ((2 * SIGNS.indexOf(letter)) / (LEVELS - 1) - 1);
