import { expect, test } from 'vitest';
import type { BlockAnswer } from '../core/format.ts';
import type { StandardSchema } from '../core/schema.ts';
import { jsonArray } from './json-array.ts';

interface Told {
  readonly values: unknown[];
  readonly at: number[];
  readonly refused: string[];
}

function read(bytes: string | Uint8Array, { piece = 1e9, recordBytes = 1e6, depth = 256 } = {}): Told {
  const reader = jsonArray<unknown>(undefined, { depth }).blocks!.open({ where: 'file:x', recordBytes });
  const all = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  const told: Told = { values: [], at: [], refused: [] };
  const add = (answer: BlockAnswer<unknown> | undefined): boolean => {
    told.values.push(...(answer?.values ?? []));
    told.at.push(...Array.from(answer?.at ?? []));
    told.refused.push(...(answer?.refused ?? []).map(({ error, position }) => `${position} ${error.code} ${error.where}, ${error.what}`));
    return answer !== undefined;
  };
  for (let at = 0; at < all.length; at += piece) {
    reader.feed(all.subarray(at, at + piece));
    while (add(reader.next(3)));
  }
  reader.end();
  while (add(reader.next(3)));
  return told;
}

test.each(['[]', ' [ ] \n', '[1]', '[1,2]', '\n[\n  {"a": [1, "]"]},\r\n  "x,y\\"",\n  null\n]\n', '\ufeff[[],[[]],{}]'])(
  '%j is read element by element, however it is cut',
  (text) => {
    const expected = JSON.parse(text.replace('\ufeff', '')) as unknown[];
    for (const piece of [1, 2, 3, 7, 1000]) {
      const { values, at, refused } = read(text, { piece });
      expect(values).toEqual(expected);
      expect(refused).toEqual([]);
      expect(at.map((byte) => Buffer.from(text)[byte])).toEqual(expected.map((value) => JSON.stringify(value).charCodeAt(0)));
    }
  },
);

test.each<[text: string, values: unknown[], refused: string[]]>([
  ['[1,{"a":},3]', [1, 3], ["3 HR_DECODE_FAILED file:x, line 1, byte 8: not JSON: there is '}' where a value should be"]],
  ['[1,\n{"a":"no end},\n{"b":2}]', [1, { b: 2 }], ['4 HR_DECODE_FAILED file:x, line 2, byte 9: not JSON: a string has no end']],
  [
    '[{"a":no end"},\n2,\n"]\n',
    [2],
    [
      "1 HR_DECODE_FAILED file:x, line 1, byte 7: not JSON: there is 'o' in the middle of a word",
      '19 HR_DECODE_FAILED file:x, line 3, byte 19: not JSON: a string has no end',
    ],
  ],
  ['[{"a":1],{"b":2}]', [{ b: 2 }], ["1 HR_DECODE_FAILED file:x, line 1, byte 7: not JSON: there is ']' where a ',' or '}' should be"]],
  ['[1 2,3]', [3], ["1 HR_DECODE_FAILED file:x, line 1, byte 3: not JSON: there is '2' where the text should end"]],
  ['[1,,2]', [1, 2], ['3 HR_DECODE_FAILED file:x, line 1, byte 3: not JSON: an element of the array is missing']],
  ['[1,]', [1], ['3 HR_DECODE_FAILED file:x, line 1, byte 3: not JSON: an element of the array is missing']],
  ['[{"__proto__":1},2]', [2], ['1 HR_DECODE_UNSAFE file:x, line 1, byte 1: the key /__proto__ could change a prototype']],
  ['[1]\n[2]', [1], ['4 HR_DECODE_FAILED file:x, line 2, byte 4: not JSON: something stands behind the end of the array']],
  ['\u00ef[1]', [], ['0 HR_DECODE_FAILED file:x, line 1, byte 0: not JSON: the file is no array']],
  ['{"a":[1]}', [], ['0 HR_DECODE_FAILED file:x, line 1, byte 0: not JSON: the file is no array']],
  ['', [], ['0 HR_DECODE_FAILED file:x, line 1, byte 0: not JSON: the file ends before an array begins, at byte 0']],
  [' \n', [], ['2 HR_DECODE_FAILED file:x, line 2, byte 2: not JSON: the file ends before an array begins, at byte 2']],
  ['[1,', [1], ['3 HR_DECODE_FAILED file:x, line 1, byte 3: not JSON: the file ends inside of the array, at byte 3']],
  ['[1', [], ['1 HR_DECODE_FAILED file:x, line 1, byte 1: not JSON: the file ends inside of the array, at byte 2']],
  ['[1,{"a":"b', [1], ['3 HR_DECODE_FAILED file:x, line 1, byte 3: not JSON: the file ends inside of the array, at byte 10']],
  ['[[[1]]]', [], ['1 HR_DECODE_FAILED file:x, line 1, byte 2: not JSON: it is nested deeper than 1 levels']],
])('%j: what is wrong is refused with its place, and the rest is read', (text, values, refused) => {
  for (const piece of [1, 5, 1000]) {
    const told = read(text, { piece, depth: text.startsWith('[[[') ? 1 : 256 });
    expect(told).toMatchObject({ values, refused });
  }
});

