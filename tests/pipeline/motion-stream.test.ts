/** What is drawn out of packets, beside what is drawn out of the movement itself. */
import { expect, test } from 'vitest';
import {
  type MotionFrame,
  parseOptions,
  type SpeechFrame,
  seconds,
  VISEMES,
  viewSchema,
} from '../../src/core/index.ts';
import { meshEngine } from '../../src/engines/mesh/index.ts';
import { createMotion } from '../../src/motion/index.ts';
import { decodeMotion, encodeMotion } from '../../src/motion/motion-packet.ts';
import { loadRenderer } from '../../src/pipeline/renderer.ts';
import { builtAva } from '../avatar/test-faces.ts';

/** Four seconds of somebody who speaks, with a smile. */
function spoken(): MotionFrame[] {
  const motion = createMotion({ emotion: { happy: 0.4 }, seed: 3 });
  const frames: SpeechFrame[] = Array.from({ length: 200 }, (_, i) => {
    const open = 0.5 + 0.5 * Math.sin(i * 0.9) * Math.sin(i * 0.13);
    const viseme = Math.floor(i / 6) % VISEMES.length;
    return {
      time: seconds(i / 50),
      visemes: Float32Array.from(VISEMES, (_name, n) => (n === viseme ? 1 : 0)),
      ...{ aperture: open, width: Math.sin(i * 0.2), rounding: 0.3, loudness: 0.7, speech: 1 },
      ...{ pitch: 180, voicing: 1, events: [] },
    };
  });
  return motion.push(frames);
}

test('pictures drawn from packets are those of the service, to a difference that nobody sees', async () => {
  const motions = spoken();
  const view = parseOptions(viewSchema, { size: 256, crop: 'head' });
  using renderer = await loadRenderer(meshEngine, await builtAva(), view);
  let worst = Infinity;
  for (let i = 0; i < motions.length; i += 16) {
    const own = renderer.render(motions[i]!, i).data.slice();
    const sent = renderer.render(decodeMotion(encodeMotion(motions[i]!))!, i).data;
    const squares = own.reduce((sum, byte, at) => sum + (byte - sent[at]!) ** 2, 0);
    worst = Math.min(worst, 10 * Math.log10(255 ** 2 / (squares / (own.length * 0.75))));
  }
  const bytes = motions.map((motion) => encodeMotion(motion).length);
  const kilobits = (bytes.reduce((sum, one) => sum + one) / bytes.length) * 25 * 0.008;
  console.log(`drawn from packets: ${worst.toFixed(1)} dB at worst, ${kilobits.toFixed(1)} kbit/s`);
  expect(worst).toBeGreaterThan(50);
  expect(kilobits).toBeLessThan(16);
}, 240_000);
