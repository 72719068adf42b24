/** What is written: an MP4, WebM or QuickTime file, or a folder of PNG pictures. */
export type Container = 'mp4' | 'webm' | 'mov' | 'png';

/** How the pictures of a sequence are called. */
export interface FrameNames {
  readonly prefix: string;
  /** Least number of digits; smaller numbers get leading zeros. */
  readonly digits: number;
  readonly suffix: string;
}

/** Where a result goes and in which form, as its name says. */
export interface OutputTarget {
  readonly container: Container;
  /** The file, or the folder of a sequence; `-` is standard output. */
  readonly path: string;
  /** Only for sequences. */
  readonly frames: FrameNames | null;
}

/** Names of the pictures when only a folder is given. */
const USUAL_NAMES: FrameNames = { prefix: '', digits: 5, suffix: '.png' };
/** Name of the sound beside the pictures of a sequence. */
export const SEQUENCE_SOUND = 'sound.wav';

/**
 * Reads an output name: `.mp4`, `.webm`, `.mov`, a folder (`frames/`) or a pattern in a folder (`frames/%05d.png`);
 * `-` is an MP4 file for standard output.
 *
 * @returns `null` if the name says none of these.
 */
export function outputTarget(output: string): OutputTarget | null {
  if (output === '-') return { container: 'mp4', path: output, frames: null };
  const folder = /^(.*[^/\\])[/\\]+$/s.exec(output)?.[1];
  if (folder !== undefined) return { container: 'png', path: folder, frames: USUAL_NAMES };
  const pattern = /^(.+)[/\\]([^/\\%]*)%0?(\d*)d([^/\\%]*\.png)$/is.exec(output);
  if (pattern) {
    const [, path = '', prefix = '', digits, suffix = ''] = pattern;
    return { container: 'png', path, frames: { prefix, digits: Math.min(12, Number(digits) || 1), suffix } };
  }
  const ending = /\.(mp4|webm|mov)$/i.exec(output)?.[1]?.toLowerCase();
  return ending === undefined ? null : { container: ending as Container, path: output, frames: null };
}

/** Name of the picture of frame `index`, from 0. */
export function frameName({ prefix, digits, suffix }: FrameNames, index: number): string {
  return `${prefix}${String(index).padStart(digits, '0')}${suffix}`;
}
