import { asLoquentError, LoquentError } from './errors.ts';

/** Why a model's file cannot be used. */
export type ModelFault =
  | 'missing'
  | 'empty'
  | 'lfs-pointer'
  | 'web-page'
  | 'truncated'
  | 'checksum'
  | 'not-onnx'
  | 'opset'
  | 'signature'
  | 'runtime';

/** What to do about each fault. */
const ADVICE: Readonly<Record<ModelFault, string>> = {
  missing: 'Get it with `loquent models pull`, or take it from a folder with `loquent models import`.',
  empty: 'Download it again; the copy was interrupted before its first byte.',
  'lfs-pointer':
    'It only says where the file lies. Download the file itself: `git lfs pull` in a clone, or the download link of the page.',
  'web-page': 'It is a page that a browser saved. Use the download link of the file itself.',
  truncated: 'Download it again; the copy was interrupted.',
  checksum: 'Download it again; if the same file comes, its publisher has changed it: do not use it.',
  'not-onnx': 'Export the network to ONNX first; docs/engines.md says how.',
  opset: 'Export the network again with an opset in the range that the message names.',
  signature:
    'Give the network that the model’s page in docs/engines.md names, exported with its usual inputs.',
  runtime: 'Run `loquent models verify`; if the file is intact, the ONNX Runtime cannot run this network.',
};

/**
 * The one error for a model's file that cannot be used; `details.fault` tells the causes apart.
 *
 * @param what - What happened, as a full sentence.
 */
export function modelLoadError(
  fault: ModelFault,
  what: string,
  facts: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): LoquentError {
  const details = { fault, ...facts };
  return new LoquentError('MODEL_LOAD_FAILED', what, { hint: ADVICE[fault], details, cause });
}

/** How much of a file's beginning {@link refuseImpostor} wants to see, bytes. */
export const BEGINNING = 512;

/**
 * Refuses what people have in the place of a model: an empty file, a pointer of Git LFS, a saved web page, another format.
 *
 * @param path - For the message.
 * @param beginning - The first {@link BEGINNING} bytes, or all there are.
 * @param format - What it is to be.
 * @throws LoquentError `MODEL_LOAD_FAILED`.
 */
export function refuseImpostor(
  path: string,
  beginning: Uint8Array,
  size: number,
  format: 'onnx' | 'pytorch' | 'weights',
): void {
  if (size === 0) throw modelLoadError('empty', `"${path}" is empty.`);
  const text = new TextDecoder('latin1').decode(beginning.subarray(0, BEGINNING));
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    const bytes = Number(/^size (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
    const about = Number.isFinite(bytes) ? ` of a file of ${bytes} bytes` : '';
    throw modelLoadError(
      'lfs-pointer',
      `"${path}" is only the Git LFS pointer${about}, not the file itself.`,
    );
  }
  if (/^\s*<(?:!doctype|html|\?xml|head|body)/i.test(text)) {
    throw modelLoadError('web-page', `"${path}" is a web page, not a model.`);
  }
  if (format === 'onnx' && !beginsLikeOnnx(beginning)) {
    const zip = text.startsWith('PK\u0003\u0004');
    const kind = zip || text.startsWith('\u0080\u0002') ? 'a PyTorch checkpoint' : 'no ONNX file';
    throw modelLoadError('not-onnx', `"${path}" is ${kind}.`);
  }
}

/** Whether the first field is one that a `ModelProto` can begin with: its version, producer, opsets or graph. */
function beginsLikeOnnx(bytes: Uint8Array): boolean {
  const tag = bytes[0] ?? 0;
  const [field, wire] = [tag >> 3, tag & 7];
  return field === 1 || field === 5
    ? wire === 0
    : [2, 3, 4, 6, 7, 8, 14, 20, 25].includes(field) && wire === 2;
}

/** What a file is. */
export interface FileFacts {
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/**
 * Refuses a file that is not the published one.
 *
 * @throws LoquentError `MODEL_LOAD_FAILED` with the fault `truncated` or `checksum`.
 */
export function refuseOther(
  path: string,
  facts: FileFacts,
  published: { readonly size: number | null; readonly sha256: string | null },
): void {
  if (published.size !== null && facts.size < published.size) {
    const message = `"${path}" has ${facts.size} of ${published.size} bytes.`;
    throw modelLoadError('truncated', message, { expected: published.size, found: facts.size });
  }
  if (published.sha256 === null || facts.sha256 === published.sha256) return;
  throw modelLoadError('checksum', `"${path}" is not the published file: its checksum differs.`, {
    expected: published.sha256,
    found: facts.sha256,
  });
}

/** The same failure about the file that the user named: `outer` where the message says `inner`. */
export function renamed(error: unknown, inner: string, outer: string): LoquentError {
  const { code, message, hint, details, cause } = asLoquentError(error);
  return new LoquentError(code, message.replaceAll(inner, outer), {
    hint,
    cause,
    ...(details && { details }),
  });
}
