import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** A file of the page, as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly text: string;
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  js: 'text/javascript; charset=utf-8',
  ts: 'text/javascript; charset=utf-8',
};

/** Whether the service runs from its sources: then the modules of the page are TypeScript. */
const FROM_SOURCE = import.meta.url.endsWith('.ts');

/**
 * The files of the studio by the names under which the page asks for them. Modules are sent one by one, as they are written:
 * there are few, and nothing stands between what is read and what runs. The client comes with them.
 */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const files = new Map<string, PageFile>();
  const studio = here(FROM_SOURCE ? '../../../apps/studio/' : '../../studio/');
  for (const name of globSync('*.{html,css,svg,js,ts}', { cwd: studio })) add(files, studio, name);
  const source = here('../../');
  const ending = FROM_SOURCE ? 'ts' : 'js';
  for (const name of globSync(`{client,client/*}.${ending}`, { cwd: source })) add(files, source, name);
  return files;
}

/** JavaScript, line by line the same. */
function withoutTypes(text: string): string {
  const { emitWarning } = process;
  // Node says that this is new; that is of no use to whoever starts the service.
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}

function add(files: Map<string, PageFile>, folder: string, name: string): void {
  if (name.endsWith('.d.ts')) return;
  const written = readFileSync(folder + name, 'utf8');
  const text = name.endsWith('.ts') ? withoutTypes(written) : written;
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  const file = { type: TYPES[name.split('.').at(-1)!]!, text, etag };
  const asked = name.replaceAll('\\', '/');
  files.set(asked, file);
  // The page names modules as they are called once they are built.
  files.set(asked.replace(/\.ts$/, '.js'), file);
}
