// One game at work, off the page's own thread: it goes on by so many steps, and shows itself.

import { dataOf } from "./data.mjs";
import { Game } from "./game.mjs";
import { Observer } from "./observer.mjs";

let observer;

self.onmessage = ({ data: { begin, steps } }) => {
  if (begin) {
    const { recipe, seed, data, drawing, settings } = begin;
    const game = new Game(recipe, seed, dataOf(data, settings, drawing));
    observer = new Observer(game, seed, settings);
  }
  observer.advance(steps);
  const seen = observer.look();
  self.postMessage(seen, [seen.points.buffer, seen.scores.buffer, seen.pushes.buffer]);
};
