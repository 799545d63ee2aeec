// A dead letter that holds only the beginning of a record must say so: redriven, it would become a record nobody wrote.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonArray } from '../../src/codecs/json-array.ts';
import { type FileSourceOptions, fileSource } from '../../src/connectors/files/index.ts';
import { type Codec, collect, csv, type DeadLetter, type FileFormat, json, pipeline, run, text } from '../../src/index.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-cut-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function lettersOf(
  content: string,
  format: Codec<unknown> | FileFormat<unknown>,
  options?: FileSourceOptions,
): Promise<readonly DeadLetter[]> {
  const path = join(folder, 'in');
  writeFileSync(path, content);
  const letters = collect<DeadLetter>();
  const reading = pipeline('reading', { onError: 'deadLetter' });
  reading.from(fileSource(path, format, options)).to(collect());
  reading.deadLetters().to(letters);
  await run(reading);
  return letters.values;
}

const columns = { id: 'integer', name: 'string' } as const;
const long = 'x'.repeat(100_000);
const small = { recordBytes: 70_000 } as const;

test.each<[string, Codec<unknown> | FileFormat<unknown>, string, FileSourceOptions, string]>([
  ['a CSV row that is too long', csv({ columns }), `id,name\n1,${long}\n`, small, 'HR_RECORD_TOO_LARGE'],
  ['a CSV row with a wrong place', csv({ columns }), `id,name\none,${long}\n`, {}, 'HR_DECODE_INVALID'],
  ['a JSON line that is too long', json({ columns }), `{"id":1,"name":"${long}"}\n`, small, 'HR_RECORD_TOO_LARGE'],
  ['a JSON array element that is too long', jsonArray(), `[{"id":1,"name":"${long}"}]`, small, 'HR_RECORD_TOO_LARGE'],
  ['a line of text that is too long', text(), `${long}\n`, small, 'HR_RECORD_TOO_LARGE'],
])('%s, kept by its beginning, is told as such', async (_what, format, content, options, code) => {
  const [letter, ...others] = await lettersOf(content, format, options);
  expect(others).toEqual([]);
  expect(letter!.error.code).toBe(code);
  expect(letter!.bytes!.length).toBeLessThan(content.length - 10);
  expect(letter!.lost).toMatch(/^only its first \d+ bytes were kept$/);
});

test('a CSV row that is kept whole is not, and can be decoded once its column is', async () => {
  const [letter] = await lettersOf(`name,id\nann,one\n`, csv({ columns }));
  expect(letter!.lost).toBeUndefined();
  expect(csv({ columns: { id: 'string', name: 'string' } }).decode(letter!.bytes!)).toEqual({ id: 'one', name: 'ann' });
});
