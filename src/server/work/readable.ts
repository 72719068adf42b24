import type { Task } from './task.ts';

/** What clients call the files of a task. */
const NAMES = {
  image: 'the image',
  clip: 'the clip',
  video: 'the video',
  audio: 'the audio',
  teeth: 'the picture of the teeth',
  background: 'the background picture',
  output: 'the result',
  trace: 'the trace',
} as const;

/**
 * The same report or error, in which every text says "the image" and not where the file lies: paths of the service mean
 * nothing to clients and are not theirs to know.
 */
export function withoutPaths<T>(value: T, task: Task): T {
  const files: Partial<Record<keyof typeof NAMES, unknown>> = { ...task };
  const text = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'string' ? rename(part, files) : part,
  );
  return JSON.parse(text) as T;
}

function rename(text: string, files: Partial<Record<keyof typeof NAMES, unknown>>): string {
  let renamed = text;
  for (const [role, name] of Object.entries(NAMES)) {
    const path = files[role as keyof typeof NAMES];
    if (typeof path === 'string') renamed = renamed.replaceAll(`"${path}"`, name).replaceAll(path, name);
  }
  return renamed === text ? text : `${renamed[0]!.toUpperCase()}${renamed.slice(1)}`;
}
