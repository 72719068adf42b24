import { createRequire } from 'node:module';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import type { RuntimePlace } from '../../../src/engines/onnx/runtime.ts';

const require = createRequire(import.meta.url);

/** The WebAssembly build is a development dependency: it needs no script at installation and runs everywhere. */
export const webRuntime: RuntimePlace = {
  package: 'onnxruntime-web',
  url: pathToFileURL(require.resolve('onnxruntime-web')).href,
};

/** The native build, where there is one: at LOQUENT_TEST_ONNX (a folder with node_modules), else `null`. */
export function nativeRuntime(): RuntimePlace | null {
  const folder = process.env['LOQUENT_TEST_ONNX'];
  if (folder === undefined) return null;
  const url = pathToFileURL(createRequire(`${folder}/package.json`).resolve('onnxruntime-node')).href;
  return { package: 'onnxruntime-node', url };
}
