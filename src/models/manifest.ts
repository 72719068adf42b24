import { z } from 'zod';
import { LoquentError } from '../core/index.ts';

/** In what numbers a network computes; `int8` and `fp16` are smaller files, faster where the hardware has them. */
export const PRECISIONS = ['fp32', 'fp16', 'int8'] as const;
/** One of {@link PRECISIONS}. */
export type Precision = (typeof PRECISIONS)[number];

/** How the roles of files end that hold weights of a network beside its graph. */
const WEIGHTS = /-weights$/;

const slug = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case words joined by hyphens');
/** One name in a folder: nothing that could lead out of it. */
const fileName = z.string().regex(/^(?!\.)[\w.+-]{1,120}$/, 'must be a plain file name');

const tensorSchema = z.strictObject({
  type: z.enum(['float32', 'float16', 'int64', 'int32', 'uint8', 'int8', 'bool']),
  /** Sizes in order; `null` is any size (a batch, a length). */
  shape: z.array(z.int().min(0).nullable()),
  /** Its name in the file; only needed where another tensor has the same type and shape. */
  name: z.string().optional(),
});

/** What a network takes and gives. Keys are roles: the names by which an engine knows the tensors. */
const networkSchema = z.strictObject({
  /** Lowest and highest opset of the default domain. */
  opset: z.tuple([z.int().min(1), z.int().min(1)]),
  /** Samples per run at most, as the publisher's own programs have it; more are computed in several runs. */
  mostSamples: z.partialRecord(z.enum(PRECISIONS), z.int().min(1)).optional(),
  inputs: z.record(slug, tensorSchema),
  outputs: z.record(slug, tensorSchema),
});

const fileSchema = z.strictObject({
  /**
   * Which network of the model it is: a key of `networks` where the model has them. Or such a key with `-weights`: what the graph of this
   * network keeps outside under the file's name, as ONNX files end at 2 GB.
   */
  role: slug,
  precision: z.enum(PRECISIONS),
  /** Its name in the store. */
  name: fileName,
  /** Further names under which it is published; looked for when files are imported. */
  aliases: z.array(fileName).default([]),
  /** Bytes; `null` where nobody has published it. */
  size: z.int().min(1).nullable(),
  /** Lower-case hex; `null` where nobody has published it: then the first file that arrives is trusted, and said so. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  /** Where it can be downloaded, best first; none where it must be made or fetched by hand. */
  urls: z.array(z.url({ protocol: /^https$/ })),
});

const licenceSchema = z.strictObject({
  /** SPDX name, or the publisher's words. */
  name: z.string().min(2),
  url: z.url().optional(),
});

const manifestSchema = z
  .strictObject({
    name: slug,
    /** Semantic version of this entry: changes when files or tensors do. */
    version: z.string().regex(/^\d+\.\d+\.\d+$/),
    title: z.string().min(2),
    /** What it does, a sentence. */
    purpose: z.string().regex(/^[A-Z].*\.$/),
    /** `onnx` runs here; others must be exported first, see `obtain`. */
    format: z.enum(['onnx', 'pytorch']),
    code: licenceSchema,
    weights: licenceSchema,
    /** Whether the publisher allows commercial use of the weights: `unclear` where nothing is stated. */
    commercial: z.enum(['yes', 'no', 'unclear']),
    /** What whoever uses it agrees to, a sentence or more. */
    terms: z.string().regex(/^[A-Z].*\.$/),
    /** What it needs to be of use, in words. */
    hardware: z.string().regex(/^[A-Z].*\.$/),
    /** What it can be given. */
    inputs: z.array(z.enum(['photo', 'video', 'audio', 'face'])).min(1),
    /** How to get files that have no address, or to make ONNX of them. */
    obtain: z.string().regex(/^[A-Z].*\.$/),
    files: z.array(fileSchema).min(1),
    networks: z.record(slug, networkSchema).default({}),
  })
  .superRefine(({ files, networks, format }, context) => {
    const names = files.map(({ name }) => name);
    if (new Set(names).size < names.length) context.addIssue('two files have the same name');
    for (const { role } of files) {
      if (Object.keys(networks).length > 0 && !(role.replace(WEIGHTS, '') in networks))
        context.addIssue(`no network "${role}" for a file`);
    }
    if (format === 'pytorch' && Object.keys(networks).length > 0)
      context.addIssue('only ONNX files have networks');
  });

/** What is known about one published model. */
export type ModelManifest = z.infer<typeof manifestSchema>;
/** One file of a {@link ModelManifest}. */
export type ModelFile = ModelManifest['files'][number];
/** What one network of a {@link ModelManifest} takes and gives. */
export type NetworkSignature = z.infer<typeof networkSchema>;
/** Type and shape of one tensor of a {@link NetworkSignature}. */
export type TensorSignature = z.infer<typeof tensorSchema>;

/**
 * Reads a manifest.
 *
 * @param text - JSON.
 * @param origin - Where it comes from, for messages.
 * @throws LoquentError `ASSET_CORRUPT`.
 */
export function parseManifest(text: string, origin: string): ModelManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new LoquentError('ASSET_CORRUPT', `The manifest "${origin}" is no JSON.`, { cause });
  }
  const result = manifestSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new LoquentError('ASSET_CORRUPT', `The manifest "${origin}" is wrong: ${problems.join('; ')}.`, {
    details: { problems },
  });
}

/** What is said to somebody who has not accepted the terms of a model's weights. */
export function licenceRefusal({ name, weights, commercial, terms }: ModelManifest): LoquentError {
  const where = weights.url ? ` (${weights.url})` : '';
  const use =
    commercial === 'yes' ? '' : commercial === 'no' ? ' NON-COMMERCIAL.' : ' Commercial use is unclear.';
  const message = `The weights of "${name}" are under "${weights.name}"${where}.${use} ${terms}`;
  return new LoquentError('MODEL_LICENCE', message, { details: { licence: weights.name, commercial } });
}

/** What a file must be: that of its model, or the bare weights that lie beside a graph. */
export function formatOf(
  { format }: ModelManifest,
  { role }: ModelFile,
): ModelManifest['format'] | 'weights' {
  return WEIGHTS.test(role) ? 'weights' : format;
}

/** The precisions that a model comes in, best known first. */
export function precisionsOf({ files }: ModelManifest): Precision[] {
  return PRECISIONS.filter((precision) => files.some((file) => file.precision === precision));
}

/**
 * The files that make up a model in one precision: one for each role. A role that is not there in that precision is taken in the
 * first one that it has (a small network beside a large one is often left in float32).
 *
 * @throws LoquentError `OPTION_INVALID` if no file has this precision.
 */
export function filesOf(manifest: ModelManifest, precision: Precision): ModelFile[] {
  const known = precisionsOf(manifest);
  if (!known.includes(precision)) {
    const message = `The model "${manifest.name}" does not come in ${precision}; it has ${known.join(', ')}.`;
    throw new LoquentError('OPTION_INVALID', message);
  }
  const roles = [...new Set(manifest.files.map(({ role }) => role))];
  return roles.map((role) => {
    const files = manifest.files.filter((file) => file.role === role);
    return files.find((file) => file.precision === precision) ?? files[0]!;
  });
}
