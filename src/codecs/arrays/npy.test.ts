import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FileFormat } from '../../core/format.ts';
import { header, npyFile, pageFile, readRows, written } from './arrays-rig.ts';
import { type DType, KINDS, type Scalar } from './dtype.ts';
import { npy } from './npy.ts';
import { raw } from './raw.ts';

const element: { readonly [D in DType]: fc.Arbitrary<Scalar<D>> } = {
  float16: fc.double({ noDefaultInfinity: false }).map((x) => Math.f16round(x)),
  float32: fc.float(),
  float64: fc.double(),
  int8: fc.integer({ min: -128, max: 127 }),
  int16: fc.integer({ min: -32_768, max: 32_767 }),
  int32: fc.integer(),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uint8: fc.nat(255),
  uint16: fc.nat(65_535),
  uint32: fc.nat(4_294_967_295),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  bool: fc.boolean(),
};

/** Formats of one dtype, with rows they can hold. */
const written1d = fc
  .constantFrom(...(Object.keys(KINDS) as DType[]))
  .chain((dtype) => fc.record({ dtype: fc.constant(dtype), values: fc.array<unknown>(element[dtype], { maxLength: 40 }) }));

function formats(dtype: DType): readonly FileFormat<unknown>[] {
  return [npy({ dtype }), raw({ dtype }), raw({ dtype, byteOrder: 'big' })] as readonly FileFormat<unknown>[];
}

