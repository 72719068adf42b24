/**
 * The report as one self-contained page: no scripts, no requests, plots as inline SVG, light and dark.
 *
 * @module
 */
import { VISEMES } from '../../src/core/index.ts';
import type { Articulation } from './articulation.ts';
import { CONDITION_NOTES, type Condition } from './conditions.ts';
import type { HeldOutReport } from './held-out.ts';
import { STYLE } from './page-style.ts';
import { barPlot, confusionPlot, coursePlot, escapeText, type IntervalRow, intervalPlot } from './plots.ts';
import type { VideoReport } from './real/videos.ts';
import { coefficient, estimateText, type LipReport, milliseconds, percent } from './report.ts';
import type { Estimate } from './statistics.ts';

/** Names of methods as people know them. */
const METHODS: Readonly<Record<string, string>> = {
  ours: 'Loquent (movement)',
  heard: 'Loquent (heard)',
  phones: 'known phones',
  rhubarb: 'Rhubarb 1.13',
  headaudio: 'HeadAudio 0.1',
  dsp: 'band energies',
};

/** Those that are not ours. */
const OTHERS = ['rhubarb', 'headaudio', 'dsp'];

/** Makes the page. */
export function toPage(report: LipReport): string {
  const { about, heldOut, peers, music, singing, real, videos } = report;
  const body = [
    `<header><h1>Lip sync</h1><p>${escapeText(
      `Loquent ${about.version}, commit ${about.commit ?? 'unknown'}, profile ${about.profile}, seed ${about.seed}${about.quick ? ', quick' : ''}. ${about.date} UTC, ${about.minutes.toFixed(1)} minutes, Node ${about.node}, ${about.processor}.`,
    )}</p></header>`,
    tiles(report),
    heldOut ? heldOutSection(heldOut) : '',
    peers
      ? section(
          'Other systems on the same voices',
          'Correlation with the labelled curves of the human voices, each method at its own best constant delay. The curves are our own labels, which favours us.',
          table(
            ['method', 'aperture r', 'width r', 'p b m closed', 'vowels lost', 'delay'],
            Object.keys(peers.apertureR).map((name) => [
              METHODS[name] ?? name,
              coefficient(peers.apertureR[name]),
              coefficient(peers.widthR[name]),
              percent(peers.closureRecall[name]),
              percent(peers.vowelsLost[name]),
              `${Math.round(1000 * peers.delays[name])} ms`,
            ]),
          ),
        )
      : '',
    real ? videoSection('Real talking videos', real) : '',
    videos ? videoSection('Given videos', videos) : '',
    music
      ? section(
          'No speech',
          `Music taken for speech: ${estimateText(music.falseSpeech, percent)} of the frames; the mouth is visibly open in ${estimateText(music.mouthOpen, percent)}. Noises: ${estimateText(music.noise.falseSpeech, percent)} and ${estimateText(music.noise.mouthOpen, percent)}. The bars show the share taken for speech.`,
          barPlot(
            'Share taken for speech by sound',
            music.sounds
              .toSorted((a, b) => b.falseSpeech - a.falseSpeech)
              .map(({ name, source, falseSpeech }) => ({ label: `${name}, ${source}`, value: falseSpeech })),
            percent,
          ),
        )
      : '',
    singing && singing.songs.length > 0
      ? section(
          'Singing',
          'Where the song sounds: how often the mouth is visibly open, and how often a voice is heard.',
          table(
            ['song', 'seconds', 'open', 'open in vowels', 'voice'],
            singing.songs.map(({ name, seconds, open, vowelsOpen, speech }) => [
              name,
              seconds.toFixed(1),
              percent(open),
              vowelsOpen === null ? '-' : percent(vowelsOpen),
              percent(speech),
            ]),
          ),
        )
      : '',
    missingSection(report),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Lip sync of Loquent</title><style>${STYLE}</style></head>
<body><main>${body.join('\n')}</main></body></html>
`;
}

function section(title: string, lead: string, ...parts: readonly string[]): string {
  return `<section><h2>${escapeText(title)}</h2><p>${escapeText(lead)}</p>${parts.join('\n')}</section>`;
}

const figure = (caption: string, content: string): string =>
  `<figure>${content}<figcaption>${escapeText(caption)}</figcaption></figure>`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string) =>
    `<tr>${row.map((cell) => `<${tag}>${escapeText(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="wide"><table><thead>${cells(head, 'th')}</thead><tbody>${rows.map((row) => cells(row, 'td')).join('')}</tbody></table></div>`;
}

function tiles({ heldOut, music, singing, real, cpuMsPer20Ms, weightsKb, lookAheadMs }: LipReport): string {
  const tile = (name: string, value: string | null | undefined, note = ''): string =>
    value
      ? `<div class="tile"><b>${escapeText(value)}</b><span>${escapeText(name)}</span><i>${escapeText(note)}</i></div>`
      : '';
  const share = (name: string, estimate: Estimate | null | undefined, form = percent): string =>
    estimate
      ? tile(
          name,
          form(estimate.value),
          Number.isNaN(estimate.low) ? '' : `${form(estimate.low)} to ${form(estimate.high)}`,
        )
      : '';
  return `<div class="tiles">${[
    share('visemes right', heldOut?.visemeAccuracy),
    share('aperture r', heldOut?.apertureR, coefficient),
    share('p b m closed', heldOut?.closureRecall),
    share('p b m closed in noise', heldOut?.closureRecallNoisy),
    share('f v at the teeth', heldOut?.labiodentalRecall),
    share('open vowels lost', heldOut?.vowelsLost),
    share('silence heard', heldOut?.silenceRecall),
    share('silence heard in noise', heldOut?.silenceRecallNoisy),
    share('music taken for speech', music?.falseSpeech),
    tile('mouth open in singing', singing?.open === null || !singing ? null : percent(singing.open)),
    share('real aperture r', real?.apertureR['ours'], coefficient),
    share('real width r', real?.widthR['ours'], coefficient),
    tile('CPU per 20 ms', cpuMsPer20Ms === null ? null : `${cpuMsPer20Ms.toFixed(3)} ms`),
    tile('look-ahead', lookAheadMs === null ? null : `${lookAheadMs.toFixed(1)} ms`),
    tile('weights', `${weightsKb.toFixed(0)} kB`),
  ].join('')}</div>`;
}

const COLUMNS: readonly (readonly [keyof Articulation, string, (value: number) => string])[] = [
  ['visemeAccuracy', 'visemes', percent],
  ['apertureR', 'aperture r', coefficient],
  ['widthR', 'width r', coefficient],
  ['movementR', 'movement r', coefficient],
  ['movementLag', 'late by', milliseconds],
  ['closureRecall', 'p b m', percent],
  ['closurePrecision', 'closed rightly', percent],
  ['labiodentalRecall', 'f v', percent],
  ['vowelsLost', 'vowels lost', percent],
  ['silenceRecall', 'silence', percent],
  ['silenceClosed', 'closed in silence', percent],
];

function heldOutSection(report: HeldOutReport): string {
  const rows = report.voices.flatMap(({ name, language, minutes, conditions }) =>
    (Object.entries(conditions) as [Condition, Articulation][]).map(([condition, figures]) => [
      condition === 'clean' ? `${name} (${language}, ${minutes.toFixed(1)} min)` : '',
      condition,
      ...COLUMNS.map(([key, , form]) => (figures[key] ? form(figures[key].value) : '-')),
    ]),
  );
  const plot = (
    key: keyof Articulation,
    form: (value: number) => string,
    range: [number, number],
    ticks: number[],
  ) =>
    intervalPlot(
      key,
      report.voices.flatMap(({ name, conditions }): IntervalRow[] => {
        const estimate = conditions.clean?.[key];
        if (!estimate) return [];
        return [{ label: name, ...estimate, ours: name.startsWith('all'), figure: form(estimate.value) }];
      }),
      range,
      ticks,
      form,
    );
  const conditions = Object.keys(report.voices[0]?.conditions ?? {}) as Condition[];
  const noise = intervalPlot(
    'closures by condition',
    conditions.flatMap((condition): IntervalRow[] => {
      const estimate = report.voices[0].conditions[condition]?.closureRecall;
      if (!estimate) return [];
      return [
        { label: condition, ...estimate, ours: condition === 'clean', figure: percent(estimate.value) },
      ];
    }),
    [0, 1],
    [0, 0.25, 0.5, 0.75, 1],
    percent,
  );
  return section(
    'Held-out voices',
    `Voices that were never trained on, with the phones that they really spoke. The figures on top are over ${report.over.join(', ')}; intervals by drawing recordings.`,
    figure(
      'Visemes right in speech, by voice',
      plot('visemeAccuracy', percent, [0.3, 1], [0.4, 0.6, 0.8, 1]),
    ),
    figure(
      'Correlation with the labelled aperture, by voice',
      plot('apertureR', coefficient, [0.6, 1], [0.6, 0.7, 0.8, 0.9, 1]),
    ),
    figure(
      'p, b, m with exactly closed lips in the movement, by voice',
      plot('closureRecall', percent, [0.5, 1], [0.5, 0.75, 1]),
    ),
    figure(`p, b, m closed under every condition, ${report.voices[0]?.name ?? ''}`, noise),
    figure(
      'Spoken (rows) and heard (columns), clean: percent of the spoken class',
      confusionPlot('Confusion of visemes', VISEMES, report.confusion),
    ),
    `<p>${conditions.map((condition) => `<b>${condition}</b>: ${escapeText(CONDITION_NOTES[condition])}`).join('; ')}.</p>`,
    `<details><summary>What is mixed up, by voice</summary>${table(
      ['voice', 'spoken heard as, percent of the spoken class'],
      report.voices.map(({ name, confusions }) => [
        name,
        confusions
          .map(({ spoken, heard, share }) => `${spoken} ${heard} ${(100 * share).toFixed(0)}`)
          .join(', '),
      ]),
    )}</details>`,
    `<details><summary>Every voice under every condition</summary>${table(['voice', 'condition', ...COLUMNS.map(([, name]) => name)], rows)}</details>`,
  );
}

/** Differences to other systems alone. */
function others(differences: Readonly<Record<string, Estimate | null>>): Record<string, Estimate | null> {
  return Object.fromEntries(Object.entries(differences).filter(([method]) => OTHERS.includes(method)));
}

function videoSection(title: string, report: VideoReport): string {
  const rows = (estimates: Readonly<Record<string, Estimate | null>>, prefix: string): IntervalRow[] =>
    Object.entries(estimates).flatMap(([method, estimate]) =>
      estimate
        ? [
            {
              label: `${prefix}${METHODS[method] ?? method}`,
              ...estimate,
              ours: prefix === '' && !OTHERS.includes(method),
              figure: coefficient(estimate.value),
            },
          ]
        : [],
    );
  const plots = (
    [
      ['apertureR', 'Aperture, movement faster than a second'],
      ['apertureRRaw', 'Aperture, all movement'],
      ['widthR', 'Width, movement faster than a second'],
      ['widthRRaw', 'Width, all movement'],
    ] as const
  ).map(([key, caption]) =>
    figure(
      caption,
      intervalPlot(
        caption,
        [...rows(report[key], ''), ...rows(others(report.differences[key]), 'ours minus ')],
        [-0.2, 0.8],
        [-0.2, 0, 0.2, 0.4, 0.6, 0.8],
        (value) => value.toFixed(1),
      ),
    ),
  );
  const courses = report.clips
    .filter(({ plot }) => plot['seen'])
    .map(({ name, plot }) =>
      figure(
        `${name}: lips as seen (thick) and as moved by Loquent (thin), each in its own range`,
        coursePlot(
          name,
          [
            { label: 'seen', kind: 'seen', values: plot['seen'] },
            { label: 'ours', kind: 'ours', values: plot['ours'] },
          ],
          25,
        ),
      ),
    );
  const methods = Object.keys(report.apertureR).filter((method) => method in report.delays);
  const number = (value: number | null | undefined) =>
    value === null || value === undefined ? '-' : coefficient(value);
  const ceiling = report.ceiling
    ? ` Tracks of a small, coarse copy agree to ${coefficient(report.ceiling.apertureR)} (aperture) and ${coefficient(report.ceiling.widthR)} (width): nothing can be expected above that.`
    : '';
  return section(
    title,
    `${report.seconds.toFixed(0)} s in ${report.clips.filter(({ excluded }) => excluded === null).length} clips; correlation with the lips that are seen, at one lag per clip. Intervals over ${report.intervalsOver}.${ceiling}`,
    ...plots,
    table(
      ['clip', 'lag', ...methods.map((method) => METHODS[method] ?? method), 'p b m seen closed', 'remark'],
      report.clips.map(({ name, lag, apertureR, closures, excluded }) => [
        name,
        `${Math.round(1000 * lag)} ms`,
        ...methods.map((method) => number(apertureR[method])),
        closures ? `${closures.hits} of ${closures.trials}` : '',
        excluded ?? '',
      ]),
    ),
    table(
      ['method', 'closed lips, area under ROC', 'own delay'],
      methods.map((method) => [
        METHODS[method] ?? method,
        number(report.closedLips[method]),
        `${Math.round(1000 * report.delays[method])} ms`,
      ]),
    ),
    ...courses,
  );
}

function missingSection({ missing, missingVoices, failed }: LipReport): string {
  const lines = [
    ...missingVoices.map(({ voice, reason, packages }) => `voice ${voice}: ${reason} (Debian: ${packages})`),
    ...missing,
    ...failed.map((what) => `failed: ${what}`),
  ];
  if (lines.length === 0) return '';
  return `<section><h2>Not measured</h2><ul>${lines.map((line) => `<li>${escapeText(line)}</li>`).join('')}</ul></section>`;
}
