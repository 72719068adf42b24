import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { flagsOf, optionsFor, pick } from '../../src/cli/flags.ts';
import { LoquentError, parseOptions, renderSchema } from '../../src/core/index.ts';

/** What the library gets when the user types `args`. */
function typed(...args: string[]): object {
  const command = new Command().exitOverride();
  for (const option of optionsFor(renderSchema)) command.addOption(option);
  return pick(renderSchema, command.parse(args, { from: 'user' }).opts());
}

describe('flags from the schema', () => {
  test('every option of the schema has exactly one flag with a description', () => {
    const flags = flagsOf(renderSchema);
    expect(flags.map(({ name }) => name)).toEqual(Object.keys(renderSchema.shape));
    expect(flags.filter(({ description }) => description.trim() === '')).toEqual([]);
    expect(new Set(flags.map(({ syntax }) => syntax)).size).toBe(flags.length);
  });

  test('names become kebab-case, switches take no value, a switch that is on gets a --no- form', () => {
    const syntax = Object.fromEntries(flagsOf(renderSchema).map((flag) => [flag.name, flag.syntax]));
    expect(syntax).toMatchObject({
      fps: '--fps <number>',
      maxDuration: '--max-duration <number>',
      crop: '--crop <name>',
      still: '--still',
      cache: '--no-cache',
    });
  });

  test('ranges, choices and defaults are those of the schema', () => {
    const fps = flagsOf(renderSchema).find(({ name }) => name === 'fps');
    expect(fps).toMatchObject({ values: '5 to 60', fallback: '25' });
    const crop = flagsOf(renderSchema).find(({ name }) => name === 'crop');
    expect(crop).toMatchObject({ values: 'head, bust, full', fallback: 'bust' });
  });

  test('what is typed arrives under the names of the schema and passes its check', () => {
    const values = typed('--fps', '12.5', '--crop', 'head', '--still', '--no-cache', '--max-duration', '60');
    expect(values).toEqual({ fps: 12.5, crop: 'head', still: true, cache: false, maxDuration: 60 });
    expect(parseOptions(renderSchema, values)).toMatchObject({ fps: 12.5, head: 1, cache: false });
  });

  test('what is not typed is left to the defaults of the schema', () => {
    expect(parseOptions(renderSchema, typed())).toEqual(parseOptions(renderSchema, {}));
  });

  test.each([
    ['--fps', '61', '--fps must be a number from 5 to 60, not "61".'],
    ['--fps', '', '--fps must be a number from 5 to 60, not "".'],
    ['--fps', 'fast', '--fps must be a number from 5 to 60, not "fast".'],
    ['--size', '512.5', '--size must be a whole number from 64 to 4096, not "512.5".'],
    ['--seed', '-1', '--seed must be a whole number from 0 to 4294967295, not "-1".'],
    ['--crop', 'feet', '--crop must be one of head, bust, full, not "feet".'],
    ['--max-duration', 'Infinity', '--max-duration must be a number from 1 to 86400, not "Infinity".'],
  ])('%s %s is refused in a sentence', (flag, value, message) => {
    expect(() => typed(flag, value)).toThrow(new LoquentError('OPTION_INVALID', message));
  });
});
