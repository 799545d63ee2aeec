import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** What the sources say, and the codes they name as such. */
function sources(): { readonly text: string; readonly codes: ReadonlySet<string> } {
  let text = '';
  for (const file of readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
    text += readFileSync(join(ROOT, 'src', file), 'utf8');
  }
  return { text, codes: new Set([...text.matchAll(/['"](HR_[A-Z_]*[A-Z])['"]/g)].map(([, code]) => code!)) };
}

test('every error code has a heading in docs/errors.md, and every heading a code', () => {
  const headings = [...readFileSync(join(ROOT, 'docs/errors.md'), 'utf8').matchAll(/^### (HR_[A-Z_]+)$/gm)].map(([, code]) => code!);
  const { text, codes } = sources();
  expect(codes.size).toBeGreaterThan(20);
  expect([...codes].filter((code) => !headings.includes(code))).toEqual([]);
  expect(headings.filter((code) => !text.includes(code))).toEqual([]);
  expect(headings.length).toBe(new Set(headings).size);
});
