/** The types of the client against the service that runs. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { clientTypes } from '../../scripts/client-types.ts';

test('the types of the client are those of the OpenAPI document', { timeout: 60_000 }, async () => {
  const written = readFileSync(new URL('../../src/client/service-types.ts', import.meta.url), 'utf8');
  // `npm run docs` writes them anew.
  expect(written).toBe(await clientTypes());
});
