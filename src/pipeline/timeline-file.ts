import { type ControlEntry, LoquentError, timelineSchema } from '../core/index.ts';
import { describeInput, openBytes } from '../media/input.ts';

/** Largest file that is read, bytes. */
const MAX_BYTES = 2 ** 26;
/** Problems that are named at most. */
const MOST_PROBLEMS = 5;

/**
 * Reads a timeline of controls: a JSON array of entries like `{ "time": 2.5, "emotion": { "happy": 0.6 } }`;
 * `docs/controls.md` shows what an entry can hold.
 *
 * @param input - Path, file URL or bytes.
 * @throws LoquentError `TIMELINE_INVALID` with line and field of what is wrong, `INPUT_*`.
 */
export async function readTimeline(input: string | URL | Uint8Array): Promise<ControlEntry[]> {
  await using file = await openBytes(input);
  if (file.size > MAX_BYTES) {
    throw new LoquentError('INPUT_TOO_LARGE', `${describeInput(input)} is too large for a timeline.`);
  }
  const text = new TextDecoder().decode(await file.read(0, file.size));
  const result = timelineSchema.safeParse(parseJson(text, describeInput(input)));
  if (result.success) return result.data;
  const lines = entryLines(text);
  const problems = result.error.issues.map(({ path, message }) => {
    const [index, ...field] = path;
    if (typeof index !== 'number') return 'it must be a JSON array of entries';
    const name = field.length === 0 ? '' : `${field.join('.')}: `;
    return `entry ${index + 1} (line ${lines[index] ?? '?'}): ${name}${message}`;
  });
  const more = problems.length > MOST_PROBLEMS ? `; and ${problems.length - MOST_PROBLEMS} more` : '';
  throw new LoquentError(
    'TIMELINE_INVALID',
    `${describeInput(input)} is no timeline: ${problems.slice(0, MOST_PROBLEMS).join('; ')}${more}.`,
    { details: { problems } },
  );
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message;
    const at = / position (\d+)/.exec(reason);
    const where = at ? ` (${lineAndColumn(text, Number(at[1]))})` : '';
    throw new LoquentError(
      'TIMELINE_INVALID',
      `${name} is no JSON: ${reason.replace(/ \(line.*\)$/, '')}${where}.`,
      { cause: error },
    );
  }
}

function lineAndColumn(text: string, position: number): string {
  const before = text.slice(0, position).split('\n');
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

/** The line, from 1, on which each entry of the outermost array begins. `text` is valid JSON. */
function entryLines(text: string): number[] {
  const lines: number[] = [];
  let line = 1;
  let depth = 0;
  let awaited = false;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]|\n|[^\s"[\]{},]+/g)) {
    if (token === '\n') {
      line++;
      continue;
    }
    if (depth === 1 && awaited && token !== ']') {
      lines.push(line);
      awaited = false;
    }
    if (token === '[' || token === '{') {
      depth++;
      if (depth === 1) awaited = true;
    } else if (token === ']' || token === '}') depth--;
    else if (token === ',' && depth === 1) awaited = true;
  }
  return lines;
}
