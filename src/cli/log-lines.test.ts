import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linesOf } from './log-lines.ts';

async function* stream(parts: readonly (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

async function lines(parts: readonly (string | Uint8Array)[], most?: number): Promise<string[]> {
  const all: string[] = [];
  for await (const some of linesOf(stream(parts), most)) for (const line of some) all.push(Buffer.from(line).toString('latin1'));
  return all;
}

test('a line is what stands before its end, also when it comes in pieces and the last one has no end', async () => {
  expect(await lines(['one\ntw', 'o\r', '\n', '\nthr', 'ee'])).toEqual(['one', 'two', '', 'three']);
  expect(await lines(['one\n'])).toEqual(['one']);
  expect(await lines([])).toEqual([]);
});

test('bytes that are no text stay as they are', async () => {
  expect(await lines([Uint8Array.of(0xff, 0, 10, 0xfe)])).toEqual(['\u00ff\u0000', '\u00fe']);
});

test('wherever the blocks are cut, the lines are the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.stringMatching(/^[ab\n\r]{0,5}$/), { maxLength: 12 }), async (parts) => {
      expect(await lines(parts)).toEqual(await lines([parts.join('')]));
    }),
  );
});

test('input without line ends is refused before it fills the memory', async () => {
  await expect(lines(['abc', 'def', 'ghi'], 5)).rejects.toMatchObject({ code: 'HR_RECORD_TOO_LARGE' });
});
