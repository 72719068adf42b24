/**
 * Bundles `src/browser.ts` with everything that it needs into one module for pages, `assets/browser/loquent.js`.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = new URL('../', import.meta.url);
/** What must be said wherever the file goes. */
const NOTICE =
  '/*! Loquent, MIT License. Contains zod: MIT License, Copyright (c) 2025 Colin McDonnell. The licence: see NOTICE of the package loquent. */';
const target = new URL('assets/browser/loquent.js', root);

await using bundle = await rolldown({
  input: fileURLToPath(new URL('src/browser.ts', root)),
  platform: 'browser',
  tsconfig: false,
  treeshake: { moduleSideEffects: [{ test: /platform\/browser\/use\.ts$/, sideEffects: true }] },
  onLog(level, log) {
    throw new Error(`${level}: ${log.message}`);
  },
});
const { output } = await bundle.generate({
  format: 'esm',
  minify: true,
  codeSplitting: false,
  postBanner: NOTICE,
});
const [{ code }] = output;
mkdirSync(new URL('.', target), { recursive: true });
// Whoever reads an unchanged file at this moment is not disturbed.
if (!existsSync(target) || readFileSync(target, 'utf8') !== code) writeFileSync(target, code);
