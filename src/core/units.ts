/**
 * Units as types: a number that carries its unit cannot be handed over as another unit by accident.
 *
 * @module
 */

declare const unit: unique symbol;
type Unit<Name extends string> = number & { readonly [unit]: Name };

/** A position or length on the media clock, in seconds. Zero is the first audio sample. */
export type Seconds = Unit<'Seconds'>;
/** A wall-clock length, in milliseconds (latencies, timings; never media time). */
export type Millis = Unit<'Millis'>;
/** A length in pixels of the picture that the surrounding comment names. May be fractional. */
export type Pixels = Unit<'Pixels'>;
/** A count of audio samples per channel. */
export type Samples = Unit<'Samples'>;
/** An angle in radians. */
export type Radians = Unit<'Radians'>;

/** Tags a plain number as seconds of media time. */
export const seconds = (value: number): Seconds => value as Seconds;
/** Tags a plain number as milliseconds of wall-clock time. */
export const millis = (value: number): Millis => value as Millis;
/** Tags a plain number as pixels. */
export const pixels = (value: number): Pixels => value as Pixels;
/** Tags a plain number as a sample count. */
export const samples = (value: number): Samples => value as Samples;
/** Tags a plain number as radians. */
export const radians = (value: number): Radians => value as Radians;
/** Converts degrees to radians. */
export const degrees = (value: number): Radians => ((value * Math.PI) / 180) as Radians;
/** Media time at which sample number `count` starts, for a stream of `rate` samples per second. */
export const samplesToSeconds = (count: number, rate: number): Seconds => (count / rate) as Seconds;
