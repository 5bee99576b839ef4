// Whether what an explorer loads waits until the reader asks for it.

const PATIENCE = 15; // seconds that a reader waits, and may do other things, without being asked
const ENOUGH = 200_000; // bytes that tell how fast they came

/** Whether so many bytes are too many to load unasked: data are saved, or the page came slowly. */
export function shouldAsk(bytes) {
  return Boolean(navigator.connection?.saveData) || bytes > PATIENCE * speed();
}

/** Bytes a second in which the page's own files came over the network; Infinity if they did not. */
function speed() {
  const came = ["navigation", "resource"]
    .flatMap((kind) => performance.getEntriesByType(kind))
    .filter(({ transferSize, responseEnd }) => transferSize && responseEnd)
    .sort((one, other) => one.requestStart - other.requestStart);
  let [bytes, milliseconds, end] = [0, 0, 0];
  for (const { transferSize, requestStart, responseEnd } of came) {
    bytes += transferSize;
    milliseconds += Math.max(0, responseEnd - Math.max(end, requestStart)); // some come side by side
    end = Math.max(end, responseEnd);
  }
  return bytes < ENOUGH ? Infinity : (1000 * bytes) / milliseconds;
}
