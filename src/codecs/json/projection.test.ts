import { expect, test } from 'vitest';
import { entryAt } from '../../core/columns.ts';
import type { ColumnWishes } from '../column-kinds.ts';
import { fastLines } from './fast-lines.ts';
import { projectionOf } from './projected.ts';
import { ProjectionReader } from './projection.ts';
import { read } from './projection-rig.ts';

const A: ColumnWishes = { a: 'number?' };
const value = (columns: ColumnWishes, text: string): unknown => {
  const { rows, refused } = read(columns, text);
  return rows[0] ?? refused[0];
};

test.each<[line: string, a: unknown]>([
  ['{"a":1}', 1],
  ['{}', null],
  ['{ }', null],
  ['\t{ "a" : 1 } \r', 1],
  ['{"a":null}', null],
  ['{"a":1,"a":2}', 2],
  ['{"a":"x","a":2}', 2],
  ['{"a":2,"a":null}', null],
  ['{"\\u0061":3}', 3],
  ['{"a":1,"\\u0061":4}', 4],
  ['{"b":{"a":9},"a":5}', 5],
  ['{"b":"\\"a\\":7","a":6}', 6],
  ['{"b":[[],{},[{}],"]}",1e5,-0,true,false,null],"a":7}', 7],
  ['{"":0,"a":8}', 8],
  ['{"__proto__":{"a":1}}', null],
  ['{"A":1}', null],
  ['{"a ":1}', null],
  ['{"a":-0}', -0],
  ['{"a":1e400}', Infinity],
  ['{"a":0.1e1}', 1],
  ['{"a":123456789012345678901234567890}', 1.2345678901234568e29],
  ['{"a":9007199254740993}', 9007199254740992],
  ['{"a":2.2250738585072011e-308}', 2.225073858507201e-308],
  ['{"a":1E-2}', 0.01],
  ['{"b":"\u{1f600}\u00e9\u0800","a":9}', 9],
])('%s is read as JSON.parse reads it', (line, a) => {
  expect(value(A, line)).toEqual([a]);
  expect((JSON.parse(line) as { a?: unknown }).a ?? null).toEqual(a);
});

test.each<[line: string, said: string]>([
  ['{"a":1', "byte 6: not JSON: it ends where a ',' or '}' should be"],
  ['{"a":1}}', "byte 7: not JSON: there is '}' where the text should end"],
  ['{"a":1} x', "byte 8: not JSON: there is 'x' where the text should end"],
  ['{"a":01}', "byte 6: not JSON: there is '1' where a ',' or '}' should be"],
  ['{"a":1.}', "byte 7: not JSON: there is '}' where a digit should be"],
  ['{"a":.5}', "byte 5: not JSON: there is '.' where a value should be"],
  ['{"a":+1}', "byte 5: not JSON: there is '+' where a value should be"],
  ['{"a":1e}', "byte 7: not JSON: there is '}' where a digit should be"],
  ['{"a":-}', "byte 6: not JSON: there is '}' where a digit should be"],
  ['{"a":NaN}', "byte 5: not JSON: there is 'N' where a value should be"],
  ['{"b":nul,"a":1}', "byte 8: not JSON: there is ',' in the middle of a word"],
  ['{"b":truE,"a":1}', "byte 8: not JSON: there is 'E' in the middle of a word"],
  ['{"b":[1,],"a":1}', "byte 8: not JSON: there is ']' where a value should be"],
  ['{"b":[1 2],"a":1}', "byte 8: not JSON: there is '2' where a ',' or ']' should be"],
  ['{"b":[1},"a":1}', "byte 7: not JSON: there is '}' where a ',' or ']' should be"],
  ['{"b":{"c"},"a":1}', "byte 9: not JSON: there is '}' where a ':' should be"],
  ['{"b":{"c":1,},"a":1}', "byte 12: not JSON: there is '}' where a key in quotes should be"],
  ['{"a":1,}', "byte 7: not JSON: there is '}' where a key in quotes should be"],
  ['{,"a":1}', "byte 1: not JSON: there is ',' where a key in quotes should be"],
  ['{a:1}', "byte 1: not JSON: there is 'a' where a key in quotes should be"],
  ["{'a':1}", "byte 1: not JSON: there is ''' where a key in quotes should be"],
  ['{"a" 1}', "byte 5: not JSON: there is '1' where a ':' should be"],
  ['{"b":"x,"a":1}', "byte 9: not JSON: there is 'a' where a ',' or '}' should be"],
  ['{"b":"x', 'byte 5: not JSON: a string has no end'],
  ['{"b":"\\x","a":1}', 'byte 6: not JSON: a backslash with nothing behind it that JSON knows'],
  ['{"b":"\\u12g4","a":1}', 'byte 6: not JSON: a backslash with nothing behind it that JSON knows'],
  ['{"b":"\t","a":1}', 'byte 6: not JSON: a string has the control character 0x09 in it'],
  ['{"b":"\u0000","a":1}', 'byte 6: not JSON: a string has the control character 0x00 in it'],
  ['{"b":1\u0000,"a":1}', "byte 6: not JSON: there is the byte 0x00 where a ',' or '}' should be"],
  ['{"a":1}\u00a0', 'byte 7: not JSON: there is the byte 0xc2 where the text should end'],
  [' ', 'byte 1: not JSON: it ends where a value should be'],
])('%s is refused where it goes wrong, also outside of what is wanted', (line, said) => {
  expect(value(A, line)).toBe(`HR_DECODE_FAILED file:x, line 1, ${said}`);
  expect(() => JSON.parse(line)).toThrow(SyntaxError);
});