test('half of a byte order mark is none', () => {
  const bytes = Buffer.concat([Buffer.from([0xef, 0xbb]), Buffer.from('[1]')]);
  for (const piece of [1, 1000])
    expect(read(bytes, { piece })).toMatchObject({
      values: [],
      refused: [expect.stringContaining('byte 2: not JSON: the file is no array')],
    });
});

test('an element that is too long is refused by its beginning, and the next one is read', () => {
  const text = `[1,{"a":"${'y'.repeat(500)}"},2]`;
  for (const piece of [1, 100, 1000]) {
    expect(read(text, { piece, recordBytes: 50 })).toEqual({
      values: [1, 2],
      at: [1, text.length - 2],
      refused: ['3 HR_RECORD_TOO_LARGE file:x, line 1, byte 3: an element of the array is longer than 50 bytes'],
    });
  }
});

test('bytes that are not UTF-8 spoil one element', () => {
  const bytes = Buffer.concat([Buffer.from('["é","'), Buffer.from([0xff]), Buffer.from('","b"]')]);
  expect(read(bytes)).toMatchObject({
    values: ['é', 'b'],
    refused: ['6 HR_DECODE_FAILED file:x, line 1, byte 7: not JSON: the byte 0xff is not UTF-8'],
  });
});

test('a schema is asked for every element', () => {
  const even: StandardSchema<number> = {
    '~standard': {
      version: 1,
      vendor: 'even',
      validate: (value) => (Number(value) % 2 === 0 ? { value: Number(value) } : { issues: [{ message: 'odd' }] }),
    },
  };
  const reader = jsonArray(even).blocks!.open({ where: 'file:x', recordBytes: 100 });
  reader.feed(Buffer.from('[2,3,4]'));
  const answer = reader.next(10)!;
  expect(answer.values).toEqual([2, 4]);
  expect(answer.refused![0]).toMatchObject({
    before: 1,
    position: 3,
    error: { code: 'HR_DECODE_INVALID', what: 'line 1, byte 3: the value: odd' },
  });
});

test('what is written is one array, and is read back equal', () => {
  const writing = jsonArray<unknown>().writing!;
  for (const values of [[], [1], [null, { a: 'é\n\ud83d' }, [], 'x'.repeat(200_000), 2]]) {
    const encoder = writing.open({ where: 'file:x', isEmpty: true });
    const pieces: Uint8Array[] = [];
    for (const value of values) {
      encoder.add(value);
      expect(() => encoder.add(1n)).toThrow(/bigint/);
      if (encoder.heldBytes > 100_000) pieces.push(...encoder.take());
    }
    pieces.push(...encoder.end());
    const bytes = Buffer.concat(pieces);
    expect(JSON.parse(bytes.toString())).toEqual(values);
    expect(read(bytes)).toMatchObject({ values, refused: [] });
    expect(bytes.at(-1)).toBe(10);
  }
});

test('time follows the length of an element, whatever is in it', () => {
  for (const filler of ['[', '"', '\\', '{"a":', '1', ' ', '\n']) {
    const { refused } = read(Buffer.concat([Buffer.from('["'), Buffer.alloc(1024 * 1024, filler)]), { piece: 500, recordBytes: 4e6 });
    expect(refused).toHaveLength(1);
  }
});
