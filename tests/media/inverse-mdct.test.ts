import { expect, it } from 'vitest';
import { InverseMdct } from '../../src/media/decoders/inverse-mdct.ts';

it('the fast inverse MDCT agrees with its definition', () => {
  for (const size of [64, 256, 1024]) {
    const input = Float32Array.from({ length: size / 2 }, (_, k) => Math.sin(k * k * 0.37 + 1));
    const output = new Float32Array(size);
    new InverseMdct(size).run(input, output);
    for (let i = 0; i < size; i += 7) {
      const angle = ((2 * Math.PI) / size) * (i + 0.5 + size / 4);
      const exact = input.reduce((sum, value, k) => sum + value * Math.cos(angle * (k + 0.5)), 0);
      expect(Math.abs(output[i]! - exact)).toBeLessThan(1e-5);
    }
  }
});
