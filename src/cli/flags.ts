/**
 * Command-line flags out of the configuration schema: names, defaults, ranges and help text have no second home.
 *
 * @module
 */
import { Option } from 'commander';
import { z } from 'zod';
import { LoquentError } from '../core/index.ts';
import { CONTROL_FORMS, type FormName } from './control-forms.ts';

/** What the schema says about one option, in the words of JSON Schema. */
interface Property {
  /** Missing where several types are allowed. */
  readonly type?: 'number' | 'integer' | 'boolean' | 'string' | 'object';
  /** How a value that is no number and no name is typed. */
  readonly form?: FormName;
  readonly description?: string;
  readonly default?: number | boolean | string | object | null;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** One option of the schema as the command line and the documentation see it. */
export interface Flag {
  /** Name in the library: `maxDuration`. */
  readonly name: string;
  /** As typed, with a placeholder: `--max-duration <number>`. */
  readonly syntax: string;
  /** What it does, lower case, without a full stop. */
  readonly description: string;
  /** The values allowed, in words; empty for switches. */
  readonly values: string;
  /** Default as text; empty if there is none or the description says it. */
  readonly fallback: string;
  readonly property: Property;
}

/** Every option of `schema`, in its order. */
export function flagsOf(schema: z.ZodObject): Flag[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties as Record<string, Property>).map(([name, property]) => {
    const switchedOff = property.type === 'boolean' && property.default === true;
    const long = `--${switchedOff ? 'no-' : ''}${kebab(name)}`;
    return {
      name,
      property,
      syntax: property.type === 'boolean' ? long : `${long} <${placeholder(property)}>`,
      description: switchedOff ? `do not ${property.description ?? ''}` : (property.description ?? ''),
      values: allowedValues(property),
      fallback: property.type === 'boolean' || property.form ? '' : String(property.default ?? ''),
    };
  });
}

/** Commander options for every option of `schema`; values arrive under the schema's own names, already checked. */
export function optionsFor(schema: z.ZodObject): Option[] {
  return flagsOf(schema).map((flag) => {
    const notes = [flag.values, flag.fallback && `default ${flag.fallback}`].filter(Boolean).join('; ');
    const option = new Option(flag.syntax, flag.description + (notes && ` (${notes})`));
    if (flag.property.type !== 'boolean') option.argParser((text: string) => parseValue(flag, text, schema));
    return option;
  });
}

/** The values of `schema` among everything the user typed; what was not typed is left to the schema's defaults. */
export function pick<S extends z.ZodObject>(schema: S, typed: object): Partial<z.output<S>> {
  const known = Object.entries(typed).filter(([name, value]) => name in schema.shape && value !== undefined);
  return Object.fromEntries(known) as Partial<z.output<S>>;
}

function parseValue({ name, property, values }: Flag, text: string, schema: z.ZodObject): unknown {
  const refuse = (expected: string) =>
    new LoquentError('OPTION_INVALID', `--${kebab(name)} must be ${expected}, not "${text}".`);
  if (property.enum && !property.enum.includes(text)) throw refuse(`one of ${values}`);
  if (property.form) {
    const value = CONTROL_FORMS[property.form].parse(text.trim());
    const checked = z.safeParse(schema.shape[name], value);
    if (value === undefined || !checked.success) throw refuse(values);
    return checked.data;
  }
  // What a free text may say is known to the schema alone.
  if (property.type === 'string') return text;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const { minimum = -Infinity, maximum = Infinity } = property;
  const whole = property.type === 'integer';
  if (!(value >= minimum && value <= maximum) || (whole && !Number.isInteger(value))) {
    throw refuse(`a ${whole ? 'whole ' : ''}number from ${minimum} to ${maximum}`);
  }
  return value;
}

function allowedValues(property: Property): string {
  if (property.enum) return property.enum.join(', ');
  if (property.form) return CONTROL_FORMS[property.form].values;
  if (property.type === 'boolean' || property.type === 'string') return '';
  return `${property.minimum} to ${property.maximum}`;
}

function placeholder(property: Property): string {
  if (property.form) return CONTROL_FORMS[property.form].placeholder;
  if (property.enum) return 'name';
  return property.type === 'string' ? 'text' : 'number';
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
