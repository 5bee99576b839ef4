// The generators at work, off the page's own thread: one cover for each message that comes.

import { InferenceSession, Tensor, env } from "../vendor/ort/ort.wasm.bundle.min.mjs";

// The smallest of the builds that onnxruntime-web ships, with all operators and no GPU; one with the
// few operators of these generators each project has to compile for itself.
const WASM = "../vendor/ort/ort-wasm-simd-threaded.wasm.gz";
env.wasm.numThreads = 1; // several need headers that a plain server doesn't send

const sessions = new Map(); // model's name -> promise of its session
let runtime; // promise that ONNX Runtime's code has come
let loaded = 0; // bytes, for the cover that is asked for

self.onmessage = async ({ data: { model, z } }) => {
  loaded = 0;
  try {
    if (!sessions.has(model)) sessions.set(model, load(model));
    const session = await sessions.get(model);
    const { image } = await session.run({ z: new Tensor("float32", z, [1, z.length]) });
    const cover = picture(image);
    self.postMessage({ cover }, [cover.data.buffer]);
  } catch (error) {
    sessions.delete(model); // the next cover tries again
    console.warn(error);
    const lost = error instanceof Lost;
    self.postMessage({ error: lost ? error.message : "this browser doesn't run it" });
  }
};

async function load(model) {
  runtime ??= fetchRuntime();
  const [file] = await Promise.all([bytes(`models/${model}.onnx`), runtime]);
  const session = await InferenceSession.create(new Uint8Array(file));
  env.wasm.wasmBinary = undefined; // once compiled, 14 MB of the reader's memory
  return session;
}

async function fetchRuntime() {
  try {
    const code = await bytes(WASM, (stream) => stream.pipeThrough(new DecompressionStream("gzip")));
    env.wasm.wasmBinary = code;
  } catch (error) {
    runtime = undefined; // the next cover tries again
    throw error;
  }
}

/** What a file holds. How much of it has come is told to the page. */
async function bytes(path, unpacked = (stream) => stream) {
  const url = new URL(path, import.meta.url);
  const answer = await fetch(url).catch(() => undefined);
  if (!answer) throw new Lost("the connection failed");
  if (!answer.ok) throw new Lost(`${url.pathname.split("/").at(-1)} isn't on this server`);
  const count = (chunk, stream) => {
    stream.enqueue(chunk);
    self.postMessage({ loaded: (loaded += chunk.length) });
  };
  const counted = answer.body.pipeThrough(new TransformStream({ transform: count }));
  return new Response(unpacked(counted)).arrayBuffer().catch(() => {
    throw new Lost("the connection failed");
  });
}

/** A file didn't come: the message says why, as a clause. */
class Lost extends Error {}

/** Bytes of a picture (1, 3, size, size) in [-1, 1], rounded as covers_lib.images.to_images does. */
function picture({ data, dims }) {
  const [height, width] = dims.slice(2);
  const area = height * width;
  const bytes = new Uint8ClampedArray(4 * area); // which clamps, and rounds halves to even
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) {
      bytes[4 * i + c] = Math.fround(Math.fround(data[c * area + i] + 1) * 127.5);
    }
    bytes[4 * i + 3] = 255;
  }
  return new ImageData(bytes, width, height);
}
