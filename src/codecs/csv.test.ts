import { expect, expectTypeOf, test } from 'vitest';
import { testCodec } from '../testing/codec-kit.ts';
import { failure } from './codec-rig.ts';
import { csv, tsv } from './csv.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

testCodec<{ readonly id: number; readonly land: string; readonly note: string | null }>({
  test,
  name: 'csv',
  make: () => ({
    codec: csv({ columns: { id: 'integer', land: 'string', note: 'string?' } }),
    values: [
      { id: 1, land: 'CH', note: null },
      { id: -2, land: '', note: '' },
      { id: 0, land: 'a "b", c', note: 'two\r\nlines' },
      { id: 7, land: ' Zürich ', note: '\ufeff\0' },
    ],
    bad: ['', '1,CH', '1,CH,x,y', 'x,CH,', '1,"CH"x,', '1,"CH', '1,CH,\n2,DE,', 'a,b,c\n1,2,3\n4,5,6'].map(bytesOf),
    unencodable: [null, 7, 'text', {}, { id: 1.5, land: '', note: '' }, { id: 1, land: '\ud800', note: '' }, { id: 1, land: 2, note: '' }],
  }),
});

testCodec<Readonly<Record<string, string>>>({
  test,
  name: 'csv without columns',
  make: () => ({
    codec: csv(),
    values: [{ a: '1' }, { a: '', b: 'x,"y"\n', 'c,d': ' ' }, { a: '' }],
    bad: ['', 'a,b', 'a,b\n1', 'a,a\n1,2', '__proto__\n1', 'a\n1\n2'].map(bytesOf),
    unencodable: [null, { a: 1 }, { a: undefined }],
  }),
});

test('the rows have the types of their columns', () => {
  const codec = csv({ columns: { id: 'bigint', at: 'time?', land: { as: 'string', oneOf: ['CH', 'DE'] } } });
  expectTypeOf(codec.decode).returns.toEqualTypeOf<{ readonly id: bigint; readonly at: number | null; readonly land: 'CH' | 'DE' }>();
  expectTypeOf(csv().decode).returns.toEqualTypeOf<Readonly<Record<string, string>>>();
});

test.each([
  [{ separator: ';;' }, `separator is ";;"`],
  [{ separator: 'é' }, `separator is "é"`],
  [{ separator: '"' }, 'separator, quote and comment are not three characters'],
  [{ quote: "'", comment: "'" }, 'separator, quote and comment are not three characters'],
  [{ comment: '\n' }, 'comment is "\\n"'],
  [{ nulls: ['a,b'] }, 'the null token "a,b" has a separator'],
  [{ header: false }, 'there is neither a header nor columns'],
  [{ ragged: 'wrap' as 'pad' }, 'ragged is "wrap"'],
  [{ utf8: 'guess' as 'refuse' }, 'utf8 is "guess"'],
  [{ decimal: '·' as ',' }, 'decimal is "·"'],
  [{ trim: true, quote: ' ' }, 'quote or comment is a blank'],
  [{ trim: true, nulls: ['', ' -'] }, 'the null token " -" begins or ends with a blank'],
  [{ header: false, columns: { a: { as: 'string', from: '2' }, b: 'string' } }, 'only 1 of 2 columns say where they stand'],
] as const)('the settings %o are refused', (settings, what) => {
  expect(failure(() => csv(settings as object))).toMatchObject({ code: 'HR_OPTION_INVALID', what: expect.stringContaining(what) });
});

test('tsv has tabs', () => {
  const codec = tsv({ columns: { a: 'string', b: 'integer' } });
  expect(codec.kind).toBe('tsv');
  expect(codec.decode(codec.encode({ a: 'x,\ty', b: 1 }))).toEqual({ a: 'x,\ty', b: 1 });
  expect(Buffer.from(codec.encode({ a: 'x,y', b: 1 })).toString()).toBe('x,y\t1');
});

test('what a dead letter keeps of a row does not keep the block it stood in', () => {
  const reader = csv({ columns: { id: 'integer' } }).blocks!.open({ where: 'in', recordBytes: 1 << 20 });
  reader.feed(Buffer.alloc(50_000, 'id\nx\n'.padEnd(50_000, '1\n')));
  reader.end();
  const [bad] = reader.next(1000)!.refused!;
  expect(new TextDecoder().decode(bad!.bytes)).toBe('x');
  expect(bad!.bytes!.buffer.byteLength).toBeLessThan(1000);
});
