import {
  type ControlEntry,
  parseOptions,
  type RenderOptions,
  renderSchema,
  type Warning,
} from '../core/index.ts';

/** What footage has of its own: head, eyes and brows move as they were filmed. */
const FILMED = [
  'head',
  'blink',
  'gazeAmount',
  'gaze',
  'distance',
  'pose',
  'gazeGuidance',
  'activity',
  'still',
] as const satisfies readonly (keyof RenderOptions)[];

/**
 * What was asked for and cannot be seen in footage; `null` if there is nothing of that kind.
 *
 * @param timeline - What is to change on the way, as far as it is known.
 * @param listens - Whether the person is to nod to somebody else's speech.
 */
export function withoutEffect(
  options: RenderOptions,
  timeline: readonly ControlEntry[],
  listens: boolean,
): Warning | null {
  const usual = parseOptions(renderSchema, {});
  const isUsual = (name: (typeof FILMED)[number]): boolean =>
    JSON.stringify(options[name]) === JSON.stringify(usual[name]);
  const changing = new Set(timeline.flatMap((entry) => Object.keys(entry)));
  const names: string[] = FILMED.filter((name) => !isUsual(name) || changing.has(name));
  if (listens) names.push('listenTo');
  if (names.length === 0) return null;
  const message = `Head, eyes and brows of footage move as they were filmed: ${names.join(', ')} had no effect.`;
  return { code: 'OPTIONS_WITHOUT_EFFECT', message };
}
