import { describe, expect, test } from 'vitest';
import type { StandardSchema } from '../../core/schema.ts';
import { csv } from '../csv.ts';
import { readCsv } from './csv-rig.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const two = { header: ['a', 'b'], columns: { a: 'string', b: 'string' } } as const;

describe.each([{ isPlain: false }, { isPlain: true }])('read plainly: $isPlain', ({ isPlain }) => {
  test.each([
    [
      'places and lines',
      'a,b\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a last line without an end',
      'a,b\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'carriage returns in front of line feeds',
      'a,b\r\nc,d\r\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['a carriage return at the very end, which is a line end', 'a,b\r', [['a', 'b']]],
    [
      'carriage returns elsewhere, which are text',
      '\ra,b\rc\n"\r",\r\n',
      [
        ['\ra', 'b\rc'],
        ['\r', ''],
      ],
    ],
    [
      'quotes around places',
      '"a","b"\r\n"",""\n',
      [
        ['a', 'b'],
        ['', ''],
      ],
    ],
    [
      'separators, line ends and doubled quotes in quotes',
      '"a,\nb","say ""hi"""\n"\r\n",""""\n',
      [
        ['a,\nb', 'say "hi"'],
        ['\r\n', '"'],
      ],
    ],
    [
      'quotes in the middle of a place, which are text',
      '5" pipe,a"b"\nx,y""\n',
      [
        ['5" pipe', 'a"b"'],
        ['x', 'y""'],
      ],
    ],
    ['a quote behind a space, which is text', 'a, "b"\n', [['a', ' "b"']]],
    [
      'empty lines, which are passed over',
      '\n\r\na,b\n\n\n\r\nc,d\n\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['a mark of the byte order', '\ufeffa,b\n', [['a', 'b']]],
    [
      'NULs, and letters of all sizes',
      '\0,é\n漢,😀\n',
      [
        ['\0', 'é'],
        ['漢', '😀'],
      ],
    ],
    ['nothing', '', []],
    ['nothing but a mark of the byte order', '\ufeff', []],
    ['nothing but line ends', '\n\r\n\n', []],
  ])('%s', (_name, file, rows) => {
    const all = readCsv(two, file, { isPlain });
    expect(all).toMatchObject({ rows, refused: [] });
    // The same however the bytes come.
    const cuts = Array.from({ length: Buffer.byteLength(file) }, (_, i) => i);
    expect(readCsv(two, file, { isPlain, cuts, limit: 1 })).toMatchObject({ rows, at: all.at });
  });

  test.each([
    [
      'too few places',
      'a,b\nc\nd,e\n',
      'HR_CSV_RAGGED',
      'a row of 1 places stands among rows of 2 (file:x.csv, line 2, byte 4). Correct the row',
      'c',
    ],
    [
      'too many places',
      'a,b\n"\n",c,d\nd,e\n',
      'HR_CSV_RAGGED',
      'a row of 3 places stands among rows of 2 (file:x.csv, line 2, byte 4). Quote',
      '"\n",c,d',
    ],
    [
      'text behind a quote',
      'a,b\nc,"x"y\nd,e\n',
      'HR_CSV_QUOTE',
      'place 2 goes on behind its closing quote (4 bytes behind the opening one) (file:x.csv, line 2, byte 4)',
      'c,"x"y',
    ],
    ['a carriage return behind a quote', 'a,b\n"x"\r,c\nd,e\n', 'HR_CSV_QUOTE', 'place 1 goes on behind its closing quote', '"x"\r,c'],
    [
      'a wrong quote, which does not open another place',
      'a,b\n"c" "x,y\nd,e\n',
      'HR_CSV_QUOTE',
      'place 1 goes on behind its closing quote',
      '"c" "x,y',
    ],
    [
      'letters that are not UTF-8',
      'a,b\nc,\xff\nd,e\n',
      'HR_DECODE_FAILED',
      `column 'b' is not UTF-8: "\ufffd" (file:x.csv, line 2, byte 4). Convert`,
      'c,\xff',
    ],
    ['half of a pair in UTF-8', 'a,b\n\xed\xa0\x80,c\nd,e\n', 'HR_DECODE_FAILED', "column 'a' is not UTF-8", '\xed\xa0\x80,c'],
  ])('%s is refused with its place, and reading goes on', (_name, file, code, message, bytes) => {
    const all = readCsv(two, Buffer.from(file, 'latin1'), { isPlain });
    expect(all.rows).toEqual([
      ['a', 'b'],
      ['d', 'e'],
    ]);
    expect(all.refused).toEqual([{ before: 1, position: 4, code, bytes, message: expect.stringContaining(message) }]);
  });

  test('a quote that is never closed takes the rest of a small file', () => {
    const all = readCsv(two, 'a,b\nc,"d\ne,f\n', { isPlain });
    expect(all.rows).toEqual([['a', 'b']]);
    expect(all.refused).toMatchObject([
      {
        code: 'HR_CSV_QUOTE',
        position: 4,
        bytes: 'c,"d\ne,f\n',
        message: expect.stringContaining('the quote at the beginning of place 2 is never closed (file:x.csv, line 2, byte 4)'),
      },
    ]);
  });

  test('a row over recordBytes is refused, and reading goes on behind the next line end', () => {
    const file = `a,b\nc,"${'x\n'.repeat(40)}d,e\nf,g\n`;
    const all = readCsv(two, file, { isPlain, recordBytes: 50 });
    // Byte 4 and 50 more lie in the middle of the x, which are lines of their own now.
    expect(all.rows.slice(0, 1)).toEqual([['a', 'b']]);
    expect(all.rows.slice(-2)).toEqual([
      ['d', 'e'],
      ['f', 'g'],
    ]);
    expect(all.refused[0]).toMatchObject({ code: 'HR_RECORD_TOO_LARGE', position: 4, bytes: file.slice(4, 54) });
    expect(all.refused[0]!.message).toContain(
      'a row of more than 50 bytes, perhaps for a quote that is never closed (file:x.csv, line 2, byte 4)',
    );
    expect(readCsv(two, `${'x'.repeat(46)},abc\n`, { isPlain, recordBytes: 50 }).rows).toHaveLength(1);
    expect(readCsv(two, `${'x'.repeat(47)},abc\n`, { isPlain, recordBytes: 50 }).refused).toHaveLength(1);
  });

  test('a row of a gigabyte is not held', () => {
    const codec = isPlain ? { ...two, dictionary: { entries: 0 } } : two;
    const reader = csv(codec).blocks!.open({ where: 'file:x.csv', recordBytes: 100_000 });
    const block = new Uint8Array(1_048_576).fill(120);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 1024; i++) {
      reader.feed(block);
      expect(reader.next(10)).toBeUndefined();
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16_000_000);
    reader.feed(bytesOf('\na,b\n'));
    const [first, second] = [reader.next(10), reader.next(10)];
    expect(first?.refused).toMatchObject([{ before: 0, position: 0 }]);
    expect(first?.refused?.[0]?.bytes?.length).toBe(65_536);
    expect(second?.columns?.length).toBe(1);
    expect(second?.at[0]).toBe(1024 * 1_048_576 + 1);
  });

  test('bytes that are no UTF-8 are replaced where that is wanted', () => {
    expect(readCsv({ ...two, utf8: 'replace' }, Buffer.from('a,\xff\xe9b\n', 'latin1'), { isPlain }).rows).toEqual([
      ['a', '\ufffd\ufffdb'],
    ]);
  });

  test('reading goes on at every mark as if it had never stopped', () => {
    const columns = { b: 'string', c: { as: 'integer', from: 'n' } } as const;
    const file = Buffer.from('\ufeffa,b,n\n1,"x\ny",1\n\n2,bad,x\r\n3,é,3\n#,"\n4,z\n5,"q""q",5');
    const whole = readCsv({ columns }, file, { isPlain, limit: 1 });
    expect(whole.marks).toHaveLength(4);
    for (const [i, mark] of whole.marks.entries()) {
      const rest = readCsv({ columns }, file, { isPlain, limit: 1, from: mark });
      expect(rest.marks).toEqual(whole.marks.slice(i + 1));
      expect(whole.rows.slice(whole.rows.length - rest.rows.length)).toEqual(rest.rows);
      expect(whole.refused.slice(whole.refused.length - rest.refused.length).map(({ message }) => message)).toEqual(
        rest.refused.map(({ message }) => message),
      );
    }
  });

  test('a schema makes rows of columns and refuses some with their bytes', () => {
    const schema: StandardSchema<{ readonly id: number }> = {
      '~standard': {
        version: 1,
        vendor: 'by-hand',
        validate: (value) =>
          (value as { id: number }).id > 1 ? { value: value as { id: number } } : { issues: [{ message: 'too small', path: ['id'] }] },
      },
    };
    const settings = { columns: { id: 'integer' }, schema } as const;
    expect(readCsv(settings, 'id\n1\nx\n2\n"0"\n3\n', { isPlain })).toMatchObject({
      rows: [[{ id: 2 }], [{ id: 3 }]],
      at: [7, 13],
      refused: [
        {
          before: 0,
          position: 3,
          bytes: '1',
          code: 'HR_DECODE_INVALID',
          message: expect.stringContaining('id: too small (file:x.csv, line 2, byte 3)'),
        },
        { before: 0, position: 5, bytes: 'x' },
        { before: 1, position: 9, bytes: '"0"', message: expect.stringContaining('line 5, byte 9') },
      ],
    });
  });

  test('a refused row that has other places than the columns keeps their names, so that it can be decoded', () => {
    const settings = { columns: { b: 'integer', a: 'string' } } as const;
    const { refused } = readCsv(settings, 'a,x,b\nk,,1e3\n', { isPlain });
    expect(refused).toMatchObject([{ bytes: 'a,,b\nk,,1e3' }]);
    const now = csv({ columns: { b: 'number', a: 'string' } });
    expect(now.decode(Buffer.from(refused[0]!.bytes, 'latin1'))).toEqual({ b: 1000, a: 'k' });
  });
});

test('a column has a dictionary until there are too many strings, and every row keeps its own', () => {
  const settings = { columns: { a: 'string', b: 'integer' }, dictionary: { entries: 3 } } as const;
  const reader = csv(settings).blocks!.open({ where: 'x', recordBytes: 1000 });
  reader.feed(bytesOf(`a,b\n${['x', 'y', 'x', 'z', 'w', 'x', 'y', 'v'].map((text, i) => `${text},${i}`).join('\n')}\n`));
  const kinds: unknown[] = [];
  for (let answer = reader.next(2); answer !== undefined; answer = reader.next(2)) {
    const column = answer.columns!.columns[0]!;
    kinds.push(column.kind === 'dictionary' ? [...column.ids] : column.kind === 'plain' ? column.values : column.kind);
  }
  expect(kinds).toEqual([
    [0, 1],
    [0, 2],
    ['w', 'x'],
    ['y', 'v'],
  ]);
});

test('columns that were given away stay as they are', () => {
  const reader = csv({ columns: { a: 'string', b: 'number', c: 'string?' } }).blocks!.open({ where: 'x', recordBytes: 1000 });
  const rows = (from: number): Uint8Array =>
    bytesOf(Array.from({ length: 50 }, (_, i) => `t${(from + i) % 7},${from + i},${i % 2 ? '' : 'k'}\n`).join(''));
  reader.feed(bytesOf('a,b,c\n'));
  const kept = [];
  for (let i = 0; i < 40; i++) {
    reader.feed(rows(i * 50));
    const answer = reader.next(100)!;
    kept.push({
      answer,
      seen: structuredClone({
        at: [...Array.from(answer.at)],
        columns: answer.columns!.columns.map((column) => (column.kind === 'dictionary' ? [...column.ids] : column)),
      }),
    });
  }
  for (const { answer, seen } of kept)
    expect({
      at: [...Array.from(answer.at)],
      columns: answer.columns!.columns.map((column) => (column.kind === 'dictionary' ? [...column.ids] : column)),
    }).toEqual(seen);
});
