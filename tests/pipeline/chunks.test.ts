import { describe, expect, it } from 'vitest';
import { chunkLength, chunksOf } from '../../src/pipeline/chunks.ts';

describe('chunks', () => {
  it('are as long as the published rule says', () => {
    expect([9, 30, 31, 45, 60, 61, 120, 121, 600].map(chunkLength)).toEqual([9, 30, 6, 6, 6, 8, 8, 10, 10]);
    expect(chunkLength(33)).toBe(6);
  });

  it('count as done when their last frame is there', () => {
    expect(chunksOf(45, 0)).toEqual({ seconds: 6, total: 8, done: 0 });
    expect(chunksOf(45, 5.96).done).toBe(0);
    expect(chunksOf(45, 6).done).toBe(1);
    expect(chunksOf(45, 44.96).done).toBe(7);
    expect(chunksOf(45, 45).done).toBe(8);
  });

  it('are one for a short video, and as long as somebody wishes', () => {
    expect(chunksOf(9, 4)).toEqual({ seconds: 9, total: 1, done: 0 });
    expect(chunksOf(9, 9, 4)).toEqual({ seconds: 4, total: 3, done: 3 });
    expect(chunksOf(9, 9, 600)).toEqual({ seconds: 9, total: 1, done: 1 });
    expect(chunksOf(9, 3.3, 0.3)).toMatchObject({ total: 30, done: 11 });
  });
});
