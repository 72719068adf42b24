import { Command, Option } from 'commander';
import { EXIT_BROKEN_PIPE, Interrupt } from './interrupt.ts';
import { Reporter } from './reporter.ts';

/** What a running command works with. */
export interface CommandContext {
  readonly reporter: Reporter;
  /** All positional arguments; more than one where the command takes several. */
  readonly inputs: readonly string[];
  /** Aborted when the user cancels. */
  readonly signal: AbortSignal;
}

/** One command of the program, as data. `Typed` holds the options' values as typed, by their camel-case names. */
export interface CommandSpec<Typed extends object = object> {
  readonly name: string;
  /** One sentence without a full stop. */
  readonly summary: string;
  /** Positional argument: `<photo>`, or `<photos...>` for one or several, with its description. */
  readonly argument?: readonly [syntax: string, description: string];
  readonly options: readonly Option[];
  /** Command lines that work, with what they do. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** Seconds that tidying up may take when the user cancels. Default 3. */
  grace?(typed: Typed): number;
  /** Whether the result itself goes to stdout. */
  stdoutTaken?(typed: Typed): boolean;
  /**
   * Does the work.
   *
   * @param argument - The positional argument, the first if there are several; empty if the command has none.
   * @returns Exit code, if it is not 0, or if cancelling is the usual end.
   * @throws LoquentError and everything else; the caller reports it.
   */
  run(typed: Typed, argument: string, context: CommandContext): Promise<number | undefined>;
}

/** What the exit codes mean, for the help and the documentation. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'done'],
  [1, 'a fault in Loquent, or a check of `loquent doctor` failed'],
  [2, 'the command line is wrong'],
  [3, 'the photo, the recording or another input cannot be used'],
  [4, 'the result cannot be written'],
  [5, 'something is missing or broken on this machine'],
  [130, 'cancelled (Ctrl-C); nothing was written'],
  [141, 'whoever read the output went away; nothing was written'],
];

/**
 * Makes the Commander command of `spec`.
 *
 * @param finish - Is told the exit code.
 */
export function createCommand<Typed extends object>(
  spec: CommandSpec<Typed>,
  finish: (exitCode: number) => void,
): Command {
  const command = new Command(spec.name).summary(spec.summary).description(`${sentence(spec.summary)}`);
  if (spec.argument) command.argument(...spec.argument);
  for (const option of spec.options) command.addOption(option);
  command.addOption(new Option('--json', 'one JSON object per line instead of text'));
  command.addOption(new Option('--quiet', 'no progress and no remarks'));
  command.helpOption('-h, --help', 'show this help');
  command.addHelpText('after', examplesText(spec.examples));
  command.action(async (...received: unknown[]) => {
    const inputs = spec.argument && received[0] !== undefined ? [received[0]].flat().map(String) : [];
    finish(await execute(spec, command.opts<Typed & { json?: boolean; quiet?: boolean }>(), inputs));
  });
  return command;
}

async function execute<Typed extends object>(
  spec: CommandSpec<Typed>,
  typed: Typed & { json?: boolean; quiet?: boolean },
  inputs: readonly string[],
): Promise<number> {
  using interrupt = new Interrupt(spec.grace?.(typed));
  const reporter = new Reporter({
    json: typed.json ?? false,
    quiet: typed.quiet ?? false,
    stdoutTaken: spec.stdoutTaken?.(typed) ?? false,
  });
  try {
    const exitCode = await spec.run(typed, inputs[0] ?? '', { reporter, inputs, signal: interrupt.signal });
    return exitCode ?? interrupt.exitCode ?? 0;
  } catch (error) {
    if (interrupt.exitCode === EXIT_BROKEN_PIPE) return EXIT_BROKEN_PIPE;
    const { exitCode } = reporter.error(error);
    return interrupt.exitCode ?? exitCode;
  }
}

function examplesText(examples: CommandSpec['examples']): string {
  return [
    '',
    'Examples:',
    ...examples.flatMap(([command, meaning]) => [`  # ${meaning}`, `  ${command}`]),
  ].join('\n');
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}.`;
}
