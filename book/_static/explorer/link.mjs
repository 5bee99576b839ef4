// What an explorer shows, as the end of a link: #explorer?model=beyond-real&a=7&b=8&t=0.5&moves=…

/** The fragment that keeps a state { model, a, b, t, moves: { model: [amount, …] } }. */
export function toFragment(key, { model, a, b, t, moves }) {
  const moved = Object.entries(moves)
    .filter(([, amounts]) => amounts.some(Boolean))
    .map(([name, amounts]) => `${name}:${amounts.map((amount) => +amount.toFixed(2)).join(",")}`);
  const parts = [`model=${model}`, `a=${a}`, `b=${b}`, `t=${+t.toFixed(3)}`];
  if (moved.length) parts.push(`moves=${moved.join(";")}`);
  return `#${key}?${parts.join("&")}`;
}

/** The state that a fragment keeps, as far as it makes sense; undefined if it is another's. */
export function fromFragment(key, fragment) {
  if (!fragment.startsWith(`#${key}?`)) return undefined;
  const said = new URLSearchParams(fragment.slice(key.length + 2));
  const moves = (said.get("moves") ?? "")
    .split(";")
    .map((move) => move.split(":"))
    .filter(([name, amounts]) => name && amounts)
    .map(([name, amounts]) => [name, amounts.split(",").map((amount) => within(amount, -3, 3) ?? 0)]);
  const state = {
    model: said.get("model") ?? undefined,
    a: seed(said.get("a")),
    b: seed(said.get("b")),
    t: within(said.get("t"), 0, 1),
    moves: Object.fromEntries(moves),
  };
  return Object.fromEntries(Object.entries(state).filter(([, value]) => value !== undefined));
}

/** A seed as torch takes it, here up to 32 bits; undefined for anything else. */
export function seed(text) {
  return /^\d{1,10}$/.test(text ?? "") && +text < 2 ** 32 ? +text : undefined;
}

function within(text, low, high) {
  const number = parseFloat(text);
  return Number.isFinite(number) ? Math.min(high, Math.max(low, number)) : undefined;
}
