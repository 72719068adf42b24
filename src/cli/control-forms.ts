/**
 * How controls that are more than a number are typed on the command line.
 *
 * @module
 */
import { EMOTIONS } from '../core/index.ts';

/** How one kind of control is typed. */
export interface ControlForm {
  /** What stands for it in the help. */
  readonly placeholder: string;
  /** What can be typed, in words. */
  readonly values: string;
  /** The value as the schema knows it, unchecked; `undefined` if the text has another form. */
  parse(text: string): unknown;
}

/** `a:1+b:2` as an object; a name without a number counts `alone`. */
function pairs(text: string, separator: string, alone: number): Record<string, number> | undefined {
  const entries: [string, number][] = [];
  for (const part of text.split(separator)) {
    const match = /^\s*([a-z]+)\s*(?::\s*(-?[\d.]+))?\s*$/i.exec(part);
    if (!match) return undefined;
    entries.push([match[1], match[2] === undefined ? alone : Number(match[2])]);
  }
  return new Set(entries.map(([name]) => name)).size === entries.length
    ? Object.fromEntries(entries)
    : undefined;
}

/** Every form by the name that the schema gives it. */
export const CONTROL_FORMS = {
  emotion: {
    placeholder: 'mix',
    values: `${EMOTIONS.join(', ')} with 0 to 1 each, like happy:0.6 or happy:0.4+surprised:0.2`,
    parse: (text) => pairs(text, '+', 1),
  },
  face: {
    placeholder: 'face',
    values: 'a number, 1 = largest, or a place like 0.3,0.5: shares of width and height',
    parse(text) {
      const parts = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
      return parts.length === 1 ? parts[0] : parts.length === 2 ? { x: parts[0], y: parts[1] } : undefined;
    },
  },
  gaze: {
    placeholder: 'degrees',
    values: 'right,down like 10,-5 (-40 to 40, -25 to 25), or natural',
    parse(text) {
      if (text === 'natural') return null;
      const parts = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
      return parts.length === 2 ? { theta: parts[0], phi: parts[1] } : undefined;
    },
  },
  pose: {
    placeholder: 'pose',
    values:
      'like yaw:5,roll:-2 (yaw, pitch, roll -30 to 30; x, y -0.3 to 0.3; scale 0.8 to 1.25), or natural',
    parse: (text) => (text === 'natural' ? null : pairs(text, ',', Number.NaN)),
  },
} as const satisfies Record<string, ControlForm>;

/** Name of a form. */
export type FormName = keyof typeof CONTROL_FORMS;
