import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** A young generation of this size holds the garbage of a dozen frames: collecting it costs next to nothing. */
const ENOUGH_BYTES = 16_000_000;

let steady = false;

/**
 * Keeps the memory of a long job where that of a short one is: V8 doubles the young generation again and again while it
 * runs, up to 100 MB for a job of 20 minutes, and a renderer gains nothing from it. To be called now and then; it acts
 * once the young generation has its size. (From the start it would stay so small that garbage counts as old.)
 */
export function keepHeapSteady(): void {
  if (steady) return;
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  if (young && young.space_size < ENOUGH_BYTES) return;
  setFlagsFromString('--semi-space-growth-factor=1');
  steady = true;
}
