import { createHash } from 'node:crypto';
import { ERRORS, type ErrorEntry } from '../../core/index.ts';
import type { Resource } from '../resource.ts';
import { DEFAULT_MAX_BYTES, type Route } from '../route.ts';
import { VERSION } from '../version.ts';
import { jsonSchema } from './openapi.ts';

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: light-dark(#0a58ca, #7ab0ff); }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 6rem; }
h1 { margin: 0; } h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
a { color: var(--accent); } code { font: .9em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
details { border: 1px solid var(--line); border-radius: .6rem; margin: .6rem 0; background: var(--soft); }
summary { padding: .6rem 1rem; cursor: pointer; } details > div { padding: 0 1rem 1rem; }
.method { display: inline-block; min-width: 4.2rem; font-weight: 700; color: var(--accent); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); }
:target { outline: 2px solid var(--accent); outline-offset: 4px; }
`;

/** One page that describes every address and every error code. It runs no script and loads nothing. */
export function docsPage(resources: readonly Resource[]): { html: string; policy: string } {
  const hash = createHash('sha256').update(STYLE).digest('base64');
  const sections = resources.map(
    (resource) =>
      `<h2>${htmlText(resource.name)}</h2><p>${inline(resource.description)}</p>${resource.routes
        .filter(({ hidden }) => !hidden)
        .map(routeText)
        .join('')}`,
  );
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Loquent service</title><style>${STYLE}</style></head><body>
<h1>Loquent service</h1>
<p>Version ${htmlText(VERSION)}. For programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1). Keys are sent as
<code>Authorization: Bearer &lt;key&gt;</code>. Every answer has an <code>X-Request-Id</code>; failures are
<code>application/problem+json</code> with one of the <a href="#errors">codes</a> below.</p>
${sections.join('\n')}
<h2 id="errors">Errors</h2>
${table(['Code', 'Status', 'What to do', 'Again later?'], Object.entries<ErrorEntry>(ERRORS).map(errorRow))}
</body></html>
`;
  return {
    html,
    policy: `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'`,
  };
}

function errorRow([code, { status, hint, retryable }]: [string, ErrorEntry]): string[] {
  return [`<code id="${code}">${code}</code>`, String(status), inline(hint), retryable ? 'yes' : 'no'];
}

function routeText(route: Route): string {
  const limit = route.maxBytes ?? DEFAULT_MAX_BYTES;
  const body = route.body || route.otherBodies;
  const facts = [
    route.scope === null
      ? 'No key is needed.'
      : `The key must be allowed to use <code>${route.scope}</code>.`,
    body ? `The body has at most ${Math.round(limit / 2 ** 20)} MiB.` : '',
  ];
  return `<details><summary><span class="method">${route.method}</span> <code>${htmlText(route.path)}</code> ${inline(route.summary)}</summary><div>
<p>${inline(route.description ?? '')} ${facts.join(' ')}</p>
${fields('In the path', route.params && jsonSchema(route.params, 'input'))}
${fields('In the query', route.query && jsonSchema(route.query, 'input'))}
${fields('In the body, application/json', route.body && jsonSchema(route.body, 'input'))}
${Object.entries(route.otherBodies ?? {})
  .map(([type, schema]) => fields(`In the body, ${type}`, schema))
  .join('')}
${table(
  ['Answer', ''],
  Object.entries(route.answers).map(([status, { description }]) => [status, inline(description)]),
)}</div></details>`;
}

interface Field {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
}

function fields(title: string, schema: object | undefined): string {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, Field>;
    required?: readonly string[];
  };
  const rows = Object.entries(properties).map(([name, field]) => [
    `<code>${htmlText(name)}</code>${required.includes(name) ? ' (needed)' : ''}`,
    inline(field.description ?? ''),
    htmlText(valuesOf(field)),
  ]);
  return rows.length === 0
    ? ''
    : `<h3>${htmlText(title)}</h3>${table(['Name', 'What it does', 'Values'], rows)}`;
}

function valuesOf(field: Field): string {
  const kind = field.enum?.join(', ') ?? [field.type ?? ''].flat().join(' or ');
  const range =
    field.minimum !== undefined &&
    field.maximum !== undefined &&
    Math.abs(field.maximum) < Number.MAX_SAFE_INTEGER
      ? ` ${field.minimum} to ${field.maximum}`
      : '';
  const fallback = field.default === undefined ? '' : `; default ${JSON.stringify(field.default)}`;
  return kind + range + fallback;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((cell) => `<th>${cell}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('');
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** Text with `code` in it. */
function inline(text: string): string {
  return htmlText(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function htmlText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
