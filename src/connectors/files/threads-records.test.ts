import { describe, expect, test } from 'vitest';
import { csvCodec } from '../../codecs/csv/csv-codec.ts';
import type { CsvSchemaSettings, CsvSettings } from '../../codecs/csv/settings.ts';
import type { ColumnWishes } from '../../codecs/column-kinds.ts';
import { json } from '../../codecs/json.ts';
import type { BlockFormat, BlockMark } from '../../core/format.ts';
import { inOnePass, inUnits, type Reading, type Told } from './threads-rig.ts';

type Settings = CsvSettings<ColumnWishes | undefined> | CsvSchemaSettings<unknown, ColumnWishes>;

function csvBlocks(settings: Settings, isPlain: boolean): BlockFormat<unknown> {
  return csvCodec({ kind: 'csv', separator: ',', settings, isPlain }).blocks!;
}

const ID = { id: 'integer', note: 'string?' } as const;
const text = { header: ['a', 'b'], columns: { a: 'string', b: 'string' } } as const;

/** What a schema refuses is told as one pass tells it. */
const even = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (row: unknown) => ((row as { id: number }).id % 2 === 0 ? { value: row } : { issues: [{ message: 'odd' }] }),
  },
} as const;

const files: readonly [name: string, settings: Settings, file: string, reading: Reading | undefined][] = (
  [
    ['plain rows', { columns: ID }, 'id,note\n1,a\n2,b\n3,\n4,dd\n5,eee\n'],
    ['no end of the last line', { columns: ID }, 'id,note\n1,a\n22,bb\n333,ccc'],
    ['a quote that is never closed at the end', { columns: ID }, 'id,note\n1,a\n2,"b\n3,c\n4,d\n'],
    ['line ends in quotes', { columns: ID }, 'id,note\n1,"a\nb"\n2,"\n\n3,\n"\n4,x\n5,"a,""b""\n"\n6,y\n'],
    ['doubled quotes', { columns: ID }, 'id,note\n1,""""\n2,""\n3,"""\n"""\n4,"a""\n""b"\n5,x\n'],
    ['carriage returns', { columns: ID }, 'id,note\r\n1,a\r\n2,"b\r\nc"\r\n\r\n3,d\r\n4,\r\r\n5,e\r\n'],
    ['empty lines', { columns: ID }, 'id,note\n\n\n1,a\n\n\r\n\n2,b\n\n\n\n3,c\n\n\n'],
    ['only empty lines at the end', { columns: ID }, 'id,note\n1,a\n\n\n\n\n\n\n\n\n'],
    [
      'comments',
      { columns: ID, comment: '#' },
      '# first\nid,note\n1,a\n# one "quote\n2,"#b\n# no comment"\n#\n\n# it\'s "\n3,c\n4,"d\n"\n',
    ],
    ['a long comment', { columns: ID, comment: '#' }, 'id,note\n1,a\n# a comment that is longer than any of the units "\n2,b\n3,c\n'],
    ['quotes within places', text, 'a"b,c\n5\' 9",x"y"z\n"q","w\n"\na,b"\n"c\n",d\ne,f\n'],
    ['quotes that are text', { ...text, quote: false }, '"a,b\nc","d\n",\n","\ne,f\n'],
    ['other characters', { ...text, quote: "'", separator: ';' }, "a;'b\n;'\n'''';'\n'\nc;d\n\"e;f\n"],
    ['text behind a quote, and rows of many places', text, 'a,b\n"a"x,b\nc,d\n"e\n"f,g\nh,i,j\nk\nl,m\n'],
    [
      'blanks around places',
      { columns: ID, trim: true },
      ' id , note\n 1 , "a\n " \n\t\n 2,  b "\n 3 , " "" , "\t\n   \nx , " \n"\n 4 , c\n5,d\n',
    ],
    ['bad numbers', { columns: ID }, 'id,note\n1,a\nx,b\n3,c\n4.5,"d\ne"\n,\n7,f\nz,\nw,x\n10,y\n'],
    ['only bad ones', { columns: ID }, 'id,note\nx,a\ny,"b\n"\nz,c\n'],
    [
      'rows that are too long',
      text,
      `a,b\n${'c'.repeat(30)},d\ne,"${'f\n'.repeat(20)}"\ng,h\n"${'i'.repeat(50)}\nj,k\nl,m\n`,
      { recordBytes: 20 },
    ],
    ['a byte order mark', { columns: ID }, '\ufeffid,note\n1,a\n2,b\n3,c\n'],
    ['a byte order mark and no header', text, '\ufeffa,b\nc,d\ne,f\n'],
    ['no record', { columns: ID }, 'id,note\n'],
    ['nothing', { columns: ID }, ''],
    ['no such column', { columns: ID }, 'id,mote\n1,a\n2,b\n3,c\n'],
    ['all columns', {}, 'b,a\n1,x\n"2\n",y\n3,z\n'],
    ['no header', { header: false, columns: { first: { as: 'integer', from: '2' } } }, 'x,1\n"\n",2\ny,3,\nz,4\n'],
    [
      'every kind',
      { columns: { a: 'number?', b: 'bigint', c: 'boolean', d: 'time?', e: { as: 'string', oneOf: ['x', 'y'] } } },
      [
        'a,b,c,d,e',
        '1.5,9007199254740993,true,2026-01-31,x',
        ',-1,false,,y',
        '1e400,0,true,2026-01-31T10:00Z,x',
        '0.1,12345678901234567890123,1,,x',
        '2,3,0,2026-01-31,z',
        '2,3,0,2026-01-31,y',
      ].join('\n'),
    ],
    [
      'strings that are not numbered',
      { columns: { a: 'string?', b: 'string' }, dictionary: { entries: 2 } },
      [
        'a,b',
        'é,Zürich is a long name',
        ',日本語の長い文字列です。とても長い',
        '"",x',
        '"two\nlines",a name of many letters indeed',
        'c,😀',
        'd,e',
      ].join('\n'),
    ],
    ['a schema', { columns: ID, schema: even }, 'id,note\n2,a\n4,"b\n"\n5,c\n6,d\nx,e\n8,f\n10,g\n'],
  ] satisfies [string, Settings, string, Reading?][]
).map(([name, settings, file, reading]) => [name, settings, file, reading]);

