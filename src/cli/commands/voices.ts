import { Option } from 'commander';
import type { CommandSpec } from '../command.ts';

/** `loquent voices`: who can say texts. */
export const voicesCommand: CommandSpec<{ voice?: string }> = {
  name: 'voices',
  summary: 'list the voices for texts, by language',
  options: [
    new Option(
      '--voice <text>',
      'espeak, or the address of a speech service that lists its voices (default: espeak)',
    ),
  ],
  examples: [
    ['loquent voices', 'the languages of eSpeak NG; speak with --voice espeak:de'],
    ['loquent voices --voice https://:key@api.elevenlabs.io/v1/text-to-speech', 'the voices of an account'],
  ],

  async run({ voice = 'espeak' }, _argument, { reporter, signal }) {
    const { listVoices } = await import('../../index.ts');
    const voices = await listVoices(voice, signal);
    const lines = voices.map(
      ({ id, language, name }) => `${id.padEnd(16)} ${(language ?? '').padEnd(16)} ${name}`,
    );
    reporter.report(
      { voices },
      lines.length > 0 ? lines.join('\n') : 'The service does not list its voices.',
    );
    return undefined;
  },
};
