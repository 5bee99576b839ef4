// What a trainer is made of.

import { CHOICES } from "./link.mjs";
import { DATA_NAMES, LOSS_NAMES } from "./words.mjs";

const icon = (path) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
const PLAY = "M7 4.5v15l12.5-7.5z";
const PAUSE = "M6 4.5h4.2v15H6zm7.8 0H18v15h-4.2z";
const STEP = "M6 4.5v15l9-7.5zM16 4.5h3v15h-3z";
const RESET =
  "M12 5V1.5L6.5 6.5 12 11.5V8a5 5 0 1 1-5 5H4a8 8 0 1 0 8-8z";
const LINK =
  "M10.6 13.4a1 1 0 0 1 0-1.4 1 1 0 0 1 1.4 0 3 3 0 0 0 4.2 0l3-3a3 3 0 0 0-4.2-4.2l-1.3 1.3-1.4-1.4 " +
  "1.3-1.3a5 5 0 0 1 7 7l-3 3a5 5 0 0 1-7 0zm2.8-2.8a1 1 0 0 1 0 1.4 1 1 0 0 1-1.4 0 3 3 0 0 0-4.2 " +
  "0l-3 3A3 3 0 0 0 9 19.2l1.3-1.3 1.4 1.4-1.3 1.3a5 5 0 0 1-7-7l3-3a5 5 0 0 1 7 0z";

const options = (names) =>
  Object.entries(names).map(([value, name]) => `<option value="${value}">${name}</option>`).join("");

const slider = (name, label) => `
  <label class="slider" data-name="${name}"><span>${label}</span>
    <input type="range" min="0" max="${CHOICES[name].length - 1}" step="1"><span class="choice" aria-hidden="true"></span></label>`;

export const MARKUP = `
<div class="trainer">
  <div class="games"></div>
  <div class="chart">
    <p class="legend"></p>
    <canvas role="img" aria-label="Chart of the exact earth mover’s distance"></canvas>
  </div>
  <div class="actions">
    <button type="button" class="play primary"><span class="if-still">${icon(PLAY)}</span><span
      class="if-playing">${icon(PAUSE)}</span><span class="label">Play</span></button>
    <button type="button" class="step" aria-label="One step" title="One step">${icon(STEP)}</button>
    <button type="button" class="reset" aria-label="Back to the start"
      title="Back to the start">${icon(RESET)}</button>
    <label class="speed"><span>Speed</span><select>
      <option value="1">1 step a second</option><option value="10">10 steps a second</option>
      <option value="0" selected>as fast as it goes</option></select></label>
    <button type="button" class="copy" aria-label="Copy a link to these settings"
      title="Copy a link to these settings">${icon(LINK)}</button>
  </div>
  <p class="status" role="status"></p>
  <div class="settings">
    <fieldset class="data"><legend>Real points</legend><div class="segments"></div>
      <button type="button" class="clear" hidden>Clear the drawing</button></fieldset>
    ${slider("critic", "Critic steps")}
    ${slider("lr", "Learning rate")}
    ${slider("penalty", "λ of WGAN-GP")}
    ${slider("gamma", "γ of R1 and R2")}
    <label class="seed"><span>Seed</span><input type="text" inputmode="numeric" pattern="[0-9]{1,10}"
      maxlength="10" autocomplete="off"></label>
    <div class="count"><button type="button" class="more">Add a game</button><button type="button"
      class="fewer">Remove the last game</button></div>
  </div>
  <slot></slot>
</div>`;

/** One game: which loss it is played by, its picture, and how it stands. */
export function gameBox(place) {
  const box = document.createElement("div");
  box.className = "game";
  box.innerHTML = `
    <select aria-label="Loss of game ${place + 1}">${options(LOSS_NAMES)}</select>
    <canvas class="plane" role="img" aria-label="Real points"></canvas>
    <p class="standing" aria-hidden="true">&nbsp;</p>`;
  return box;
}

/** A choice of data. */
export function segment(name) {
  const label = document.createElement("label");
  label.innerHTML = `<input type="radio" name="data" value="${name}"><span>${DATA_NAMES[name]}</span>`;
  return label;
}