test.each<[name: string, bytes: number[]]>([
  ['a byte that begins nothing', [0xff]],
  ['a character cut short', [0xc3]],
  ['an overlong character', [0xc0, 0xaf]],
  ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
  ['a character beyond the last one', [0xf4, 0x90, 0x80, 0x80]],
])('bytes that are not UTF-8 are refused anywhere in a line: %s', (_name, bytes) => {
  const line = Buffer.concat([Buffer.from('{"b":"'), Buffer.from(bytes), Buffer.from('","a":1}')]);
  expect(read(A, line).refused[0]).toMatch(/^HR_DECODE_FAILED file:x, line 1, byte 6: not JSON: the byte 0x\w\w is not UTF-8/);
  const key = Buffer.concat([Buffer.from('{"'), Buffer.from(bytes), Buffer.from('":1}')]);
  expect(read(A, key).refused[0]).toMatch(/byte 2: not JSON/);
});

test('a value that is not what its column says is refused with line, byte and column', () => {
  const columns: ColumnWishes = { id: 'integer', on: 'boolean?', name: { as: 'string', oneOf: ['x', 'y'] } };
  const { rows, refused } = read(
    columns,
    [
      '{"id":1,"on":true,"name":"x"}',
      '{"id":1.5,"name":"x"}',
      '{"id":9007199254740992,"name":"x"}',
      '{"id":"1","name":"x"}',
      '{"name":"x"}',
      '{"id":null,"name":"x"}',
      '{"id":1,"on":0,"name":"x"}',
      '{"id":1,"name":"z"}',
      '{"id":{},"name":"x"}',
      '[1]',
      '7',
      '{"id":1.0,"name":"\\u0079"}',
    ].join('\n'),
  );
  expect(rows).toEqual([
    [1, true, 'x'],
    [1, null, 'y'],
  ]);
  expect(refused).toEqual([
    "HR_DECODE_INVALID file:x, line 2, byte 36, column 'id': it is 1.5 and should be an integer",
    "HR_DECODE_INVALID file:x, line 3, byte 58, column 'id': it is 9007199254740992, beyond the integers a number holds exactly",
    "HR_DECODE_INVALID file:x, line 4, byte 93, column 'id': it is a string and should be an integer",
    `HR_DECODE_INVALID file:x, line 5, byte 109, column 'id': the member "id" is missing`,
    "HR_DECODE_INVALID file:x, line 6, byte 128, column 'id': it is null",
    "HR_DECODE_INVALID file:x, line 7, byte 158, column 'on': it is a number and should be true or false",
    `HR_DECODE_INVALID file:x, line 8, byte 187, column 'name': it is "z", which is none of "x", "y"`,
    "HR_DECODE_INVALID file:x, line 9, byte 198, column 'id': it is an object and should be an integer",
    'HR_DECODE_INVALID file:x, line 10, byte 213: this is no JSON object, and columns are read from the members of one',
    'HR_DECODE_INVALID file:x, line 11, byte 217: this is no JSON object, and columns are read from the members of one',
  ]);
});

test('strings come whole: escapes, halves of surrogate pairs, any script', () => {
  const texts = [
    '',
    'ann',
    'a\nb\\"/\b\f\r\t',
    'é日本😀',
    '\ud83d',
    '\ude00\ud83d',
    'x\ud83dy\ufffd',
    '\u0000',
    'a'.repeat(5000),
    '\n'.repeat(5000),
  ];
  const lines = texts.map((text) => `{"s":${JSON.stringify(text)}}`).join('\n');
  expect(read({ s: 'string' }, lines).rows).toEqual(texts.map((text) => [text]));
  // And where the dictionary is full at once.
  const full = { dictionary: { entries: 1, bytes: 1e6 } };
  expect(read({ s: 'string' }, lines, full).rows).toEqual(texts.map((text) => [text]));
});

