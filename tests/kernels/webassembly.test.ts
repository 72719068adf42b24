import { describe, expect, test } from 'vitest';
import { compileKernel, hasRelaxedSimd, hasSimd } from '../../src/kernels/webassembly.ts';

describe('WebAssembly of this host', () => {
  test('has what the oldest supported Node has', () => {
    expect(hasSimd()).toBe(true);
    expect(hasRelaxedSimd()).toBe(true);
  });

  test('tells a damaged kernel from a host without SIMD', async () => {
    const failure = compileKernel('assets/kernels/some.wasm', new Uint8Array(8));
    await expect(failure).rejects.toMatchObject({
      code: 'ASSET_CORRUPT',
      message: 'The shipped file "assets/kernels/some.wasm" cannot be compiled.',
    });
  });
});
