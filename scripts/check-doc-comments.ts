/**
 * Fails when an export of any source file has no doc comment. Reads the declarations in `dist/` (`npm run build`
 * first): the compiler writes them in one canonical form, so a line-by-line look is enough.
 *
 * @module
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const DECLARATION =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum) (?<name>[\w$]+)/;

/** Names of the exports in one declaration file that have no doc comment, with their line numbers. */
function undocumented(text: string): { name: string; line: number }[] {
  const found: { name: string; line: number }[] = [];
  const lines = text.split('\n');
  let previousName = '';
  for (const [index, line] of lines.entries()) {
    const name = DECLARATION.exec(line)?.groups?.['name'];
    if (name === undefined) continue;
    // The overloads after the first share its comment.
    if (name !== previousName && !lines[index - 1]?.trimEnd().endsWith('*/'))
      found.push({ name, line: index + 1 });
    previousName = name;
  }
  return found;
}

if (!existsSync(`${root}dist/index.d.ts`)) {
  console.error('There is no dist/index.d.ts: run `npm run build` first.');
  process.exit(1);
}
let total = 0;
let missing = 0;
for (const file of globSync('dist/**/*.d.ts', { cwd: root }).sort()) {
  const text = readFileSync(root + file, 'utf8');
  total += text.split('\n').filter((line) => DECLARATION.test(line)).length;
  for (const { name, line } of undocumented(text)) {
    missing++;
    console.error(`${file}:${line}: "${name}" has no doc comment.`);
  }
}
console.log(`${total - missing} of ${total} exports have a doc comment.`);
process.exitCode = missing === 0 ? 0 : 1;