test('nested members are read where the path says, and a dot in a name is escaped', () => {
  const columns: ColumnWishes = { city: { as: 'string?', from: 'user.city' }, dotted: { as: 'number?', from: 'a\\.b.c\\\\d' } };
  expect(value(columns, '{"user":{"city":"Bern"},"a.b":{"c\\\\d":1}}')).toEqual(['Bern', 1]);
  for (const user of ['5', 'null', '"x"', '[{"city":"no"}]', '{}', '{"x":{"city":"no"}}', '{"city":"Bern"},"user":1'])
    expect(value(columns, `{"user":${user},"user.city":"no"}`)).toEqual([null, null]);
  expect(() => projectionOf({ columns: { a: 'string', b: { as: 'number', from: 'a' } } })).toThrow(/'a' and 'b' read the same member/);
  expect(() => projectionOf({ columns: { a: 'string', b: { as: 'number', from: 'a.b' } } })).toThrow(/lies inside of 'a'/);
});

test('whole numbers of 64 bits are exact, as numbers and in strings', () => {
  const big = (text: string): unknown => value({ n: 'bigint' }, `{"n":${text}}`);
  for (const text of ['0', '-1', '9007199254740993', '9223372036854775807', '-9223372036854775808']) {
    expect(big(text)).toEqual([BigInt(text)]);
    expect(big(`"${text}"`)).toEqual([BigInt(text)]);
  }
  for (const text of ['9223372036854775808', '-9223372036854775809', '1.0', '1e3', '"x"', '""', 'true'])
    expect(big(text)).toMatch(/HR_DECODE_INVALID .*column 'n'/);
});

test('a dictionary that is full gives its column to plain strings, and no id changes its meaning', () => {
  const lines = Array.from({ length: 300 }, (_, i) => `{"s":"s${i % 150}"}\n`).join('');
  for (const isPlain of [false, true]) {
    const wish = { ...projectionOf({ columns: { s: 'string' }, dictionary: { entries: 100 } }), isPlain };
    const reader = new ProjectionReader(wish, { where: 'file:x', recordBytes: 1e6 });
    reader.feed(Buffer.from(lines));
    reader.end();
    const kinds: string[] = [];
    const kept: (() => unknown[])[] = [];
    for (let answer = reader.next(40); answer !== undefined; answer = reader.next(40)) {
      const { columns, length } = answer.columns!;
      kinds.push(columns[0]!.kind);
      // Read only at the very end: what was handed out may be kept for ever.
      kept.push(() => Array.from({ length }, (_, row) => entryAt(columns[0]!, row)));
    }
    expect(kinds).toEqual(['dictionary', 'dictionary', 'plain', 'plain', 'plain', 'plain', 'plain', 'plain']);
    expect(kept.flatMap((rows) => rows())).toEqual(Array.from({ length: 300 }, (_, i) => `s${i % 150}`));
  }
});

test('the memory of the fast code may grow in the middle of a line that the walker reads', () => {
  // A key with an escape in it is for the walker; strings of many kinds make dictionaries grow.
  const rows = Array.from({ length: 400 }, (_, i) => [`${i}${'a'.repeat(300)}`, `${i}${'b'.repeat(300)}`, i]);
  const lines = rows.map(([s, t, n]) => `{"\\u0073":"${s}","t":"${t}","n":${n}}\n`).join('');
  expect(read({ s: 'string', t: 'string', n: 'integer' }, lines).rows).toEqual(rows);
});

test('nesting is limited in what is wanted and in what is not', () => {
  const deep = (levels: number): string => `{"x":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)},"a":1}`;
  expect(read(A, deep(256)).rows).toEqual([[1]]);
  expect(read(A, deep(257)).refused[0]).toContain('nested deeper than 256 levels');
  expect(read({ a: { as: 'number?', from: 'a.b.c' } }, '{"a":{"b":{"c":1}}}', { depth: 2 }).refused[0]).toContain('deeper than 2');
  expect(read(A, deep(5000), { depth: 6000 }).rows).toEqual([[1]]);
});

