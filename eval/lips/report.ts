/**
 * The whole measurement as one object, and its forms for programs and for the terminal.
 *
 * @module
 */
import type { HeldOutReport, MissingVoice } from './held-out.ts';
import type { MusicReport, SingingFigures, SingingReport } from './music/measure.ts';
import type { PeerLabels } from './peers/held-out.ts';
import type { VideoReport } from './real/videos.ts';
import type { Estimate } from './statistics.ts';

/** Everything that was measured; `null` for parts that were not asked for. */
export interface LipReport {
  /** Of what, and where. */
  readonly about: {
    readonly version: string;
    /** Commit that was measured, with `+` when files were changed since; `null` outside a repository. */
    readonly commit: string | null;
    readonly date: string;
    readonly node: string;
    readonly processor: string;
    readonly profile: string;
    readonly seed: number;
    readonly quick: boolean;
    readonly minutes: number;
  };
  readonly heldOut: HeldOutReport | null;
  /** Other systems on the same voices. */
  readonly peers: PeerLabels | null;
  readonly music: MusicReport | null;
  readonly singing: SingingReport | null;
  readonly real: VideoReport | null;
  /** Videos that the user gave. */
  readonly videos: VideoReport | null;
  readonly cpuMsPer20Ms: number | null;
  /** Sound after a frame's centre that must be heard before the frame comes out, milliseconds. */
  readonly lookAheadMs: number | null;
  /** Size of all shipped weights, kB (1000 bytes). */
  readonly weightsKb: number;
  readonly missingVoices: readonly MissingVoice[];
  /** What else could not be measured, and why. */
  readonly missing: readonly string[];
  /** Parts that ended with an error. */
  readonly failed: readonly string[];
}

const isEstimate = (value: unknown): value is Estimate =>
  typeof value === 'object' && value !== null && 'low' in value && 'high' in value && 'value' in value;

/**
 * The report for programs: where there is an estimate on top of a part, the number itself, and its 95 % interval under
 * the same name in the part's `intervals`. Deeper down estimates stay `{ value, low, high }`.
 */
export function toJson(report: LipReport): string {
  const { heldOut, music, real, videos, ...rest } = report;
  const parts = {
    heldOut: heldOut && withIntervals(heldOut),
    music: music && withIntervals(music),
    ...rest,
    real: real && withIntervals(real),
    videos: videos && withIntervals(videos),
  };
  return JSON.stringify(
    parts,
    (_, value) => (typeof value === 'number' ? Number(value.toFixed(4)) : value),
    2,
  );
}

/** Takes the estimates one and two levels deep apart. */
function withIntervals(part: object): object {
  const intervals: Record<string, unknown> = {};
  const plain = Object.entries(part).map(([name, value]) => {
    if (isEstimate(value)) {
      intervals[name] = [value.low, value.high];
      return [name, value.value];
    }
    const inner = Object.entries(value ?? {});
    if (Array.isArray(value) || !inner.some(([, one]) => isEstimate(one))) return [name, value];
    intervals[name] = Object.fromEntries(
      inner.map(([key, one]) => [key, isEstimate(one) ? [one.low, one.high] : null]),
    );
    return [name, Object.fromEntries(inner.map(([key, one]) => [key, isEstimate(one) ? one.value : one]))];
  });
  return { ...Object.fromEntries(plain), intervals };
}

/** A share as percent. */
export const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
/** A correlation. */
export const coefficient = (value: number): string => value.toFixed(3);

/** A time. */
export const milliseconds = (seconds: number): string => `${(1000 * seconds).toFixed(0)} ms`;

/** An estimate in words: value and interval. */
export function estimateText(estimate: Estimate | null | undefined, form: (value: number) => string): string {
  if (!estimate) return '-';
  const { value, low, high } = estimate;
  return Number.isNaN(low) ? form(value) : `${form(value)}  [${form(low)}, ${form(high)}]`;
}

