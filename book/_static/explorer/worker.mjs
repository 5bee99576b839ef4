// The generators at work, off the page's own thread: one cover for each message that comes.

import { InferenceSession, Tensor, env } from "../vendor/ort/ort.wasm.bundle.min.mjs";

const WASM = "../vendor/ort/ort-wasm-simd-threaded.wasm";
env.wasm.wasmPaths = { wasm: new URL(WASM, import.meta.url).href };
env.wasm.numThreads = 1; // several need headers that a plain server doesn't send

const sessions = new Map(); // model's name -> promise of its session

self.onmessage = async ({ data: { model, z } }) => {
  try {
    if (!sessions.has(model)) sessions.set(model, load(model));
    const session = await sessions.get(model);
    const { image } = await session.run({ z: new Tensor("float32", z, [1, z.length]) });
    const cover = picture(image);
    self.postMessage({ cover }, [cover.data.buffer]);
  } catch (error) {
    self.postMessage({ error: error.message });
  }
};

async function load(model) {
  const answer = await fetch(new URL(`models/${model}.onnx`, import.meta.url));
  if (!answer.ok) throw new Error(`there is no ${model}.onnx`);
  return InferenceSession.create(new Uint8Array(await answer.arrayBuffer()));
}

/** Bytes of a picture (1, 3, size, size) in [-1, 1], rounded as covers_lib.pack.to_images does. */
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
