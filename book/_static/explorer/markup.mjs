// What an explorer is made of.

const icon = (path) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
const DICE =
  "M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zm3 3.2a1.8 1.8 0 1 0 0 3.6 " +
  "1.8 1.8 0 0 0 0-3.6zm4 4a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6zm4 4a1.8 1.8 0 1 0 0 3.6 1.8 1.8 " +
  "0 0 0 0-3.6z";
const PLAY = "M7 4.5v15l12.5-7.5z";
const PAUSE = "M6 4.5h4.2v15H6zm7.8 0H18v15h-4.2z";
const LINK =
  "M10.6 13.4a1 1 0 0 1 0-1.4 1 1 0 0 1 1.4 0 3 3 0 0 0 4.2 0l3-3a3 3 0 0 0-4.2-4.2l-1.3 1.3-1.4-1.4 " +
  "1.3-1.3a5 5 0 0 1 7 7l-3 3a5 5 0 0 1-7 0zm2.8-2.8a1 1 0 0 1 0 1.4 1 1 0 0 1-1.4 0 3 3 0 0 0-4.2 " +
  "0l-3 3A3 3 0 0 0 9 19.2l1.3-1.3 1.4 1.4-1.3 1.3a5 5 0 0 1-7-7l3-3a5 5 0 0 1 7 0z";
const SAVE = "M11 3h2v9.2l3.3-3.3 1.4 1.4L12 16l-5.7-5.7 1.4-1.4 3.3 3.3zM4 18h16v2H4z";

const end = (name, side) => `
  <div class="end" data-end="${name}">
    <button type="button" class="thumb" aria-label="Another cover for the ${side} end"
      title="Another cover here"><canvas aria-hidden="true"></canvas>${icon(DICE)}</button>
    <label>seed <input type="text" inputmode="numeric" pattern="[0-9]{1,10}" maxlength="10"
      autocomplete="off" aria-label="Seed of the ${side} end"></label>
  </div>`;

export const MARKUP = `
<div class="explorer">
  <div class="stage">
    <div class="sleeve">
      <div class="disc" aria-hidden="true"></div>
      <div class="front" title="Drag to morph, click for another cover">
        <slot></slot>
        <canvas class="cover" role="img" aria-label="" aria-busy="true"></canvas>
        <div class="loading"><progress aria-label="Loading"></progress><span aria-hidden="true"></span></div>
      </div>
      <button type="button" class="load"></button>
    </div>
    <div class="morph">
      ${end("a", "left")}
      <div class="film">
        <canvas aria-hidden="true"></canvas>
        <input type="range" class="time" min="0" max="1" step="0.01" aria-label="Morph">
      </div>
      <p class="status" role="status"></p>
      ${end("b", "right")}
    </div>
    <div class="actions">
      <button type="button" class="play" disabled aria-label="Play the morph" title="Play the morph">
        <span class="if-still">${icon(PLAY)}</span><span class="if-playing">${icon(PAUSE)}</span>
      </button>
      <button type="button" class="another primary">Another cover</button>
      <button type="button" class="save" disabled aria-label="Save as PNG"
        title="Save as PNG">${icon(SAVE)}</button>
      <button type="button" class="copy" aria-label="Copy a link to this cover"
        title="Copy a link to this cover">${icon(LINK)}</button>
    </div>
  </div>
  <div class="panel">
    <div class="models" role="radiogroup" aria-labelledby="models">
      <p class="name" id="models">Generator</p>
      <div class="segments"></div>
    </div>
    <div class="moves" role="group" aria-labelledby="moves">
      <div class="name"><span id="moves">Directions</span><button type="button" class="reset">Reset</button></div>
      <div class="pad">
        <canvas aria-hidden="true"></canvas>
        <input type="range" min="-3" max="3" step="0.05"><input type="range" min="-3" max="3" step="0.05">
        <span class="axis across" aria-hidden="true"></span><span class="axis up" aria-hidden="true"></span>
        <span class="knob"></span>
      </div>
      <div class="sliders"></div>
    </div>
  </div>
</div>`;

/** What stands around the explorer's child where no generator could be loaded. */
export const STILL = `
<style>
  button { font: inherit; margin-top: 0.5rem; min-height: 2.75rem; padding: 0 1rem }
  @media print { button { display: none } }
</style>
<slot></slot><button type="button">Try again</button>`;

/** One choice of a generator. */
export function segment(name, text) {
  const label = document.createElement("label");
  label.innerHTML = `<input type="radio" name="model"><span></span>`;
  label.querySelector("input").value = name;
  label.querySelector("span").textContent = text;
  return label;
}

/** A slider along one direction. */
export function slider(name, place) {
  const label = document.createElement("label");
  label.innerHTML = `<span></span><input type="range" min="-3" max="3" step="0.05" value="0">`;
  label.querySelector("span").textContent = name;
  label.querySelector("input").dataset.place = place;
  return label;
}
