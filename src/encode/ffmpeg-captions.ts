import { LoquentError } from '../core/index.ts';
import { platform } from '../platform/index.ts';

/** The filter that draws a script of captions. @param transparent - Whether frames are, so that letters stay opaque. */
export function captionFilter(path: string, transparent: boolean): string {
  return `ass=filename=${escaped(path)}${transparent ? ':alpha=1' : ''}`;
}

/** A path as the value of a filter's option: escaped once for the option, and once for the list of filters. */
function escaped(path: string): string {
  return path.replace(/[\\':]/g, '\\$&').replace(/[\\'[\],;]/g, '\\$&');
}

/**
 * Draws the captions once, on nothing, to know that they can be drawn before any work is done.
 *
 * @param command - Path of the FFmpeg program.
 * @throws LoquentError `ENCODER_MISSING` if FFmpeg lacks libass, or there is no font.
 */
export async function expectCaptions(command: string, path: string): Promise<void> {
  const picture = ['-f', 'lavfi', '-i', 'color=size=64x64:duration=0.1:rate=10'];
  const drawn = ['-vf', captionFilter(path, false), '-f', 'null', '-'];
  await using process = platform().spawn({
    command,
    args: ['-hide_banner', '-loglevel', 'warning', '-nostdin', ...picture, ...drawn],
  });
  if ((await process.exited) !== 0) throw captionsMissing('this FFmpeg has no libass', process.stderr);
  if (/failed to find any fallback|can't find selected font provider/i.test(process.stderr))
    throw captionsMissing('no font is installed', process.stderr);
}

/** What it says when captions cannot be drawn. */
export function captionsMissing(lack: string, said = ''): LoquentError {
  const lines = said.trim().split('\n').filter(Boolean).slice(-4);
  return new LoquentError('ENCODER_MISSING', `The captions cannot be drawn: ${lack}.`, {
    hint: 'Install an FFmpeg with libass, and a font; or leave the captions out of the pictures.',
    ...(lines.length > 0 && { details: { lines } }),
  });
}
