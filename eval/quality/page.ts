/**
 * The report as one self-contained page: no scripts, no requests, plots as inline SVG, sheets as inline JPEG, light and
 * dark.
 *
 * @module
 */
import { STYLE } from '../lips/page-style.ts';
import { escapeText } from '../lips/plots.ts';
import type { ClipReport } from './clip.ts';
import { MEASURE_NAMES, MEASURES, type Measure } from './measures.ts';
import { RATE } from './observe.ts';
import { dotPlot, linePlot } from './plots.ts';
import { clipName, type Verdict } from './pool.ts';
import { barText, changesOf, type QualityReport } from './report.ts';
import { POSES, type PortraitSheets, SOUNDS } from './sheets.ts';

const MORE_STYLE = `
.line{fill:none;stroke-width:1.6;stroke-linejoin:round}.line.ours{stroke:var(--ours)}.line.other{stroke:var(--other);stroke-width:2.4}.line.warm{stroke:var(--warm)}
.key.ours{color:var(--ours)}.key.other{color:var(--other)}.key.warm{color:var(--warm)}
.good{fill:var(--ours);opacity:.14}.dot{fill-opacity:.75}
.strips{display:grid;grid-template-columns:repeat(auto-fill,minmax(24rem,1fr));gap:.6rem}.strips figure{margin:0}
.pass b{color:var(--ours)}.fail b{color:var(--warm)}
.fail{border-color:var(--warm)}
img{display:block;width:100%;height:auto;border-radius:.3rem}
h3{font-size:1rem;margin:1.6rem 0 .3rem}
.better{color:var(--ours)}.worse{color:var(--warm)}
`;

