import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../../src/cli/command.ts';
import { createProgram } from '../../src/cli/program.ts';
import { ERRORS } from '../../src/core/index.ts';
import { jsonLines, loquent, repository } from './program-runner.ts';

const leaves = createProgram().commands.flatMap((command) =>
  command.commands.length > 0
    ? command.commands.map((child) => `${command.name()} ${child.name()}`)
    : [command.name()],
);

describe('the command line', () => {
  test('has the commands that the documentation promises', () => {
    expect(leaves).toEqual([
      'speak',
      'avatar',
      'motion',
      'review',
      'sheet',
      'voices',
      'cache ls',
      'cache clear',
      'cache verify',
      'live',
      'serve',
      'keys create',
      'keys ls',
      'keys revoke',
      'engines list',
      'engines install',
      'models list',
      'models pull',
      'models import',
      'models verify',
      'models rm',
      'doctor',
    ]);
  });

  test.each(leaves)('%s has help with examples, --json and --quiet', async (name) => {
    const run = await loquent([...name.split(' '), '--help']);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toContain(`Usage: loquent ${name}`);
    expect(run.stdout).toMatch(/Examples:\n {2}# /);
    expect(run.stdout).toContain('--json');
    expect(run.stdout).toContain('--quiet');
  });

  test('prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(`${repository}package.json`, 'utf8')) as { version: string };
    expect(await loquent(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('without a command it shows the help on stderr and counts as wrong', async () => {
    const run = await loquent([]);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toContain('Usage: loquent');
    expect(run.stderr).not.toContain('error');
  });

  test('the exit codes of the help are those of the error catalogue', async () => {
    const listed = EXIT_CODES.map(([code]) => code);
    const used = new Set(Object.values(ERRORS).map(({ exitCode }) => exitCode));
    expect([...used].filter((code) => !listed.includes(code))).toEqual([]);
    const { stdout } = await loquent(['--help']);
    for (const code of listed) expect(stdout).toMatch(new RegExp(`^  ${code}\\s`, 'm'));
  });
});

describe('a wrong command line', () => {
  test.each([
    [['speek'], "Unknown command 'speek' (Did you mean speak?)", 'See `loquent --help`.'],
    [
      ['speak', '-i', 'a.png'],
      'Either --audio or --text says what is to be spoken.',
      'See `loquent speak --help`.',
    ],
    [['doctor', '--jsn'], "Unknown option '--jsn' (Did you mean --json?)", 'See `loquent doctor --help`.'],
    [
      ['motion', '-a', 'a', '--fps', 'x'],
      '--fps must be a number from 5 to 60, not "x".',
      'See `loquent motion --help`.',
    ],
    [
      ['motion', '-a', 'a', '--format', 'bvh'],
      "Option '--format <name>' argument 'bvh' is invalid. Allowed choices are json, csv, tsv, cues, visemes, talkinghead.",
      'See `loquent motion --help`.',
    ],
    [['avatar'], "Missing required argument 'inputs'.", 'See `loquent avatar --help`.'],
    [
      ['sheet', 'a', 'b'],
      "Too many arguments for 'sheet'. Expected 1 argument but got 2: a, b.",
      'See `loquent sheet --help`.',
    ],
    [
      ['speak', '-i', '-', '-a', '-'],
      'Only one of --image, --audio and --text can come from stdin.',
      'See `loquent <command> --help` for the allowed values.',
    ],
  ])('%j ends with code 2, a sentence and a hint', async (args, message, hint) => {
    expect(await loquent(args)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `error OPTION_INVALID: ${message}\nhint: ${hint}\n`,
    });
  });

  test('is one JSON line with --json', async () => {
    const run = await loquent(['speak', '--json', '-i', 'a.png']);
    expect(run).toMatchObject({ exitCode: 2, stderr: '' });
    expect(jsonLines(run.stdout)).toEqual([
      {
        error: {
          code: 'OPTION_INVALID',
          message: 'Either --audio or --text says what is to be spoken.',
          hint: 'See `loquent speak --help`.',
          retryable: false,
        },
      },
    ]);
  });
});

describe('a failure', () => {
  test('shows no stack trace unless LOQUENT_DEBUG asks for it', async () => {
    const args = ['avatar', 'no-such-photo.jpg', '-o', 'never.avatar'];
    const plain = await loquent(args);
    expect(plain.exitCode).toBe(3);
    expect(plain.stderr).toMatch(/^error INPUT_NOT_FOUND: .*no-such-photo\.jpg.*\nhint: .*\n$/);
    const debug = await loquent(args, { env: { LOQUENT_DEBUG: '1' } });
    expect(debug.exitCode).toBe(3);
    expect(debug.stderr).toMatch(/\n {4}at /);
  });

  test('a room needs a token, and takes one avatar', async () => {
    const room = ['live', '--livekit', 'wss://localhost', '--avatar'];
    const tokenless = await loquent([...room, 'ann.avatar']);
    expect(tokenless).toMatchObject({ exitCode: 2, stdout: '' });
    expect(tokenless.stderr).toContain('LIVEKIT_TOKEN');
    const crowd = await loquent([...room, 'ann.avatar', 'bob.avatar']);
    expect(crowd).toMatchObject({ exitCode: 2, stdout: '' });
    expect(crowd.stderr).toContain('one avatar');
  });
});
