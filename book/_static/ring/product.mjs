// The one product that networks are made of.

/**
 * c[r, q] = Σ over k of a[r · ar + k · ak] · b[q · bq + k · bk], for `rows`, `columns` and `depth`.
 *
 * The strides transpose: x wᵀ, d w and dᵀ x are all this. A block of 4 × 4 sums is kept at hand, so
 * that each value that is loaded serves four of them.
 */
export function product(c, a, b, rows, columns, depth, ar, ak, bq, bk) {
  const [wholeRows, wholeColumns] = [rows - (rows % 4), columns - (columns % 4)];
  for (let r = 0; r < wholeRows; r += 4) {
    for (let q = 0; q < wholeColumns; q += 4) {
      let i = r * ar;
      let j = q * bq;
      let c00 = 0, c01 = 0, c02 = 0, c03 = 0;
      let c10 = 0, c11 = 0, c12 = 0, c13 = 0;
      let c20 = 0, c21 = 0, c22 = 0, c23 = 0;
      let c30 = 0, c31 = 0, c32 = 0, c33 = 0;
      for (let k = 0; k < depth; k++, i += ak, j += bk) {
        const b0 = b[j], b1 = b[j + bq], b2 = b[j + 2 * bq], b3 = b[j + 3 * bq];
        const a0 = a[i];
        c00 += a0 * b0; c01 += a0 * b1; c02 += a0 * b2; c03 += a0 * b3;
        const a1 = a[i + ar];
        c10 += a1 * b0; c11 += a1 * b1; c12 += a1 * b2; c13 += a1 * b3;
        const a2 = a[i + 2 * ar];
        c20 += a2 * b0; c21 += a2 * b1; c22 += a2 * b2; c23 += a2 * b3;
        const a3 = a[i + 3 * ar];
        c30 += a3 * b0; c31 += a3 * b1; c32 += a3 * b2; c33 += a3 * b3;
      }
      let at = r * columns + q;
      c[at] = c00; c[at + 1] = c01; c[at + 2] = c02; c[at + 3] = c03;
      at += columns;
      c[at] = c10; c[at + 1] = c11; c[at + 2] = c12; c[at + 3] = c13;
      at += columns;
      c[at] = c20; c[at + 1] = c21; c[at + 2] = c22; c[at + 3] = c23;
      at += columns;
      c[at] = c30; c[at + 1] = c31; c[at + 2] = c32; c[at + 3] = c33;
    }
  }
  for (let r = 0; r < rows; r++) {
    for (let q = r < wholeRows ? wholeColumns : 0; q < columns; q++) {
      let sum = 0;
      for (let k = 0, i = r * ar, j = q * bq; k < depth; k++, i += ak, j += bk) sum += a[i] * b[j];
      c[r * columns + q] = sum;
    }
  }
}
