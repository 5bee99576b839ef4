// A game's picture: what the discriminator says all over the plane, real and generated points, pushes.

import { ARROWS, CELLS, REACH } from "./observer.mjs";

const STRENGTH = 0.5; // of the colour where scores are highest
const LONGEST = 0.45; // an arrow, however strong the push
const CURSOR = 7;

/** Fit a canvas to its place on the screen: its context, in CSS pixels, and its width and height. */
export function fitted(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const sharp = Math.min(2, devicePixelRatio || 1);
  const [wide, high] = [Math.round(width * sharp), Math.round(height * sharp)];
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const context = canvas.getContext("2d");
  context.setTransform(sharp, 0, 0, sharp, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** The colours that the page's theme gives to an element. */
export function coloursOf(element) {
  const style = getComputedStyle(element);
  const names = ["real", "fake", "high", "ink", "quiet", "line"];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

/** Draw a game as it was seen last; `real` are its real points, `cursor` a place to draw at. */
export function drawPlane(canvas, colours, { seen, loss, real, cursor }) {
  const { context, width } = fitted(canvas);
  const x = (value) => (width * (value / REACH + 1)) / 2;
  const y = (value) => (width * (1 - value / REACH)) / 2;
  if (seen) {
    context.globalAlpha = STRENGTH;
    context.drawImage(heat(seen.scores, loss, colours.high), 0, 0, width, width);
    context.globalAlpha = 1;
  }
  const size = Math.max(1.2, width / 260);
  dots(context, real, x, y, size, colours.real);
  if (seen) {
    dots(context, seen.points, x, y, 1.15 * size, colours.fake);
    arrows(context, seen, x, y, colours.fake);
  }
  if (!cursor) return;
  context.strokeStyle = colours.ink;
  context.strokeRect(x(cursor[0]) - CURSOR, y(cursor[1]) - CURSOR, 2 * CURSOR, 2 * CURSOR);
}

function dots(context, points, x, y, size, colour) {
  context.fillStyle = colour;
  context.beginPath();
  for (let i = 0; i < points.length; i += 2) {
    const [across, down] = [x(points[i]), y(points[i + 1])];
    context.moveTo(across + size, down);
    context.arc(across, down, size, 0, 2 * Math.PI);
  }
  context.fill();
}

/** Lines from points to where a step wants them: longer for a stronger push, up to a limit. */
function arrows(context, { points, pushes }, x, y, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  for (let i = 0; i < 2 * ARROWS; i += 2) {
    const strength = Math.hypot(pushes[i], pushes[i + 1]);
    if (strength < 1e-3) continue;
    const times = (LONGEST * (1 - Math.exp(-strength))) / strength;
    const [dx, dy] = [times * pushes[i], times * pushes[i + 1]];
    const [endX, endY] = [x(points[i] + dx), y(points[i + 1] + dy)];
    context.moveTo(x(points[i]), y(points[i + 1]));
    context.lineTo(endX, endY);
    const angle = Math.atan2(-dy, dx);
    for (const turn of [2.6, -2.6]) {
      context.moveTo(endX, endY);
      context.lineTo(endX + 4 * Math.cos(angle + turn), endY + 4 * Math.sin(angle + turn));
    }
  }
  context.stroke();
}

let cells;

/** Scores as a small picture of one colour, the more opaque the higher: as probabilities, or ranked. */
function heat(scores, loss, colour) {
  cells ??= Object.assign(document.createElement("canvas"), { width: CELLS, height: CELLS });
  const context = cells.getContext("2d");
  const picture = context.createImageData(CELLS, CELLS);
  const likely = loss === "bce" || loss === "saturating";
  const [low, high] = likely ? [0, 1] : [Math.min(...scores), Math.max(...scores)];
  scores.forEach((score, k) => {
    const value = likely ? 1 / (1 + Math.exp(-score)) : score;
    picture.data[4 * k + 3] = (255 * (value - low)) / (high - low || 1);
  });
  context.globalCompositeOperation = "source-over";
  context.putImageData(picture, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = colour;
  context.fillRect(0, 0, CELLS, CELLS);
  return cells;
}
