import type { z } from 'zod';
import { jsonSchema } from '../docs/openapi.ts';
import type { FileRole } from '../intake/file-role.ts';

/** The same fields as a form: files as files, everything else as texts. */
export function formSchema(
  schema: z.ZodType,
  files: readonly FileRole[],
  required: readonly FileRole[] = [],
): object {
  const { properties = {}, ...rest } = jsonSchema(schema, 'input') as { properties?: Record<string, object> };
  const binary = {
    type: 'string',
    contentMediaType: 'application/octet-stream',
    description: 'the file, or its address',
  };
  const entries = files.map((name) => [name, { ...properties[name], ...binary }]);
  return { ...rest, properties: { ...properties, ...Object.fromEntries(entries) }, required };
}
