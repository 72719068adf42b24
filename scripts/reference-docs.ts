/**
 * The reference pages of the documentation, made from the command line's own definitions and from the options schema.
 *
 * @module
 */
import type { Command } from 'commander';
import { flagsOf } from '../src/cli/flags.ts';
import { createProgram } from '../src/cli/program.ts';
import { avatarSchema, engineSchema, motionSchema, renderSchema, viewSchema } from '../src/core/index.ts';

/** Text of `docs/cli.md`: the help of every command, word for word. */
export function commandReference(): string {
  const program = createProgram();
  const sections = allCommands(program).map(([path, command]) =>
    [`## ${path}`, '', '```text', helpOf(command), '```', ''].join('\n'),
  );
  const lines = [
    '# Command line',
    '',
    'This page is generated from the program (`npm run docs`). In a checkout, `npm run loquent -- speak …` runs the',
    'same program from the sources.',
    '',
    '- Remarks and progress go to stderr, results to stdout.',
    '- `--json` gives one object per line: `{"progress": …}`, `{"warning": …}`, then `{"report": …}` or `{"error": …}`;',
    '  on stdout, or on stderr when the result itself goes to stdout (`-o -`).',
    '- An existing file is replaced only with `--force`, and a file appears under its name only when it is complete.',
    '- Ctrl-C cancels and leaves nothing behind. `LOQUENT_DEBUG=1` adds stack traces to errors.',
    '- `LOQUENT_CACHE` chooses the folder of the prepared avatars.',
    '',
    'The error codes are in [errors.md](errors.md), the options in a table in [options.md](options.md).',
    '',
  ];
  return `${[...lines, ...sections].join('\n').trimEnd()}\n`;
}

/** Text of `docs/options.md`: every option of the library and the command line in one table. */
export function optionReference(): string {
  const groups: [string, string[]][] = [
    ['Movement', Object.keys(motionSchema.shape)],
    ['Picture', Object.keys(viewSchema.shape)],
    ['Photo', Object.keys(avatarSchema.shape)],
  ];
  const known = new Set(groups.flatMap(([, names]) => names));
  groups.push(['Job', Object.keys(renderSchema.shape).filter((name) => !known.has(name))]);
  groups.push(['Engine', Object.keys(engineSchema.shape)]);
  const flags = [...flagsOf(renderSchema), ...flagsOf(engineSchema)];
  const lines = [
    '# Options',
    '',
    'This page is generated from the schema in `src/core/options.ts` (`npm run docs`). The library takes the names of',
    'the first column, the command line those of the second. Unknown options and values out of range are refused.',
    '',
  ];
  for (const [title, names] of groups) {
    lines.push(
      `## ${title}`,
      '',
      '| Library | Command line | What it does | Values | Default |',
      '|---|---|---|---|---|',
    );
    for (const name of names) {
      const flag = flags.find((candidate) => candidate.name === name)!;
      const { type, default: fallback, description = '' } = flag.property;
      const values = type === 'boolean' ? '`true`, `false`' : flag.values;
      const shown =
        fallback === undefined
          ? ''
          : `\`${typeof fallback === 'object' ? JSON.stringify(fallback) : fallback}\``;
      lines.push(`| \`${name}\` | \`${flag.syntax}\` | ${description} | ${values} | ${shown} |`);
    }
    lines.push('');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

/** Every command with its full name, the program first. */
function allCommands(command: Command, path = command.name()): [string, Command][] {
  return [
    [path, command],
    ...command.commands.flatMap((child) => allCommands(child, `${path} ${child.name()}`)),
  ];
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text.trimEnd();
}