test('a line that is too long is refused by its beginning, and the next one is read', () => {
  const long = `{"a":1,"x":"${'y'.repeat(2000)}"}`;
  for (const areaBytes of [64, 4096]) {
    const told = read(A, `{"a":1}\n${long}\r\n{"a":2}`, { recordBytes: 100, areaBytes });
    expect(told.rows).toEqual([[1], [2]]);
    expect(told.refused).toEqual(['HR_RECORD_TOO_LARGE file:x, line 2, byte 8: a line is longer than 100 bytes']);
    expect(read(A, `${long}\r\n`, { recordBytes: long.length, areaBytes }).rows).toEqual([[1]]);
    expect(read(A, `${long}\n`, { recordBytes: long.length - 1, areaBytes }).refused).toHaveLength(1);
  }
});

test('a byte order mark is passed over at the beginning of a file, and only there', () => {
  expect(read(A, '\ufeff{"a":1}\n').rows).toEqual([[1]]);
  expect(read(A, '\ufeff{"a":1}\n', { areaBytes: 16 }).rows).toEqual([[1]]);
  expect(read(A, '{"a":1}\n\ufeff{"a":2}').refused[0]).toContain('line 2, byte 8: not JSON: there is the byte 0xef');
});

test('lines that are alike are left to the fast code, also with members that come and go', () => {
  const columns: ColumnWishes = { id: 'integer', city: { as: 'string?', from: 'user.city' }, p: 'number?', on: 'boolean', at: 'time' };
  const lines = Array.from({ length: 500 }, (_, i) => {
    const user = i % 3 === 0 ? '' : `"user":{"tags":[1,{"x":"é"}],"city":"c\\u0041${i % 7}"},`;
    return `{"id":${i},${user}"skip":-1.5e-7,${i % 2 === 0 ? `"p":${i / 8},` : ''}"on":${i % 5 === 0},"at":"2026-11-21T00:00:0${i % 10}.5Z"}`;
  });
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  const wish = projectionOf({ columns });
  const fast = fastLines({ ...wish, areaBytes: bytes.length, rows: 1000, recordBytes: 1e6 })!;
  fast.area().set(bytes);
  fast.read({ base: 0, from: 0, whole: bytes.length }, 0, 1000);
  expect([fast.at, fast.rows, fast.lines]).toEqual([bytes.length, 500, 500]);
});

test('neighbouring lines that are read side by side hide nothing from each other', () => {
  const columns: ColumnWishes = { a: 'number', b: 'number' };
  const pad = 'x'.repeat(40);
  const good = `{"a":1,"b":2,"pad":"${pad}"}`;
  // A member that is there twice, alike in all lines, is not the one that is missing.
  const twice = `{"a":1,"pad":"${pad}","a":2}`;
  expect(read(columns, [good, good, good, twice, twice, twice, twice, good].join('\n'))).toMatchObject({
    rows: Array.from({ length: 4 }, () => [1, 2]),
    refused: { length: 4 },
  });
  // What is guessed to be the next line is the one after it: no line is passed over.
  const long = `{"a":3,"b":4,"pad":"${pad}${pad}"}`;
  const short = '{"a":5,"b":6,"pad":""}';
  const lines = [long, long, short, short, short, long, short, long, short, short, short, short, long];
  expect(read(columns, lines.join('\n')).rows).toEqual(lines.map((line) => (line === long ? [3, 4] : [5, 6])));
  // A wrong value in either of two.
  for (const wrong of [0, 1, 2, 3]) {
    const mixed = Array.from({ length: 8 }, (_, i) => (i === 4 + wrong ? good.replace(':2', ':02') : good));
    expect(read(columns, mixed.join('\n'))).toMatchObject({ rows: { length: 7 }, refused: { length: 1 } });
  }
});

test('time follows the length of a line, whatever is in it', () => {
  // What would take minutes if anything were looked at again and again; fed in small pieces, which must not cost either.
  const many = 2 * 1024 * 1024;
  for (const filler of ['[', '"', '\\', '{"a":', '\\"', '1', '\r', ' ']) {
    const bytes = Buffer.alloc(many, filler);
    for (const isPlain of [false, true]) {
      const reader = new ProjectionReader({ ...projectionOf({ columns: A }), isPlain }, { where: 'file:x', recordBytes: 2 * many });
      const rows: number[] = [];
      for (let at = 0; at < many; at += 1000) {
        reader.feed(bytes.subarray(at, at + 1000));
        for (let answer = reader.next(9); answer !== undefined; answer = reader.next(9)) rows.push(answer.refused!.length);
      }
      reader.end();
      expect([...rows, reader.next(9)!.refused!.length]).toEqual([1]);
    }
  }
});
