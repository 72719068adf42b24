/**
 * Copies the third-party files that the package ships out of the development dependencies into `assets/`: Google's
 * face models, the LiteRT runtime, their licence, and a manifest of checksums. Does nothing when all is up to date.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const fromPackage = (path: string): Buffer => readFileSync(new URL(`node_modules/${path}`, root));
const asset = (name: string): URL => new URL(`assets/${name}`, root);

/** A file of the manifest that `loquent doctor` and the loaders check. */
interface ManifestEntry {
  name: string;
  bytes: number;
  sha256: string;
}

/** Everything that decides the result: if it is unchanged, the folder is up to date. */
const SOURCES = [
  'scripts/build-assets.ts',
  'scripts/licences/NOTICE.txt',
  'node_modules/@litertjs/core/package.json',
  'node_modules/@litertjs/wasm-utils/package.json',
  'node_modules/@mediapipe/face_mesh/package.json',
  'node_modules/@mediapipe/face_detection/package.json',
  'node_modules/@mediapipe/selfie_segmentation/package.json',
];

function sha256(...parts: (Buffer | string)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** The models that `@mediapipe/face_mesh` packs one after the other into a single file, by file name. */
function packedModels(): Map<string, Buffer> {
  const folder = '@mediapipe/face_mesh/face_mesh_solution_packed_assets';
  const listing = /"files":\s*(\[[^\]]*\])/.exec(fromPackage(`${folder}_loader.js`).toString('utf8'))?.[1];
  if (listing === undefined) throw new Error('The table of contents of @mediapipe/face_mesh was not found.');
  const packed = fromPackage(`${folder}.data`);
  const entries = JSON.parse(listing) as { filename: string; start: number; end: number }[];
  return new Map(
    entries.map(({ filename, start, end }) => [
      filename.slice(filename.lastIndexOf('/') + 1),
      packed.subarray(start, end),
    ]),
  );
}

/**
 * LiteRT's Emscripten glue as an ES module. Inside, `globalThis` looks like a host that is neither Node nor a page, so
 * that the glue leaves loading to its caller and needs neither `require` nor a global name.
 */
function glueModule(glue: string): string {
  return [
    '// Changed by Loquent: wrapped as an ES module, see ../NOTICE.txt.',
    'export const createModule = ((globalThis) => {',
    glue,
    'return ModuleFactory;',
    '})(Object.create(globalThis, { process: {}, window: {}, document: {}, WorkerGlobalScope: {} }));',
    '',
  ].join('\n');
}

function replaceOnce(text: string, search: string, replacement: string): string {
  if (text.split(search).length !== 2) throw new Error(`Expected exactly one "${search}" in LiteRT's code.`);
  return text.replace(search, () => replacement);
}

function collectFiles(): Map<string, Buffer> {
  const models = packedModels();
  const model = (name: string): [string, Buffer] => {
    const bytes = models.get(name);
    if (!bytes) throw new Error(`"${name}" is not in @mediapipe/face_mesh.`);
    return [`models/${name}`, bytes];
  };
  const wasm = '@litertjs/core/wasm/litert_wasm_internal';
  const withoutMap = (code: string): string => code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
  const litert = replaceOnce(
    withoutMap(fromPackage('@litertjs/core/dist/index.js').toString('utf8')),
    'from "@litertjs/wasm-utils";',
    'from "./wasm-utils.js"; // Changed by Loquent, see ../NOTICE.txt.',
  );
  const wasmUtils = withoutMap(fromPackage('@litertjs/wasm-utils/dist/index.js').toString('utf8'));
  return new Map<string, Buffer>([
    model('face_landmark_with_attention.tflite'),
    model('face_detection_short_range.tflite'),
    model('geometry_pipeline_metadata_landmarks.binarypb'),
    [
      'models/face_detection_full_range_sparse.tflite',
      fromPackage('@mediapipe/face_detection/face_detection_full_range_sparse.tflite'),
    ],
    [
      'models/selfie_segmentation.tflite',
      fromPackage('@mediapipe/selfie_segmentation/selfie_segmentation.tflite'),
    ],
    ['litert/litert_wasm_internal.wasm', fromPackage(`${wasm}.wasm`)],
    ['litert/litert_wasm_internal.js', Buffer.from(glueModule(fromPackage(`${wasm}.js`).toString('utf8')))],
    ['litert/index.js', Buffer.from(litert)],
    ['litert/wasm-utils.js', Buffer.from(wasmUtils)],
    ['LICENCE-APACHE-2.0.txt', readFileSync(new URL('scripts/licences/Apache-2.0.txt', root))],
    ['NOTICE.txt', readFileSync(new URL('scripts/licences/NOTICE.txt', root))],
  ]);
}

/** Whether `assets/` was made from these very sources and every file still has its size. */
function isUpToDate(sources: string): boolean {
  try {
    const manifest = JSON.parse(readFileSync(asset('manifest.json'), 'utf8')) as {
      sources: string;
      files: ManifestEntry[];
    };
    return (
      manifest.sources === sources &&
      manifest.files.every(
        ({ name, bytes }) => existsSync(asset(name)) && statSync(asset(name)).size === bytes,
      )
    );
  } catch {
    return false;
  }
}

const sources = sha256(...SOURCES.map((path) => readFileSync(new URL(path, root))));
if (!isUpToDate(sources)) {
  const files: ManifestEntry[] = [];
  for (const [name, bytes] of collectFiles()) {
    mkdirSync(new URL('.', asset(name)), { recursive: true });
    // Whoever reads an unchanged file at this moment is not disturbed.
    if (!existsSync(asset(name)) || !readFileSync(asset(name)).equals(bytes))
      writeFileSync(asset(name), bytes);
    files.push({ name, bytes: bytes.length, sha256: sha256(bytes) });
  }
  writeFileSync(asset('manifest.json'), `${JSON.stringify({ sources, files }, null, 2)}\n`);
}