/** Makes the page. */
export function toPage(report: QualityReport, sheets: readonly PortraitSheets[]): string {
  const { about, clips, people, missing, failed } = report;
  const made = [
    `Loquent ${about.version}`,
    `commit ${about.commit ?? 'unknown'}${about.quick ? ', quick' : ''}`,
    `${about.date} UTC`,
    `${about.minutes.toFixed(1)} minutes`,
    `Node ${about.node}`,
    about.processor,
  ];
  const notes = [...failed.map((what) => `Failed: ${what}`), ...missing];
  const body = [
    `<header><h1>Quality of whole results</h1><p>${escapeText(made.join(', '))}.</p></header>`,
    `<div class="tiles">${report.verdicts.map(tile).join('')}</div>`,
    section(
      'All clips',
      `${clips.length} clips; ${people.length} videos of people beside them, where that makes sense. Shaded: what must be reached. Hover for names.`,
      `<div class="strips">${strips(report).join('')}</div>`,
    ),
    section(
      'Figures',
      'Median and worst clip, people, and what has changed since the accepted result.',
      figures(report),
    ),
    ...sheets.map(sheetSection),
    section('Over time', 'What was seen in every clip.', ...[...clips, ...people].map(courses)),
    section('Every clip', 'All figures.', everyClip([...clips, ...people])),
    notes.length === 0
      ? ''
      : `<section><h2>Not measured</h2><ul>${notes.map((note) => `<li>${escapeText(note)}</li>`).join('')}</ul></section>`,
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Quality of Loquent</title><style>${STYLE}${MORE_STYLE}</style></head>
<body><main>${body.join('\n')}</main></body></html>
`;
}

function section(title: string, lead: string, ...parts: readonly string[]): string {
  return `<section><h2>${escapeText(title)}</h2><p>${escapeText(lead)}</p>${parts.join('\n')}</section>`;
}

function tile({ measure, of, bar, value, reached }: Verdict): string {
  const { title, form } = MEASURES[measure];
  return `<div class="tile ${reached ? 'pass' : 'fail'}"><b>${escapeText(form(value))}</b><span>${escapeText(title)}, ${of}</span><i>${reached ? '' : 'not '}${escapeText(barText(bar, form))}</i></div>`;
}

function strips({ clips, people, verdicts }: QualityReport): string[] {
  return MEASURE_NAMES.flatMap((measure) => {
    const dots = [
      ...clips.map((clip) => ({ clip, ours: true })),
      ...people.map((clip) => ({ clip, ours: false })),
    ].flatMap(({ clip, ours }) => {
      const value = clip.figures[measure];
      return value === null ? [] : [{ name: clipName(clip), value, ours }];
    });
    if (dots.length < 2) return [];
    // The bar of the worst clip holds for every clip.
    const bars = verdicts.filter((verdict) => verdict.measure === measure);
    const shown = bars.filter(({ of }) => of === 'worst');
    const { title, form } = MEASURES[measure];
    const plot = dotPlot(
      title,
      dots,
      (shown.length > 0 ? shown : bars).map(({ bar }) => bar),
      form,
    );
    return [`<figure>${plot}<figcaption>${escapeText(title)}</figcaption></figure>`];
  });
}

function figures(report: QualityReport): string {
  const { pool, real } = report;
  const changes = changesOf(report);
  const rows = MEASURE_NAMES.flatMap((measure) => {
    const pooled = pool[measure];
    if (!pooled) return [];
    const { title, form } = MEASURES[measure];
    const change = (of: 'median' | 'worst') => {
      const found = changes.find((one) => one.measure === measure && one.of === of);
      if (!found || found.verdict === 'same') return '';
      return `<span class="${found.verdict}">${escapeText(`${found.verdict} (was ${form(found.before)})`)}</span>`;
    };
    return [
      [
        escapeText(title),
        escapeText(form(pooled.median)),
        change('median'),
        escapeText(pooled.worst ? form(pooled.worst.value) : '-'),
        change('worst'),
        escapeText(pooled.worst?.clip ?? ''),
        escapeText(real[measure] ? form(real[measure].median) : '-'),
      ],
    ];
  });
  return table(['measure', 'median', '', 'worst', '', 'clip', 'people'], rows);
}

/** @param rows - Cells are HTML. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string) =>
    `<tr>${row.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<div class="wide"><table><thead>${cells(head.map(escapeText), 'th')}</thead><tbody>${rows.map((row) => cells(row, 'td')).join('')}</tbody></table></div>`;
}

function everyClip(clips: readonly ClipReport[]): string {
  const written = (measure: Measure, value: number | null) =>
    value === null ? '' : escapeText(MEASURES[measure].form(value));
  const rows = clips.map((clip) => [
    escapeText(clipName(clip)),
    ...MEASURE_NAMES.map((name) => written(name, clip.figures[name])),
  ]);
  return table(['clip', ...MEASURE_NAMES.map((name) => MEASURES[name].title)], rows);
}

function sheetSection({ portrait, mouths, eyes, faces }: PortraitSheets): string {
  const picture = (jpeg: Uint8Array, caption: string) =>
    `<figure><img alt="${escapeText(caption)}" src="data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}"><figcaption>${escapeText(caption)}</figcaption></figure>`;
  const sounds = SOUNDS.map((sound) => sound || 'rest').join(' ');
  const poses = POSES.map(({ name }) => name).join(', ');
  return section(
    portrait,
    'Made by the product from phones and controls.',
    picture(mouths, `Mouths: ${sounds}`),
    picture(eyes, 'A blink in quarters; looks left, right and down'),
    picture(
      faces,
      `Emotions at full intensity by row (neutral, happy, sad, angry, surprised, disgusted, fearful, contempt); poses by column (${poses}); silent in the first column, a sound each in the others`,
    ),
  );
}

function courses(clip: ClipReport): string {
  const { expected, aperture, eyes, yaw, pitch, roll, jitter } = clip.courses;
  const most = Math.max(0.05, ...aperture.map((value) => value ?? 0));
  const angles = [yaw, pitch, roll].map(centred);
  const reach = Math.max(3, ...angles.flat().map((value) => Math.abs(value ?? 0)));
  const tremble = Math.max(0.01, ...jitter);
  const degrees = (value: number) => `${value.toFixed(0)}°`;
  const lines: string[] = [
    linePlot(
      'Mouth',
      [
        ...(expected.length > 0
          ? [{ label: 'expected', colour: 'other', values: expected.map((value) => value * most) } as const]
          : []),
        { label: 'seen', colour: 'ours', values: aperture },
      ],
      RATE,
      [0, most],
      (value) => value.toFixed(2),
    ),
    linePlot('Eyes', [{ label: 'opening', colour: 'ours', values: eyes }], RATE, [0, 0.5], (value) =>
      value.toFixed(2),
    ),
    linePlot(
      'Head',
      [
        { label: 'turn', colour: 'ours', values: angles[0]! },
        { label: 'nod', colour: 'warm', values: angles[1]! },
        { label: 'tilt', colour: 'other', values: angles[2]! },
      ],
      RATE,
      [-reach, reach],
      degrees,
    ),
    linePlot(
      'Jitter',
      [{ label: 'in eye distances', colour: 'warm', values: jitter }],
      RATE,
      [0, tremble],
      (value) => value.toFixed(3),
    ),
  ];
  const least = clip.leastAlike === null ? '' : `, least alike at ${clip.leastAlike.toFixed(2)} s`;
  return `<details><summary>${escapeText(clipName(clip) + least)}</summary>${lines.map((line) => `<figure>${line}</figure>`).join('')}</details>`;
}

/** Angles about their own mean: where a photo looks is not movement. */
function centred(values: readonly (number | null)[]): (number | null)[] {
  const known = values.filter((value) => value !== null);
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return values.map((value) => (value === null ? null : value - mean));
}
