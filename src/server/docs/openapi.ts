import { z } from 'zod';
import { ERRORS } from '../../core/index.ts';
import { PROBLEM_TYPE } from '../problems.ts';
import type { Resource } from '../resource.ts';
import type { Answer, Route } from '../route.ts';
import { VERSION } from '../version.ts';

/** Any JSON object. */
type Json = Readonly<Record<string, unknown>>;

const PROBLEM: Json = {
  type: 'object',
  description: 'A failure (RFC 9457) with a stable code.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'hint', 'retryable'],
  properties: {
    type: { type: 'string', format: 'uri-reference', description: 'Where the code is explained.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened, as a sentence.' },
    instance: { type: 'string', format: 'uri', description: 'Names this request; the log has the same id.' },
    code: { type: 'string', enum: Object.keys(ERRORS) },
    hint: { type: 'string', description: 'What to do about it.' },
    retryable: { type: 'boolean', description: 'Whether the same request can succeed later.' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'JSON pointer to the field.' },
          detail: { type: 'string' },
        },
      },
    },
  },
};

/** The OpenAPI 3.1 document of the service. */
export function openApi(resources: readonly Resource[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const resource of resources) {
    for (const route of resource.routes.filter(({ hidden }) => !hidden)) {
      const path = route.path.replace(/:(\w+)/g, '{$1}');
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, resource.name) };
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Loquent',
      version: VERSION,
      summary: 'A portrait speaks: photo and speech in, lip-synced talking-head video out.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: resources.map(({ name, description }) => ({ name, description })),
    paths,
    components: {
      schemas: { Problem: PROBLEM },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        header: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
      },
    },
  };
}

function operation(route: Route, tag: string): Json {
  const answers = Object.entries(route.answers).map(([status, answer]) => [status, response(answer)]);
  return {
    operationId: operationId(route),
    tags: [tag],
    summary: route.summary,
    ...(route.description && { description: route.description }),
    security: route.scope === null ? [] : [{ bearer: [] }, { header: [] }],
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
    ...requestBody(route),
    responses: {
      ...Object.fromEntries(answers),
      default: {
        description: 'A failure.',
        content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

/** `post_v1_videos`, `get_v1_videos_id`. */
function operationId({ method, path }: Route): string {
  return [method.toLowerCase(), ...path.split(/[^\w]+/)].filter(Boolean).join('_');
}

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
    ...(property['description'] !== undefined && { description: property['description'] }),
  }));
}

function requestBody({ body, otherBodies = {} }: Route): Json {
  const types = Object.entries(otherBodies).map(([type, schema]) => [type, { schema }]);
  const json = body ? [['application/json', { schema: jsonSchema(body, 'input') }]] : [];
  const content = [...json, ...types];
  return content.length === 0
    ? {}
    : { requestBody: { required: true, content: Object.fromEntries(content) } };
}

function response({ description, schema, type = 'application/json' }: Answer): Json {
  if (!schema && type === 'application/json') return { description };
  return { description, content: { [type]: schema ? { schema: jsonSchema(schema, 'output') } : {} } };
}

/** JSON Schema 2020-12, which is what OpenAPI 3.1 uses. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