/** The same as in one pass; where a read ended, the same mark. */
async function expectSame(
  blocks: BlockFormat<unknown>,
  bytes: Uint8Array,
  reading: Reading,
  unitBytes: number,
  each: Told,
  name: string,
): Promise<void> {
  const told = await inUnits(blocks, bytes, { ...reading, unitBytes });
  expect(told.records, `${name}, units of ${unitBytes}`).toEqual(each.records);
  for (const [count, mark] of told.marks)
    if (count > 0) expect(mark, `${name}, units of ${unitBytes}, behind record ${count}`).toBe(each.marks.get(count));
}

function marksOf({ marks }: Told): readonly (readonly [number, BlockMark])[] {
  return [...marks].map(([count, mark]) => [count, { byte: Number.parseInt(mark, 10), state: mark.slice(mark.indexOf(' ') + 1) }] as const);
}

/** The quick form leaves units of some lengths out. */
const STEP = process.env['HEADRACE_TEST'] === 'full' ? 1 : 5;

describe.each(files)('%s', (name, settings, file, reading = {}) => {
  const bytes = Buffer.from(file);

  test.each([true, false])('divided at any byte gives what one pass gives (read plainly: %s)', async (isPlain) => {
    const blocks = csvBlocks(settings, isPlain);
    const each = inOnePass(blocks, bytes, { ...reading, limit: 1 });
    expect(inOnePass(blocks, bytes, reading).records).toEqual(each.records);
    for (let unitBytes = 1; unitBytes <= bytes.length + 1; unitBytes += isPlain ? STEP : 7) {
      const limits = unitBytes % 8 === 0 ? [1, 2, 1000] : [1000];
      for (const limit of limits) await expectSame(blocks, bytes, { ...reading, limit }, unitBytes, each, name);
    }
  });

  test('is gone on with at any record, with units and without', async () => {
    const blocks = csvBlocks(settings, true);
    const each = inOnePass(blocks, bytes, { ...reading, limit: 1 });
    for (const [count, from] of marksOf(each)) {
      const rest = each.records.slice(count);
      expect(inOnePass(blocks, bytes, { ...reading, from }).records).toEqual(rest);
      for (const unitBytes of [3, 10, 25]) expect((await inUnits(blocks, bytes, { ...reading, from, unitBytes })).records).toEqual(rest);
    }
  });
});

test('JSON lines divided at any byte give what one pass gives, from any record on', async () => {
  const { blocks } = json({ columns: { id: 'integer', note: { as: 'string?', from: 'a.note' } }, dictionary: { entries: 3 } });
  const bytes = Buffer.from(
    '\ufeff{"id":1,"a":{"note":"x\\n\\"y"}}\n\n{"id":2}\r\n\r\n{"id":"bad"}\n[]\n{"id":3,"a":{"note":"é\\u00e9 long enough to be none"}\n' +
      '{"id":4,"a":{"note":"日本"}}\n{"id":5,"a":{"note":"a"}}\n{"id":6,"a":{"note":"b"}}\n{"id":7,"a":{"note":"c"}}\n{"id":8}',
  );
  const each = inOnePass(blocks!, bytes, { limit: 1 });
  expect(each.records).toHaveLength(10);
  for (let unitBytes = 1; unitBytes <= bytes.length; unitBytes += unitBytes < 40 ? 1 : 5) {
    for (const limit of unitBytes % 8 === 0 ? [1, 3, 1000] : [1000]) await expectSame(blocks!, bytes, { limit }, unitBytes, each, 'json');
  }
  for (const [count, from] of marksOf(each)) {
    expect((await inUnits(blocks!, bytes, { from, unitBytes: 20 })).records).toEqual(each.records.slice(count));
  }
});

