/**
 * Bundles what pages load into `assets/browser`, each with everything that it needs: `loquent.js` and the thread that it starts for networks.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = new URL('../', import.meta.url);
const LOQUENT = 'Loquent, MIT License.';
const ZOD =
  'Contains zod: MIT License, Copyright (c) 2025 Colin McDonnell. The licence: see NOTICE of the package loquent.';

/** @param notice - What must be said wherever the file goes. */
async function build(source: string, name: string, notice: string): Promise<void> {
  await using bundle = await rolldown({
    input: fileURLToPath(new URL(source, root)),
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
    postBanner: `/*! ${notice} */`,
  });
  const [{ code }] = output;
  const target = new URL(`assets/browser/${name}`, root);
  mkdirSync(new URL('.', target), { recursive: true });
  // Whoever reads an unchanged file at this moment is not disturbed.
  if (!existsSync(target) || readFileSync(target, 'utf8') !== code) writeFileSync(target, code);
}

await build('src/browser.ts', 'loquent.js', `${LOQUENT} ${ZOD}`);
await build('src/pipeline/browser/networks-worker.ts', 'onnx-worker.js', LOQUENT);
