// The page's side of the workers: one for each game, all of them at the same step.

class Player {
  #waiting = []; // promises' ends, in the order of the questions
  #worker = new Worker(new URL("worker.mjs", import.meta.url), { type: "module" });

  constructor() {
    this.#worker.onmessage = ({ data }) => this.#waiting.shift().resolve(data);
    this.#worker.onerror = () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error("the worker doesn't start"));
    };
  }

  ask(message) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(message);
    });
  }

  /** Give its memory back: questions that wait get no answer, but an end. */
  stop() {
    this.#worker.terminate();
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }
}

export class Players {
  #players = [];

  /** Begin games { recipe, seed, data, drawing, settings }: what each shows before its first step. */
  begin(games) {
    while (this.#players.length < games.length) this.#players.push(new Player());
    for (const player of this.#players.splice(games.length)) player.stop();
    return this.#all((k) => ({ begin: games[k], steps: 0 }));
  }

  /** Let all games go on by so many steps: what each shows then. */
  advance(steps) {
    return this.#all(() => ({ steps }));
  }

  #all(message) {
    return Promise.all(this.#players.map((player, k) => player.ask(message(k))));
  }

  /** Give the workers' memory back. */
  stop() {
    for (const player of this.#players.splice(0)) player.stop();
  }
}
