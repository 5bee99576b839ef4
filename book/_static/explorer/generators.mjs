// The page's side of the worker: what is asked for, in which order, and that only the newest counts.

/** Bytes of ONNX Runtime as it is sent, which book/build.py compresses: a test holds this to it. */
export const RUNTIME = 3_650_000;

export class Generators {
  #worker;
  #waiting = new Map(); // channel -> { model, z, resolve, reject }
  #flying; // what the worker is at, one at a time
  #last;
  #loading; // called with the bytes that have come, while something is loaded

  constructor(loading = () => {}) {
    this.#loading = loading;
  }

  /** What a model's JSON says of it: its size, latent and directions; undefined if it isn't there. */
  async about(model) {
    const answer = await fetch(new URL(`models/${model}.json`, import.meta.url)).catch(() => null);
    return answer?.ok ? answer.json().catch(() => undefined) : undefined;
  }

  /**
   * A cover (ImageData) of the latent z by a model.
   *
   * Of the requests on a channel that wait, the newest alone is answered: the others give undefined.
   * The channel "cover" comes first, but for every second place while others wait. Where a model
   * fails, one request is rejected, with an error that says why, and the others of that model give
   * undefined; the next one tries again.
   */
  paint(channel, model, z) {
    return new Promise((resolve, reject) => {
      this.#waiting.get(channel)?.resolve();
      this.#waiting.set(channel, { model, z, resolve, reject });
      this.#next();
    });
  }

  #next() {
    if (this.#flying || !this.#waiting.size) return;
    this.#worker ??= this.#start();
    const others = [...this.#waiting.keys()].filter((channel) => channel !== "cover");
    const cover = this.#waiting.has("cover") && !(this.#last === "cover" && others.length);
    this.#last = cover ? "cover" : others[0];
    this.#flying = this.#waiting.get(this.#last);
    this.#waiting.delete(this.#last);
    this.#worker.postMessage({ model: this.#flying.model, z: this.#flying.z });
  }

  #start() {
    const worker = new Worker(new URL("worker.mjs", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => this.#answer(data);
    worker.onerror = () => {
      worker.terminate();
      this.#worker = undefined; // the next request starts one anew
      this.#answer({ error: "what runs it doesn't start" });
    };
    return worker;
  }

  #answer({ loaded, cover, error }) {
    if (loaded !== undefined) return this.#loading(loaded);
    const request = this.#flying;
    this.#flying = undefined;
    if (error) this.#fail(request, error);
    else request.resolve(cover);
    this.#next();
  }

  #fail(request, reason) {
    request?.reject(new Error(reason));
    for (const [channel, { model, resolve }] of this.#waiting) {
      if (model !== request?.model) continue;
      this.#waiting.delete(channel);
      resolve();
    }
  }

  /** Give the worker's memory back. */
  stop() {
    this.#worker?.terminate();
    this.#worker = this.#flying = undefined;
    this.#waiting.clear();
  }
}
