/** What is judged, in the order of reports. */
export const REVIEW_MEASURES = ['face', 'length', 'silence', 'lag', 'fit', 'jitter', 'blinks'] as const;
/** One of {@link REVIEW_MEASURES}. */
export type ReviewMeasure = (typeof REVIEW_MEASURES)[number];

/**
 * One figure of a review.
 *
 * | measure | what it is |
 * |---|---|
 * | `face` | share of frames in which a face is seen |
 * | `length` | seconds by which the pictures are longer than the sound |
 * | `silence` | share of the frames of silence in which the mouth is closed |
 * | `lag` | seconds by which the mouth is later than the sound; negative: earlier |
 * | `fit` | correlation of the mouth's opening with the one that the sound lets expect |
 * | `jitter` | tremble of forehead, nose and eyes, in distances of the eyes |
 * | `blinks` | blinks per minute |
 */
export interface ReviewFigure {
  readonly measure: ReviewMeasure;
  /** `null` where there is nothing to judge. */
  readonly value: number | null;
  /** From where to where it is as it should be; `null` for what is only told. */
  readonly range: { readonly least?: number; readonly most?: number } | null;
  /** Whether it lies there; `null` where there is no value or no range. */
  readonly good: boolean | null;
}
