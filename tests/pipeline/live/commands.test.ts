import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ControlSettings, LiveSession, LiveSpeech } from '../../../src/core/index.ts';
import { createLiveCommands, type LiveCommandOptions } from '../../../src/pipeline/live/commands.ts';
import { Speaker } from '../../../src/pipeline/live/speaker.ts';
import type { SpeechSource } from '../../../src/speech/index.ts';

/** A session that writes down what it is told. */
function recorded() {
  const log: unknown[] = [];
  const session = {
    push: async (samples: Float32Array, speech: LiveSpeech) =>
      void log.push(['push', samples.length, speech]),
    endUtterance: (id?: string) => void log.push(['end', id]),
    interrupt: async () => void log.push(['interrupt']),
    control: (settings: ControlSettings) => void log.push(['control', settings]),
    setBackground: async (background: string) => void log.push(['background', background]),
  } as unknown as LiveSession;
  return { session, log };
}

/** Waits until something is so. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 5_000 && !condition(); turn += 1) await setTimeout(1);
}

async function commands(options: LiveCommandOptions = {}) {
  const { session, log } = recorded();
  const warnings: { code: string; message: string }[] = [];
  const made = await createLiveCommands(session, {
    onWarning: (warning) => warnings.push(warning),
    ...options,
  });
  return { made, log, warnings, tell: (command: object) => made.handle(JSON.stringify(command)) };
}

describe('commands of a client', () => {
  it('show no file of this machine behind the person', async () => {
    const { log, warnings, tell } = await commands();
    for (const background of ['photo.jpg', 'image:/etc/passwd', 'file:///a.png', '/a.webp', 'transparent']) {
      tell({ type: 'set', background });
    }
    expect(log).toEqual([]);
    expect(warnings.map(({ code }) => code)).toEqual(Array(5).fill('OPTION_INVALID'));
    tell({ type: 'set', background: 'data:image/png;base64,iVBORw0KGgo=' });
    expect(log).toHaveLength(1);
  });

  it('reach the session', async () => {
    let kept = 0;
    const { made, log, warnings, tell } = await commands({
      onKeepAlive: () => {
        kept += 1;
      },
    });
    tell({ type: 'set', controls: { emotion: { happy: 0.5 } } });
    tell({ type: 'set', background: 'blur:0.6' });
    tell({ type: 'audio_begin', id: 'a', rate: 24_000 });
    await made.audio(new Uint8Array(3));
    await made.audio(new Uint8Array(3));
    tell({ type: 'audio_end' });
    tell({ type: 'interrupt' });
    tell({ type: 'keep_alive' });
    expect(log).toEqual([
      ['control', { emotion: { happy: 0.5 } }],
      ['background', 'blur:0.6'],
      ['push', 1, { rate: 24_000, utterance: 'a' }],
      ['push', 2, { rate: 24_000, utterance: 'a' }],
      ['end', 'a'],
      ['interrupt'],
    ]);
    expect([kept, warnings]).toEqual([1, []]);
  });

  it('that make no sense become warnings, and nothing else', async () => {
    const { made, log, warnings, tell } = await commands();
    const nonsense = [
      '',
      '{',
      'null',
      '[]',
      '{"type":"explode"}',
      '{"type":"set","controls":{"distance":9}}',
    ];
    for (const text of nonsense) made.handle(text);
    made.handle(`"${'x'.repeat(200_000)}"`);
    tell({ type: 'audio_begin', rate: 44_100 });
    await made.audio(new Uint8Array(4));
    expect(warnings.map(({ code }) => code)).toEqual(new Array(nonsense.length + 3).fill('OPTION_INVALID'));
    tell({ type: 'speak', text: 'Hello.' });
    expect(warnings.at(-1)!.code).toBe('VOICE_MISSING');
    expect(log).toEqual([]);
  });
});

describe('texts that are said', () => {
  /** A voice that needs a moment for each sentence and remembers what it was given. */
  function voice() {
    const spoken: string[] = [];
    const source: SpeechSource = {
      name: 'test',
      async *speak(text, signal) {
        spoken.push(text);
        for (let piece = 0; piece < 3 && !signal.aborted; piece += 1) {
          await setTimeout(1);
          if (text.startsWith('Fail')) throw new Error('No voice.');
          yield { samples: new Float32Array(text.length), rate: 24_000 };
        }
      },
    };
    return { source, spoken };
  }

  it('are said one after the other, while they are written', async () => {
    const { session, log } = recorded();
    const { source, spoken } = voice();
    const speaker = new Speaker(session, source, () => undefined);
    speaker.say('a', 'Hello there, my ', true);
    await until(() => log.length === 3);
    expect(spoken).toEqual(['Hello there,']);
    speaker.say('a', 'friend. How are', true);
    speaker.say('b', 'Second.', false);
    await until(() => log.length === 14);
    expect(spoken).toEqual(['Hello there,', 'my friend.', 'How are', 'Second.']);
    const turns = log.map((entry) => (entry as [string, unknown, LiveSpeech])[2]?.utterance ?? entry);
    expect(turns).toEqual([...new Array(9).fill('a'), ['end', 'a'], 'b', 'b', 'b', ['end', 'b']]);
  });

  it('are given up at once when they are interrupted, and others follow', async () => {
    const { session, log } = recorded();
    const { source, spoken } = voice();
    const speaker = new Speaker(session, source, () => undefined);
    speaker.say('a', 'One is long. Two is longer. Three is longest.', false);
    speaker.say('b', 'Never.', false);
    await until(() => log.length === 1);
    speaker.interrupt();
    speaker.say('c', 'After.', false);
    await until(() => JSON.stringify(log.at(-1)) === '["end","c"]');
    expect(spoken).toEqual(['One is long.', 'After.']);
  });

  it('that cannot be spoken are reported, and the next one is', async () => {
    const { session, log } = recorded();
    const { source, spoken } = voice();
    const failures: string[] = [];
    const speaker = new Speaker(session, source, ({ message }) => failures.push(message));
    speaker.say('a', 'Fail now. Not reached.', false);
    speaker.say('b', 'Works.', false);
    await until(() => JSON.stringify(log.at(-1)) === '["end","b"]');
    expect(failures).toEqual(['No voice.']);
    expect(spoken).toEqual(['Fail now.', 'Works.']);
  });
});
