import { describe, expect, test } from 'vitest';
import { decodeAvatar, encodeAvatar } from '../../src/avatar/file.ts';
import '../../src/platform/node/use.ts';
import { randomAvatar } from './test-avatar.ts';

describe('the mouth style of an avatar', () => {
  const style = { open: 0.8, wide: 1.2, round: 1, closure: 0.9 };

  test('is kept in its file', async () => {
    const avatar = { ...randomAvatar(7), mouthStyle: style };
    expect((await decodeAvatar(await encodeAvatar(avatar))).mouthStyle).toEqual(style);
  });

  test('may be missing, as in files that were made before there was one', async () => {
    expect((await decodeAvatar(await encodeAvatar(randomAvatar(7)))).mouthStyle).toBeUndefined();
  });

  test('out of range is refused', async () => {
    for (const open of [-0.1, 2.1, Number.NaN]) {
      const avatar = { ...randomAvatar(7), mouthStyle: { ...style, open } };
      await expect(encodeAvatar(avatar)).rejects.toMatchObject({ code: 'INTERNAL' });
    }
  });
});
