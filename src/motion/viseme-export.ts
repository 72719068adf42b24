/**
 * Visemes of the Oculus set as text: weights for avatars with `viseme_...` blendshapes, and a timeline for TalkingHead.
 *
 * @module
 */
import { mix, type Seconds, type SpeechFrame, VISEMES, type Viseme } from '../core/index.ts';
import { rounded } from './rounded.ts';
import { runsOf, withoutShort } from './runs.ts';
import { STEP_RATE } from './window.ts';

const SILENT = VISEMES.indexOf('sil');

/** Weights of the fifteen visemes: what was heard as far as somebody speaks, and silence for the rest. Sum 1. */
function shownVisemes({ visemes, speech }: SpeechFrame): number[] {
  return Array.from(visemes, (weight, index) => mix(index === SILENT ? 1 : 0, weight, speech));
}

/**
 * Weights of the fifteen Oculus visemes, 50 times a second:
 * `{ format, version, rate, names, frames: [{ time, weights }] }`.
 *
 * `names` are the visemes in the order of every `weights` (and of the Oculus LipSync SDK); times are seconds; the
 * weights of a frame, 0..1 with three decimals, add up to 1. Meant for blendshapes like `viseme_PP`.
 *
 * @param speech - Speech frames in order of time.
 */
export function toVisemesJson(speech: readonly SpeechFrame[]): string {
  const lines = speech.map((frame) =>
    JSON.stringify({
      time: rounded(frame.time, 3),
      weights: shownVisemes(frame).map((weight) => rounded(weight, 3)),
    }),
  );
  const head = JSON.stringify({ format: 'loquent-visemes', version: 1, rate: STEP_RATE, names: VISEMES });
  return `${head.slice(0, -1)},"frames":[\n${lines.join(',\n')}\n]}\n`;
}

/** Names that TalkingHead (and Ready Player Me) have for the visemes. */
const TALKING_HEAD_NAMES: Readonly<Partial<Record<Viseme, string>>> = { ih: 'I', oh: 'O', ou: 'U' };
/** No viseme is shown for less than this, seconds; touching lips may be shorter because they are seen at once. */
const SHORTEST_VISEME = 0.06;
const SHORTEST_CONTACT = 0.03;
/** A rest shorter than this is part of the speech, seconds. */
const SHORTEST_REST = 0.15;

function leastLength(viseme: Viseme): number {
  if (viseme === 'sil') return SHORTEST_REST;
  return viseme === 'PP' || viseme === 'FF' ? SHORTEST_CONTACT : SHORTEST_VISEME;
}

function strongest(frame: SpeechFrame): Viseme {
  const shown = shownVisemes(frame);
  return VISEMES[shown.indexOf(Math.max(...shown))];
}

/**
 * The timeline that TalkingHead's `speakAudio` takes beside its `audio`:
 * `{ visemes: ['PP', 'aa'], vtimes: [120, 180], vdurations: [60, 140] }`, in milliseconds. Rest is left out.
 *
 * @param speech - Speech frames in order of time, from 0, without gaps.
 * @param end - Length of the speech.
 */
export function toTalkingHead(speech: readonly SpeechFrame[], end: Seconds): string {
  const runs = withoutShort(runsOf(speech, end, strongest), leastLength, (viseme) => viseme === 'sil');
  const shown = runs.filter(({ value }) => value !== 'sil');
  const start = ({ start: time }: { readonly start: number }): number => Math.round(time * 1000);
  const document = {
    visemes: shown.map(({ value }) => TALKING_HEAD_NAMES[value] ?? value),
    vtimes: shown.map(start),
    vdurations: shown.map((run) => Math.round(run.end * 1000) - start(run)),
  };
  return `${JSON.stringify(document)}\n`;
}