/** The report for people, as lines of text. */
export function toText(report: LipReport): string {
  const { about, heldOut, peers, music, singing, real, videos } = report;
  const lines: string[] = [];
  const row = (name: string, ...cells: string[]) => lines.push(`  ${name.padEnd(34)}${cells.join('  ')}`);
  const title = (text: string) => lines.push('', text);
  lines.push(
    `Lip sync of Loquent ${about.version} (${about.commit ?? 'no commit'}), profile ${about.profile}${about.quick ? ', quick' : ''}`,
  );
  if (heldOut) {
    title(`Held-out voices: ${heldOut.over.join(' ')} (95 % intervals over recordings)`);
    row('viseme accuracy in speech', estimateText(heldOut.visemeAccuracy, percent));
    row('  in 10 dB noise', estimateText(heldOut.visemeAccuracyNoisy, percent));
    row('aperture r', estimateText(heldOut.apertureR, coefficient));
    row('  in 10 dB noise', estimateText(heldOut.apertureRNoisy, coefficient));
    row('width r', estimateText(heldOut.widthR, coefficient));
    row('aperture r of the movement', estimateText(heldOut.movementR, coefficient));
    row('the movement is late by', estimateText(heldOut.movementLag, milliseconds));
    row('p b m closed', estimateText(heldOut.closureRecall, percent));
    row('  in 10 dB noise', estimateText(heldOut.closureRecallNoisy, percent));
    row('closed lips that are p b m', estimateText(heldOut.closurePrecision, percent));
    row('f v at the teeth', estimateText(heldOut.labiodentalRecall, percent));
    row('open vowels lost', estimateText(heldOut.vowelsLost, percent));
    row('silence heard as silence', estimateText(heldOut.silenceRecall, percent));
    row('  in 10 dB noise', estimateText(heldOut.silenceRecallNoisy, percent));
    row('mouth closed in silence', estimateText(heldOut.silenceClosed, percent));
    title('By voice: viseme accuracy, aperture r, p b m closed; then p b m closed in noise');
    for (const { name, language, minutes, conditions } of heldOut.voices) {
      const { clean, ...noisy } = conditions;
      const cells = [
        clean?.visemeAccuracy && percent(clean.visemeAccuracy.value),
        clean?.apertureR && coefficient(clean.apertureR.value),
        clean?.closureRecall && percent(clean.closureRecall.value),
      ].map((cell) => (cell || '-').padStart(7));
      const others = Object.entries(noisy).map(
        ([condition, { closureRecall }]) =>
          `${condition} ${closureRecall ? percent(closureRecall.value) : '-'}`,
      );
      row(`${name} (${language}, ${minutes.toFixed(1)} min)`, ...cells, others.join(', '));
    }
    title('Mixed up most often');
    for (const { spoken, heard, share } of heldOut.confusions.slice(0, 5)) {
      row(`${spoken} heard as ${heard}`, percent(share));
    }
  }
  if (heldOut && Object.keys(heldOut.wronglyClosed).length > 0) {
    title('Spoken where the lips closed without p b m');
    const worst = Object.entries(heldOut.wronglyClosed).toSorted((a, b) => b[1] - a[1]);
    row('times', worst.map(([viseme, times]) => `${viseme} ${times}`).join(', '));
  }
  if (peers) {
    title(
      'All systems on held-out human voices, by our own labels: aperture r, width r, p b m closed, vowels lost',
    );
    for (const [name, value] of Object.entries(peers.apertureR)) {
      const shares = [peers.closureRecall[name], peers.vowelsLost[name]].map((share) =>
        percent(share).padStart(7),
      );
      row(name, coefficient(value), coefficient(peers.widthR[name]).padStart(6), ...shares);
    }
  }
  if (music) {
    title('No speech');
    row('music taken for speech', estimateText(music.falseSpeech, percent));
    row('  mouth visibly open', estimateText(music.mouthOpen, percent));
    row('noises taken for speech', estimateText(music.noise.falseSpeech, percent));
    row('  mouth visibly open', estimateText(music.noise.mouthOpen, percent));
    const worst = music.sounds.toSorted((a, b) => b.falseSpeech - a.falseSpeech).slice(0, 4);
    row(
      'worst',
      worst.map((sound) => `${sound.name} (${sound.source}) ${percent(sound.falseSpeech)}`).join(', '),
    );
  }
  if (singing && singing.open !== null && singing.speech !== null) {
    title('Singing');
    row('mouth open while it sounds', percent(singing.open));
    row('taken for a voice', percent(singing.speech));
    const made = ({ open, vowelsOpen }: SingingFigures) =>
      open === null || vowelsOpen === null ? '-' : `${percent(open)}, in vowels ${percent(vowelsOpen)}`;
    row('mouth open, made songs, alone', made(singing.alone));
    row('  to music', made(singing.withMusic));
    for (const song of singing.songs)
      row(`  ${song.name}`, `open ${percent(song.open)}, voice ${percent(song.speech)}`);
  }
  if (real) videoLines(lines, title, row, 'Real talking videos', real);
  if (videos) videoLines(lines, title, row, 'Given videos', videos);
  title('Cost');
  if (report.cpuMsPer20Ms !== null) row('CPU per 20 ms of sound', `${report.cpuMsPer20Ms.toFixed(3)} ms`);
  if (report.lookAheadMs !== null) row('look-ahead', `${report.lookAheadMs.toFixed(1)} ms`);
  row('weights', `${report.weightsKb.toFixed(1)} kB`);
  const missing = [
    ...report.missingVoices.map(({ voice, reason, packages }) => `voice ${voice}: ${reason} (${packages})`),
    ...report.missing,
  ];
  if (missing.length > 0) {
    title('Not measured');
    for (const what of missing) lines.push(`  ${what}`);
  }
  if (report.failed.length > 0) {
    title('Failed');
    for (const what of report.failed) lines.push(`  ${what}`);
  }
  return `${lines.join('\n')}\n`;
}

function videoLines(
  lines: string[],
  title: (text: string) => void,
  row: (name: string, ...cells: string[]) => void,
  name: string,
  report: VideoReport,
): void {
  const { differences, ceiling } = report;
  title(
    `${name}: ${report.seconds.toFixed(0)} s, syllable-rate r (95 % intervals over ${report.intervalsOver})`,
  );
  for (const feature of ['apertureR', 'widthR'] as const) {
    const label = feature === 'apertureR' ? 'aperture' : 'width';
    for (const [method, estimate] of Object.entries(report[feature])) {
      row(`${label}, ${method}`, estimateText(estimate, coefficient));
    }
    for (const [method, estimate] of Object.entries(differences[feature])) {
      if (method !== 'heard' && method !== 'phones')
        row(`  ours above ${method}`, estimateText(estimate, coefficient));
    }
  }
  if (ceiling) {
    row('ceiling (tracks of a coarse copy)', coefficient(ceiling.apertureR), coefficient(ceiling.widthR));
  }
  const areas = Object.entries(report.closedLips).map(
    ([method, area]) => `${method} ${area?.toFixed(2) ?? '-'}`,
  );
  row('closed lips, area under ROC', areas.join(', '));
  for (const clip of report.clips) {
    const closures = clip.closures
      ? `, p b m seen closed ${clip.closures.hits} of ${clip.closures.trials}`
      : '';
    const fit =
      clip.excluded ?? `lag ${Math.round(1000 * clip.lag)} ms, sync z ${(clip.sync['ours'] ?? 0).toFixed(1)}`;
    lines.push(`  ${clip.name}: ${fit}${closures}`);
  }
}
