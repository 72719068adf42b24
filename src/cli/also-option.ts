import { Option } from 'commander';
import { faceChoiceSchema, LoquentError } from '../core/index.ts';
import type { AnotherVoice } from '../index.ts';
import { CONTROL_FORMS } from './control-forms.ts';

/** `--also`, for footage of several people; may be given several times. */
export function alsoOption(): Option {
  return new Option(
    '--also <face:file>',
    'for footage of several people: another face and what it says, like 2:bob.wav or 0.7,0.5:bob.wav (may be repeated)',
  ).argParser((text: string, before: readonly AnotherVoice[] | undefined) => [
    ...(before ?? []),
    parse(text),
  ]);
}

function parse(text: string): AnotherVoice {
  // The first colon: what comes after it may be `C:\bob.wav`.
  const colon = text.indexOf(':');
  const face = faceChoiceSchema.safeParse(CONTROL_FORMS.face.parse(text.slice(0, Math.max(0, colon)).trim()));
  const audio = text.slice(colon + 1);
  if (face.success && audio !== '') return { face: face.data, audio };
  throw new LoquentError(
    'OPTION_INVALID',
    `--also must be a face and a file, like 2:bob.wav or 0.7,0.5:bob.wav, not "${text}".`,
  );
}
