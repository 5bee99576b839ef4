// A cover as a file of the reader's.

const SIDE = 1024; // pixels

/** Save what a canvas shows, enlarged as it is on the page. */
export function save(canvas, name) {
  const large = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  const context = large.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(canvas, 0, 0, SIDE, SIDE);
  large.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, "image/png");
}
