import { readFileSync } from 'node:fs';
import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { LoquentError } from '../core/index.ts';
import { createCommand, EXIT_CODES } from './command.ts';
import { avatarCommand } from './commands/avatar.ts';
import { cacheCommands } from './commands/cache.ts';
import { doctorCommand } from './commands/doctor.ts';
import { engineCommands } from './commands/engines.ts';
import { keyCommands } from './commands/keys.ts';
import { liveCommand } from './commands/live.ts';
import { modelCommands } from './commands/models.ts';
import { motionCommand } from './commands/motion.ts';
import { reviewCommand } from './commands/review.ts';
import { serveCommand } from './commands/serve.ts';
import { sheetCommand } from './commands/sheet.ts';
import { speakCommand } from './commands/speak.ts';
import { voicesCommand } from './commands/voices.ts';
import { Reporter } from './reporter.ts';

/** Columns of the help, whatever the terminal: the same text everywhere, and in the documentation. */
const HELP_WIDTH = 100;

/**
 * Builds the whole command line.
 *
 * @param finish - Is told the exit code of the command that ran.
 */
export function createProgram(finish: (exitCode: number) => void = () => {}): Command {
  const program = new Command('loquent')
    .description('A portrait speaks: photo and speech in, lip-synced talking-head video out.')
    .version(version(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', overviewText());
  const cache = new Command('cache').description(
    'Look after the prepared avatars that are kept for the next time.',
  );
  for (const spec of cacheCommands) cache.addCommand(createCommand(spec, finish));
  program.addCommand(createCommand(speakCommand, finish));
  program.addCommand(createCommand(avatarCommand, finish));
  program.addCommand(createCommand(motionCommand, finish));
  program.addCommand(createCommand(reviewCommand, finish));
  program.addCommand(createCommand(sheetCommand, finish));
  program.addCommand(createCommand(voicesCommand, finish));
  program.addCommand(cache.helpCommand(false).helpOption('-h, --help', 'show this help'));
  const keys = new Command('keys').description('Look after the API keys of the service.');
  for (const spec of keyCommands) keys.addCommand(createCommand(spec, finish));
  program.addCommand(createCommand(liveCommand, finish));
  program.addCommand(createCommand(serveCommand, finish));
  program.addCommand(keys.helpCommand(false).helpOption('-h, --help', 'show this help'));
  const engines = new Command('engines').description(
    'See what draws speakers, and install what networks run on.',
  );
  for (const spec of engineCommands) engines.addCommand(createCommand(spec, finish));
  program.addCommand(engines.helpCommand(false).helpOption('-h, --help', 'show this help'));
  const models = new Command('models').description('Look after the models of the neural engines.');
  for (const spec of modelCommands) models.addCommand(createCommand(spec, finish));
  program.addCommand(models.helpCommand(false).helpOption('-h, --help', 'show this help'));
  program.addCommand(createCommand(doctorCommand, finish));
  configure(program);
  return program;
}

/**
 * Runs one command line.
 *
 * @param args - What follows `loquent`.
 * @returns Exit code, see {@link EXIT_CODES}.
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  // A reader that goes away is no reason for a stack trace; commands that are at work listen for themselves.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  let exitCode = 0;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    exitCode = refuse(thrown, args);
  }
  await flushed(process.stdout);
  return exitCode;
}

/** Tells what is wrong with the command line. Help and version end here too, with nothing wrong. */
function refuse(thrown: unknown, args: readonly string[]): number {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
  // The help was shown because there was no command.
  if (thrown instanceof CommanderError && thrown.code === 'commander.help') return 2;
  const reporter = new Reporter({ json: args.includes('--json'), quiet: false, stdoutTaken: false });
  return reporter.error(usageError(thrown, args)).exitCode;
}

/** The same failure with a hint that names the right help page. */
function usageError(thrown: unknown, args: readonly string[]): unknown {
  const usage = thrown instanceof CommanderError;
  if (!usage && !(thrown instanceof LoquentError && thrown.code === 'OPTION_INVALID')) return thrown;
  const command = createProgram().commands.find((known) => known.name() === args[0]);
  const hint = `See \`loquent ${command ? `${command.name()} ` : ''}--help\`.`;
  return new LoquentError('OPTION_INVALID', usage ? sentence(thrown.message) : thrown.message, { hint });
}

/** `error: unknown command 'x'\n(Did you mean y?)` as a sentence on one line. */
function sentence(message: string): string {
  const text = message.replace(/^error: /, '').replace(/\n/g, ' ');
  return `${text[0]?.toUpperCase()}${text.slice(1)}${/[.?)]$/.test(text) ? '' : '.'}`;
}

function configure(command: Command): void {
  command.exitOverride();
  command.configureHelp({ helpWidth: HELP_WIDTH });
  // The message is reported by `refuse`, in the same form as every other error.
  command.configureOutput({ outputError: () => {} });
  for (const child of command.commands) configure(child);
}

function overviewText(): string {
  const codes = EXIT_CODES.map(([code, meaning]) => `  ${String(code).padEnd(5)}${meaning}`);
  return ['', 'Start here:', '  loquent speak -i photo.jpg -a speech.wav', '', 'Exit codes:', ...codes].join(
    '\n',
  );
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Waits until everything written so far has left the process; a reader that went away counts as having it. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('error', () => resolve());
    if (stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}