describe('what is read by the main thread', () => {
  const blocks = csvBlocks({ columns: ID }, true);
  const row = (id: number): string => `${id},"line ${id}\nand ""another""\n"\n`;
  const rows = Array.from({ length: 2000 }, (_, id) => row(id)).join('');
  const unitBytes = 1000;

  test('is the first record and what is left behind the last unit, however many line ends stand in quotes', async () => {
    const bytes = Buffer.from(`id,note\n${rows}`);
    const told = await inUnits(blocks, bytes, { unitBytes });
    expect(told.records).toEqual(inOnePass(blocks, bytes).records);
    expect(told.readHere).toBeLessThan(4097 + unitBytes);
  });

  test('is every unit that no thread has taken when it is wanted, and threads hear of its quotes', async () => {
    const bytes = Buffer.from(`id,note\n${rows}`);
    let looks = 0;
    const told = await inUnits(blocks, bytes, { unitBytes, threads: 1, takes: () => looks++ % 10 > 4 });
    expect(told.records).toEqual(inOnePass(blocks, bytes).records);
    // About half of the units. A guess that is wrong would be read here too, and what stands behind it.
    expect(told.readHere).toBeGreaterThan(bytes.length / 4);
    const alone = await inUnits(blocks, bytes, { unitBytes, threads: 1, takes: () => false });
    expect(told.readHere).toBeLessThan(alone.readHere * 0.75);
  });

  test('is a few units more behind a quote that stands for itself', async () => {
    const bytes = Buffer.from(`id,note\n${rows}1,5" high\n${rows}2,6" high\n3,7" high\n${rows}`);
    const told = await inUnits(blocks, bytes, { unitBytes });
    expect(told.records).toEqual(inOnePass(blocks, bytes).records);
    // Four units are under way, and what is read behind each of them for its last record.
    expect(told.readHere).toBeLessThan(3 * 5 * (4096 + unitBytes) + 4097 + unitBytes);
    expect(bytes.length).toBeGreaterThan(190_000);
  });

  test('is what one asked for less of than a thread has read', async () => {
    const bytes = Buffer.from(`id,note\n${rows}`);
    let limit = 100;
    const told = await inUnits(blocks, bytes, { unitBytes, limit: 100, nextLimit: () => (limit = limit === 100 ? 3 : 100) });
    expect(told.records).toEqual(inOnePass(blocks, bytes).records);
  });

  test('is a piece in which a record was refused', async () => {
    const bytes = Buffer.from(`id,note\n${rows}x,bad\n${rows}`);
    const told = await inUnits(blocks, bytes, { unitBytes, limit: 10 });
    expect(told.records).toEqual(inOnePass(blocks, bytes).records);
    expect(told.records.filter((record) => record.includes('line 6002, byte'))).toHaveLength(1);
    expect(told.readHere).toBeLessThan(4097 + 2 * unitBytes);
  });
});

test('a file that has become shorter is told to where it ends now, and one that has grown to its end', async () => {
  const blocks = csvBlocks({ columns: ID }, true);
  const bytes = Buffer.from(`id,note\n${'1,a\n2,"b\n"\n'.repeat(50)}`);
  const { records } = inOnePass(blocks, bytes);
  expect((await inUnits(blocks, bytes, { unitBytes: 30, bytes: 2 * bytes.length })).records).toEqual(records);
  expect((await inUnits(blocks, bytes, { unitBytes: 30, bytes: 200 })).records).toEqual(records);
});

test('a mark that is none of the columns is refused before anything is read', async () => {
  const [blocks, other] = [csvBlocks({ columns: ID }, true), csvBlocks({ columns: { id: 'integer' } }, true)];
  const bytes = Buffer.from('id,note\n1,a\n2,b\n');
  const [, from] = marksOf(inOnePass(other, bytes, { limit: 1 })).at(0)!;
  expect((await inUnits(blocks, bytes, { unitBytes: 4, from })).records).toEqual(inOnePass(blocks, bytes, { from }).records);
});