test('what is written is read back, of every type and in either order, from any row on, however reads are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      written1d,
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(16, 64, 65_536),
      async ({ dtype, values }, limit, pieceBytes) => {
        for (const format of formats(dtype)) {
          const file = written(format, values);
          const whole = await readRows(format, file, { limit, pieceBytes });
          expect(whole.values).toEqual(values);
          expect(whole.rows).toEqual(values.map((_, i) => i));
          for (const fromRow of [0, 1, values.length >> 1, values.length]) {
            if (fromRow > values.length) continue;
            const rest = await readRows(format, file, { limit, pieceBytes, fromRow });
            expect(rest).toEqual({ values: values.slice(fromRow), rows: whole.rows.slice(fromRow) });
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

test.each(Object.keys(KINDS) as DType[])('rows of %s are typed arrays, flat in the order of C', async (dtype) => {
  const { given } = KINDS[dtype];
  const isBig = typeof KINDS[dtype].least === 'bigint';
  const rows = Array.from({ length: 5 }, (_, r) => {
    const numbers = Array.from({ length: 6 }, (__, i) => (dtype === 'bool' ? (r + i) % 2 : r * 6 + i));
    return new (given as unknown as { new (items: ArrayLike<unknown>): unknown })(isBig ? numbers.map(BigInt) : numbers);
  });
  for (const format of [npy({ dtype, row: [2, 3] }), raw({ dtype, row: [2, 3], byteOrder: 'big' })] as readonly FileFormat<unknown>[]) {
    expect((await readRows(format, written(format, rows), { limit: 2 })).values).toEqual(rows);
  }
});

test('the bytes are those of numpy', () => {
  // numpy.save(f, numpy.array([[1, 2], [3, 4], [5, 6]], 'int16'))
  const file = written(npy({ dtype: 'int16', row: [2] }), [Int16Array.of(1, 2), Int16Array.of(3, 4), Int16Array.of(5, 6)]);
  expect(file.subarray(0, 8)).toEqual(Buffer.from('\x93NUMPY\x01\x00', 'latin1'));
  expect(file.readUInt16LE(8) + 10).toBe(128);
  expect(file.toString('latin1', 10, 128)).toMatch(/^\{'descr': '<i2', 'fortran_order': False, 'shape': \(3, 2\), \} +\n$/);
  expect(file.subarray(128).toString('hex')).toBe('010002000300040005000600');
});

test('the count stands in the header only when all is written, and the header is as long for any count', () => {
  const file = npy({ dtype: 'uint8', row: [] }).writing!.open({ where: 'file:a', isEmpty: true });
  const [before] = file.take();
  expect(Buffer.from(before!).toString('latin1')).toContain("'shape': (0,)");
  file.add(7);
  expect(file.heldBytes).toBe(1);
  file.end();
  const patch = file.patch!();
  expect(Buffer.from(patch).toString('latin1')).toContain("'shape': (1,)");
  expect(patch.length).toBe(before!.length);
});

test('a file without rows is an array without rows', async () => {
  expect((await readRows(npy(), written(npy(), []))).values).toEqual([]);
  expect((await readRows(npy({ dtype: 'int8', row: [4] }), written(npy({ dtype: 'int8', row: [4] }), []))).values).toEqual([]);
  expect(written(raw({ dtype: 'int8' }), []).length).toBe(0);
});

test('the first row says what an array is made of where nobody else does', async () => {
  for (const [values, descr] of [
    [[1.5, 2], "'<f8', 'fortran_order': False, 'shape': (2,)"],
    [[1n], "'<i8', 'fortran_order': False, 'shape': (1,)"],
    [[true, false], "'|b1', 'fortran_order': False, 'shape': (2,)"],
    [[Float32Array.of(1, 2, 3)], "'<f4', 'fortran_order': False, 'shape': (1, 3)"],
    [
      [
        [1, 2],
        [3, 4],
      ],
      "'<f8', 'fortran_order': False, 'shape': (2, 2)",
    ],
  ] as const) {
    expect(written(npy() as FileFormat<unknown>, values).toString('latin1')).toContain(descr);
  }
});

test.each([
  ['a text', 'int8', [], 'x', 'a value of type string is no int8'],
  ['nothing', 'float64', [], null, 'a value of type null is no float64'],
  ['a number too large', 'int8', [], 128, '128 is no int8'],
  ['a negative one', 'uint32', [], -1, '-1 is no uint32'],
  ['a fraction', 'int32', [], 1.5, '1.5 is no int32'],
  ['NaN among whole numbers', 'int32', [], Number.NaN, 'NaN is no int32'],
  ['a number where bigint is', 'int64', [], 1, 'a value of type number is no int64'],
  ['a bigint too large', 'uint64', [], 2n ** 64n, '18446744073709551616 is no uint64'],
  ['a number for a boolean', 'bool', [], 1, 'a value of type number is no bool'],
  ['a number for a row', 'float32', [2], 1, 'a value of type number is no row'],
  ['a row too short', 'float32', [2], Float32Array.of(1), 'a row has 1 elements'],
  ['a row with a hole', 'float32', [2], [1, undefined], 'a value of type undefined is no float32'],
  ['a row with something too large', 'uint8', [2], [1, 256], '256 is no uint8'],
] as const)('%s is refused, and the others are written as if it had not been there', async (_, dtype, row, value, what) => {
  const format = npy({ dtype, row }) as FileFormat<unknown>;
  const good = [0, 1].map((n) => {
    const one = dtype === 'bool' ? n === 1 : dtype.endsWith('64') && dtype !== 'float64' ? BigInt(n) : n;
    return row.length === 0 ? one : [one, one];
  });
  const file = format.writing!.open({ where: 'file:a', isEmpty: true });
  file.add(good[0]);
  expect(() => file.add(value)).toThrow(
    expect.objectContaining({ code: 'HR_VALUE_UNENCODABLE', action: 'deadLetter', where: 'file:a, row 1' }),
  );
  expect(() => file.add(value)).toThrow(what);
  file.add(good[1]);
  const bytes = Buffer.concat(file.end());
  bytes.set(file.patch!());
  expect((await readRows(format, bytes)).values.map((each) => (row.length === 0 ? each : [...(each as Float32Array)]))).toEqual(good);
});

test('a first row that is refused does not decide what the others are', () => {
  const file = (npy() as FileFormat<unknown>).writing!.open({ where: 'file:a', isEmpty: true });
  for (const bad of ['x', undefined, new Float32Array(0), [], [1, 'x']]) expect(() => file.add(bad)).toThrow('row 0');
  file.add(5n);
  expect(() => file.add(1)).toThrow('no int64');
  expect(Buffer.concat(file.end()).toString('latin1')).toContain("'<i8'");
});

test('a file that is not what was declared is refused', async () => {
  const file = npyFile(header("'<f4'", '(1, 3)'), new Uint8Array(12));
  await expect(readRows(npy({ dtype: 'float64' }), file)).rejects.toMatchObject({
    code: 'HR_ARRAY_DIFFERS',
    message: expect.stringContaining('float64 was asked for and the file holds float32'),
  });
  await expect(readRows(npy({ dtype: 'float32', row: [] }), file)).rejects.toThrow(
    'rows of the shape () were asked for and the file has rows of (3,)',
  );
  expect((await readRows(npy({ dtype: 'float32', row: [3] }), file)).values).toEqual([new Float32Array(3)]);
});

test('a raw file whose last row is cut is refused at the byte where it begins', async () => {
  const cut = readRows(raw({ dtype: 'float32', row: [3] }), new Uint8Array(30));
  await expect(cut).rejects.toMatchObject({
    code: 'HR_ARRAY_DAMAGED',
    where: 'file:a, byte 24',
    what: 'the last row has 6 of its 12 bytes',
  });
});

test('a row belongs to who reads it: it keeps nothing else alive, and nobody writes to it', async () => {
  const format = raw({ dtype: 'float32', row: [3] });
  const rows = Array.from({ length: 100 }, (_, i) => Float32Array.of(i, i, i));
  const { values } = await readRows(format, written(format, rows), { limit: 5, pieceBytes: 64 });
  for (const row of values) expect(row.buffer.byteLength).toBe(12);
  expect(values).toEqual(rows);
});

test('at most a piece is in memory, and a row that is larger is refused', async () => {
  const format = raw({ dtype: 'uint8', row: [100] });
  const file = pageFile(new Uint8Array(100_000));
  await readRows(format, file, { limit: 1024, pieceBytes: 1000 });
  expect(file.most).toBe(500); // Two of them are there at a time.
  await expect(readRows(format, file, { pieceBytes: 99 })).rejects.toMatchObject({ code: 'HR_RECORD_TOO_LARGE' });
});

test('a block that could not be read is asked for again', async () => {
  const whole = pageFile(Uint8Array.of(1, 2, 3, 4));
  let fails = true;
  const file = {
    bytes: 4,
    read: (at: number, length: number) => {
      if (at === 2 && fails) return Promise.reject(new Error('EIO'));
      return whole.read(at, length);
    },
  };
  const reader = await raw({ dtype: 'uint8' }).pages!.open(file, { where: 'file:a', fromRow: 0, pieceBytes: 4 });
  const { signal } = new AbortController();
  expect((await reader.read(9, signal)).values).toEqual([1, 2]);
  await expect(reader.read(9, signal)).rejects.toThrow('EIO');
  fails = false;
  expect(await reader.read(9, signal)).toEqual({ values: [3, 4], rows: { first: 2 }, nextRow: 4, end: true });
  expect(await reader.read(9, signal)).toEqual({ values: [], rows: { first: 4 }, nextRow: 4, end: true });
  await reader.close();
});

test('options that make no sense are refused at once', () => {
  expect(() => npy({ dtype: 'f4' as DType })).toThrow('the dtype "f4" is not known');
  expect(() => npy({ dtype: 'constructor' as DType })).toThrow('is not known');
  expect(() => raw({ dtype: 'int8', row: [0] })).toThrow('0 is not a whole number of at least 1');
  expect(() => raw({ dtype: 'int8', row: [2 ** 40, 2 ** 40] })).toThrow('elements');
  expect(() => raw({ dtype: 'int8', row: new Array(32).fill(1) })).toThrow('32 dimensions');
});
