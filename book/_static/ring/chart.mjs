// The earth mover's distance as the games go on, and the critics' estimates of it.

import { fitted } from "./plane.mjs";
import { LOSS_NAMES } from "./words.mjs";

const [LEFT, BOTTOM, TOP] = [34, 20, 6];
const COLOURS = ["fake", "high", "ink"]; // of the games

/** Draw histories of games up to `step`, of `steps` or more: exact distances, and dashed the estimates. */
export function drawChart(canvas, colours, histories, step, steps) {
  const { context, width, height } = fitted(canvas);
  const places = histories.flat();
  const most = Math.max(steps, step);
  const high = Math.max(1, ...places.map(({ exact }) => 1.1 * exact));
  const x = (step) => LEFT + ((width - LEFT - 8) * step) / most;
  const y = (value) => TOP + (height - TOP - BOTTOM) * (1 - Math.min(value, high) / high);

  context.font = `11px ${getComputedStyle(canvas).fontFamily}`;
  context.lineWidth = 1;
  context.textBaseline = "middle";
  for (const value of Array.from({ length: Math.floor(high) + 1 }, (_, k) => k)) {
    context.strokeStyle = colours.line;
    line(context, [[x(0), y(value)], [x(most), y(value)]]);
    context.fillStyle = colours.quiet;
    context.textAlign = "right";
    context.fillText(value, LEFT - 6, y(value));
  }
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  context.fillText(`step ${step.toLocaleString("en")}`, Math.min(x(step), width - 70), height - 4);
  context.strokeStyle = colours.quiet;
  line(context, [[x(step), y(0)], [x(step), y(0) + 5]]);

  context.lineWidth = 2;
  histories.forEach((history, k) => {
    context.strokeStyle = colours[COLOURS[k]];
    line(context, history.map(({ step, exact }) => [x(step), y(exact)]));
    context.setLineDash([4, 4]);
    const told = history.filter(({ estimate }) => estimate !== undefined);
    line(context, told.map(({ step, estimate }) => [x(step), y(Math.max(0, estimate))]));
    context.setLineDash([]);
  });
}

function line(context, places) {
  context.beginPath();
  places.forEach(([x, y]) => context.lineTo(x, y));
  context.stroke();
}

/** The legend: a key for each game. */
export function legend(losses) {
  const keys = losses.map((loss, k) => {
    const key = document.createElement("span");
    key.className = "key";
    key.style.setProperty("--key", `var(--${COLOURS[k]})`);
    key.textContent = LOSS_NAMES[loss];
    return key;
  });
  const estimate = losses.includes("wasserstein") ? "; dashed: what the critic estimates" : "";
  const about = `Earth mover’s distance of 200 real and 200 generated points, exact${estimate}`;
  return [...keys.flatMap((key) => [key, " "]), about];
}

/** What the chart shows last, for those who cannot see it. */
export function chartWords(histories, losses) {
  const told = histories.map((history, k) => {
    const { exact, estimate } = history.at(-1);
    const guess = estimate === undefined ? "" : `, the critic estimates ${estimate.toFixed(2)}`;
    return `${LOSS_NAMES[losses[k]]} ${exact.toFixed(2)}${guess}`;
  });
  return `Chart of the exact earth mover’s distance. At step ${histories[0].at(-1).step}: ${told.join("; ")}.`;
}
