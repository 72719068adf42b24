import { describe, expect, test } from 'vitest';
import { fillUnknown } from '../../src/avatar/preparation/inpainting.ts';
import { plane } from '../../src/avatar/preparation/planes.ts';

describe('filling what is unknown', () => {
  test.each([
    ['not a number', Number.NaN],
    ['endless', Number.POSITIVE_INFINITY],
    ['huge', 1e30],
  ])('does not depend on what the unknown pixels held: %s', (_, value) => {
    const fill = (unknown: number) => {
      const [picture, known] = [plane(37, 23), plane(37, 23)];
      for (let at = 0; at < picture.data.length; at += 1) {
        known.data[at] = at % 37 < 9 || at % 11 === 0 ? 1 : 0;
        picture.data[at] = known.data[at] === 1 ? 0.2 + 0.6 * ((at * 7) % 13) * 0.05 : unknown;
      }
      fillUnknown([picture], known);
      return picture.data;
    };
    expect(fill(value)).toEqual(fill(0));
    expect(fill(value).every((filled) => filled >= 0.2 - 1e-6 && filled <= 0.6)).toBe(true);
  });
});
