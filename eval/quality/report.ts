/**
 * The whole measurement as one object, and its forms for programs and for the terminal.
 *
 * @module
 */
import { type Change, comparePools, readBaseline } from './baseline.ts';
import type { ClipReport } from './clip.ts';
import {
  FOOTAGE_MEASURE_NAMES,
  FOOTAGE_MEASURES,
  type FootageReport,
  shortfallsOf,
} from './footage-measures.ts';
import { type Bar, MEASURE_NAMES, MEASURES, type Measure } from './measures.ts';
import type { Pool, Verdict } from './pool.ts';

/** Everything that was measured. */
export interface QualityReport {
  /** Of what, and where. */
  readonly about: {
    readonly version: string;
    /** Commit that was measured, with `+` when files were changed since; `null` outside a repository. */
    readonly commit: string | null;
    readonly date: string;
    readonly node: string;
    readonly processor: string;
    readonly quick: boolean;
    readonly minutes: number;
  };
  /** Over all clips. */
  readonly pool: Pool;
  /** Over the clips of the shipped portraits; empty unless all of them were measured. */
  readonly shipped: Pool;
  /** Over videos of people who talk. */
  readonly real: Pool;
  readonly verdicts: readonly Verdict[];
  readonly clips: readonly ClipReport[];
  readonly people: readonly ClipReport[];
  /** Filmed people who say something else. */
  readonly footage: readonly FootageReport[];
  /** What could not be measured, and why. */
  readonly missing: readonly string[];
  /** What ended with an error. */
  readonly failed: readonly string[];
}

/** The report for programs. Figures as numbers; courses are left out unless asked for. */
export function toJson(report: QualityReport, withCourses = false): string {
  const { clips, people, ...rest } = report;
  const plain = ({ courses, ...clip }: ClipReport) => (withCourses ? { ...clip, courses } : clip);
  const whole = { ...rest, changes: changesOf(report), clips: clips.map(plain), people: people.map(plain) };
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toFixed(5)) : value;
  return JSON.stringify(whole, rounded, 2);
}

/** What has changed since the last accepted result; nothing if there is none, or only a part was measured. */
export function changesOf({ shipped }: QualityReport): Change[] {
  return comparePools(readBaseline()?.shipped ?? {}, shipped);
}

/** A bar in words. */
export function barText({ least, most }: Bar, form: (value: number) => string): string {
  if (least !== undefined && most !== undefined) return `${form(least)} to ${form(most)}`;
  return least !== undefined ? `at least ${form(least)}` : `at most ${form(most!)}`;
}

/** The report for people, as lines of text. */
export function toText(report: QualityReport): string {
  const { about, pool, real, verdicts, clips, people, footage, missing, failed } = report;
  const lines: string[] = [];
  lines.push(
    `Quality of Loquent ${about.version} (${about.commit ?? 'no commit'})${about.quick ? ', quick' : ''}: ` +
      `${clips.length} clips, ${people.length} videos of people`,
  );
  if (clips.length > 0) {
    lines.push('', `${''.padEnd(36)}${'median'.padStart(10)}${'worst'.padStart(10)}${'people'.padStart(10)}`);
    for (const measure of MEASURE_NAMES) lines.push(...poolRow(measure, pool, real));
    lines.push('', 'What must be reached');
    for (const { measure, of, bar, value, reached } of verdicts) {
      const { title, form } = MEASURES[measure];
      lines.push(
        `  ${reached ? 'pass' : 'FAIL'}  ${`${title}, ${of}`.padEnd(46)}${form(value).padStart(9)}  ${barText(bar, form)}`,
      );
    }
  }
  if (people.length > 0) {
    lines.push(
      '',
      `People: ${['jitter', 'p95', 'turn', 'nod', 'tilt', 'speed', 'blink'].map((name) => name.padStart(8)).join('')}`,
    );
    const shown: Measure[] = [
      'jitter',
      'jitterP95',
      'yawRange',
      'pitchRange',
      'rollRange',
      'headSpeed',
      'blinkDuration',
    ];
    for (const { portrait, figures } of people) {
      const cells = shown.map((name) => cell(name, figures[name]).padStart(8));
      lines.push(`  ${portrait.padEnd(24)}${cells.join('')}`);
    }
  }
  if (footage.length > 0) lines.push('', ...footageRows(footage));
  const changes = changesOf(report).filter(({ verdict }) => verdict !== 'same');
  if (changes.length > 0) {
    lines.push('', 'Since the accepted result (shipped portraits)');
    for (const { measure, of, before, now, verdict } of changes) {
      const { title, form } = MEASURES[measure];
      lines.push(
        `  ${verdict.padEnd(8)}${`${title}, ${of}`.padEnd(46)}${form(before).padStart(9)} ->${form(now).padStart(9)}`,
      );
    }
  }
  if (failed.length > 0) lines.push('', 'Failed', ...failed.map((what) => `  ${what}`));
  if (missing.length > 0) lines.push('', ...missing);
  return `${lines.join('\n')}\n`;
}

/** Footage as lines of text: every clip, then what does not reach its bar. */
function footageRows(footage: readonly FootageReport[]): string[] {
  const names = FOOTAGE_MEASURE_NAMES;
  const lines = [
    `Footage${names
      .map((name) => FOOTAGE_MEASURES[name].short.padStart(9))
      .join('')
      .padStart(38 + 9 * names.length - 7)}`,
    ...footage.map(({ clip, speech, figures }) => {
      const cells = names.map((name) => {
        const value = figures[name];
        return (value === null ? '-' : FOOTAGE_MEASURES[name].form(value)).padStart(9);
      });
      return `  ${`${clip} / ${speech}`.slice(0, 35).padEnd(36)}${cells.join('')}`;
    }),
  ];
  const short = shortfallsOf(footage);
  if (short.length === 0) return [...lines, '  pass  every figure that must be reached'];
  const beyond = short.map(({ clip, speech, measure, value }) => {
    const { title, form, bar } = FOOTAGE_MEASURES[measure];
    return `  FAIL  ${`${title}, ${clip} / ${speech}`.padEnd(70)}${form(value).padStart(9)}  ${barText(bar!, form)}`;
  });
  return [...lines, ...beyond];
}

function poolRow(measure: Measure, pool: Pool, real: Pool): string[] {
  const pooled = pool[measure];
  if (!pooled) return [];
  const { title } = MEASURES[measure];
  const cells = [pooled.median, pooled.worst?.value ?? null, real[measure]?.median ?? null].map((value) =>
    cell(measure, value).padStart(10),
  );
  return [`  ${title.padEnd(34)}${cells.join('')}${pooled.worst ? `  ${pooled.worst.clip}` : ''}`];
}

function cell(measure: Measure, value: number | null): string {
  return value === null ? '-' : MEASURES[measure].form(value);
}
