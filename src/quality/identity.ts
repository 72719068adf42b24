/**
 * Likeness of two face embeddings: the cosine of the angle between them. Whether it is the same person depends on the
 * network; 1 is the same picture.
 *
 * @returns -1..1; 0 when one of them is zero.
 */
export function cosineSimilarity(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    ab += a[index]! * b[index]!;
    aa += a[index]! ** 2;
    bb += b[index]! ** 2;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}
