import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

function codesInSource(): Set<string> {
  const codes = new Set<string>();
  for (const file of readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
    for (const [, code] of readFileSync(join(ROOT, 'src', file), 'utf8').matchAll(/['"](HR_[A-Z_]+)['"]/g)) codes.add(code!);
  }
  return codes;
}

test('every error code has a heading in docs/errors.md, and every heading a code', () => {
  const headings = [...readFileSync(join(ROOT, 'docs/errors.md'), 'utf8').matchAll(/^### (HR_[A-Z_]+)$/gm)].map(([, code]) => code!);
  const codes = codesInSource();
  expect(codes.size).toBeGreaterThan(20);
  expect([...codes].filter((code) => !headings.includes(code))).toEqual([]);
  expect(headings.filter((code) => !codes.has(code))).toEqual([]);
  expect(headings.length).toBe(new Set(headings).size);
});
