/**
 * Prints what the product's front end makes of 16-bit mono sound on standard input: JSON rows of 40 numbers. For the
 * comparison in test_front_end.py.
 */
import { Conditioner } from '../../src/audio/conditioner.ts';
import { LevelTracker } from '../../src/audio/level.ts';
import { MelFrontEnd } from '../../src/audio/mel.ts';
import { SpectrumNormaliser } from '../../src/audio/normalise.ts';

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const bytes = Buffer.concat(chunks);
const conditioner = new Conditioner();
const mel = new MelFrontEnd();
const level = new LevelTracker();
const normaliser = new SpectrumNormaliser();
const rows: number[][] = [];
for (let at = 0; at + 1 < bytes.length; at += 2) {
  const sample = conditioner.push(bytes.readInt16LE(at) / 32768);
  level.push(sample);
  if (!mel.push(sample)) continue;
  normaliser.push(mel.power, level.powerGain);
  rows.push([...normaliser.output]);
}
process.stdout.write(JSON.stringify(rows));
