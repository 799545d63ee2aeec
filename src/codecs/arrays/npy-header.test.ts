import { expect, test } from 'vitest';
import { SeededRandom } from '../../base/random.ts';
import { isHeadraceError } from '../../core/error.ts';
import { header, npyFile, pageFile, readRows } from './arrays-rig.ts';
import { npy } from './npy.ts';

const three = new Uint8Array(Float32Array.of(1, 2, 3).buffer);
const good = header("'<f4'", '(3,)');

test.each([
  ['version 1', npyFile(good, three, 1)],
  ['version 2', npyFile(good, three, 2)],
  ['version 3', npyFile(good, three, 3)],
  ['members in another order', npyFile("{'shape': (3,), 'descr': '<f4', 'fortran_order': False}", three)],
  ['double quotes and many spaces', npyFile('  { "descr" :"<f4",\t"fortran_order": False , "shape":( 3 , ) } \n  ', three)],
  ['the long number of Python 2', npyFile(header("'<f4'", '(3L,)'), three)],
  ['the order of Fortran, of which a list has none', npyFile(header("'<f4'", '(3,)', 'True'), three)],
])('%s is read', async (_, file) => {
  expect((await readRows(npy(), file)).values).toEqual([1, 2, 3]);
});

const DAMAGED = 'HR_ARRAY_DAMAGED';
const UNSUPPORTED = 'HR_ARRAY_UNSUPPORTED';

test.each([
  ['an empty file', Buffer.alloc(0), DAMAGED, 0, 'does not begin as a file of numpy'],
  ['another file', Buffer.from('PK\x03\x04 is a zip'), DAMAGED, 0, 'does not begin as a file of numpy'],
  ['the magic and nothing else', npyFile(good).subarray(0, 6), DAMAGED, 6, 'ends within its header'],
  ['a cut length', npyFile(good).subarray(0, 9), DAMAGED, 9, 'ends within its header'],
  ['a cut length of version 2', npyFile(good, three, 2).subarray(0, 11), DAMAGED, 11, 'ends within its header'],
  ['a cut header', npyFile(good).subarray(0, 40), DAMAGED, 40, 'ends within its header'],
  ['version 4', Buffer.concat([npyFile(good, three)]).fill(4, 6, 7), UNSUPPORTED, 6, 'version 4.0'],
  ['version 1.1', Buffer.concat([npyFile(good, three)]).fill(1, 7, 8), UNSUPPORTED, 6, 'version 1.1'],
  ['a header of 4 GB', Buffer.concat([npyFile(good, three, 2)]).fill(0xff, 8, 12), DAMAGED, 8, 'claims 4294967295 bytes'],
  ['code', npyFile("__import__('os').system('rm -rf /')"), DAMAGED, 10, 'something that is no plain value'],
  ['code in a member', npyFile(header("'<f4'", "(len('abc'),)"), three), DAMAGED, 61, 'something that is no plain value'],
  ['code behind the header', npyFile(`${good}, exit()`, three), DAMAGED, 67, 'something stands behind the end'],
  ['an escape in a text', npyFile(header("'\\x3cf4'", '(3,)'), three), DAMAGED, 20, 'with a backslash'],
  ['a text without an end', npyFile("{'descr"), DAMAGED, 11, 'a text without an end'],
  ['nothing', npyFile(''), DAMAGED, 11, 'ends too early'],
  ['brackets to no end', npyFile('['.repeat(60_000)), DAMAGED, 19, 'nested too deep'],
  ['a list of plain values', npyFile('[1, 2]'), DAMAGED, 10, 'it is no dictionary'],
  ['a member twice', npyFile("{'descr': '<f4', 'descr': '<f8'}"), DAMAGED, 27, "'descr' stands there twice"],
  ['another member', npyFile("{'descr': '<f4', '__proto__': True, 'shape': (3,)}"), DAMAGED, 10, "member '__proto__'"],
  ['a missing member', npyFile("{'descr': '<f4', 'shape': (3,)}"), DAMAGED, 10, 'fortran_order is neither'],
  ['a shape of texts', npyFile(header("'<f4'", "('3',)")), DAMAGED, 10, 'no tuple of whole numbers'],
  ['a shape that is a number', npyFile(header("'<f4'", '3')), DAMAGED, 10, 'no tuple of whole numbers'],
  ['a tuple without its comma', npyFile(header("'<f4'", '(3)')), DAMAGED, 62, 'a comma is missing'],
  ['a negative size', npyFile(header("'<f4'", '(-3,)')), DAMAGED, 61, 'something that is no plain value'],
  ['a size beyond every number', npyFile(header("'<f4'", '(99999999999999999999,)')), DAMAGED, 61, 'is too large'],
  ['a product beyond every number', npyFile(header("'<f4'", '(3, 9007199254740991, 9007199254740991)'), three), DAMAGED, 103, 'rows of'],
  ['rows of nothing without end', npyFile(header("'<f4'", '(9007199254740991, 0)'), three), UNSUPPORTED, 85, 'rows without elements'],
  ['more rows than bytes', npyFile(header("'<f4'", '(4,)'), three), DAMAGED, 80, 'needs 16 bytes and the file ends after 12'],
  ['many more rows than bytes', npyFile(header("'<f4'", '(9007199254740991,)'), three), DAMAGED, 95, 'needs'],
  ['fewer rows than bytes', npyFile(header("'<f4'", '(2,)'), three), DAMAGED, 76, 'ends here and 4 bytes follow'],
  ['a single value', npyFile(header("'<f4'", '()'), three), UNSUPPORTED, 10, 'it is a single value'],
  ['columns one after the other', npyFile(header("'<f4'", '(3, 1)', 'True'), three), UNSUPPORTED, 10, 'fortran_order'],
  ['pickled objects', npyFile(header("'|O'", '(3,)'), three), UNSUPPORTED, 10, 'such a file is a program'],
  ['records with fields', npyFile(header("[('x', '<f4'), ('y', '<i4')]", '(3,)'), three), UNSUPPORTED, 10, 'records with named fields'],
  ['complex numbers', npyFile(header("'<c8'", '(3,)'), three), UNSUPPORTED, 10, "of the type '<c8'"],
  ['texts', npyFile(header("'<U5'", '(3,)'), three), UNSUPPORTED, 10, "of the type '<U5'"],
  ['times', npyFile(header("'<M8[ns]'", '(3,)'), three), UNSUPPORTED, 10, "of the type '<M8[ns]'"],
  ['no byte order where there must be one', npyFile(header("'|f4'", '(3,)'), three), UNSUPPORTED, 10, "of the type '|f4'"],
  ['a type that is no text', npyFile(header('4', '(3,)'), three), DAMAGED, 10, 'descr is no text'],
])('%s is refused', async (_, file, code, byte, what) => {
  const refused = await readRows(npy(), file).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code, where: `file:a, byte ${byte}`, what: expect.stringContaining(what) });
});

test('no more of a file is read than its header claims, and that is bounded', async () => {
  const lying = Buffer.concat([npyFile(good, new Uint8Array(10_000_000), 2)]);
  lying.writeUInt32LE(9_000_000, 8);
  const file = pageFile(lying);
  await expect(readRows(npy(), file)).rejects.toThrow('claims 9000000 bytes');
  expect(file.readBytes).toBe(12);
});

test('whatever bytes of a file are changed, it is read or refused with a place', async () => {
  const seed = 'npy-flips';
  const random = new SeededRandom(seed);
  const whole = npyFile(good, three);
  let refused = 0;
  for (let i = 0; i < 3000; i++) {
    const file = Buffer.from(whole);
    for (let flips = 1 + Math.floor(random.next() * 3); flips > 0; flips--)
      file[Math.floor(random.next() * file.length)] =
        random.next() < 0.5 ? Math.floor(random.next() * 256) : 48 + Math.floor(random.next() * 10);
    const cut = random.next() < 0.1 ? file.subarray(0, Math.floor(random.next() * file.length)) : file;
    const answer = await readRows(npy(), cut, { limit: 1024 }).catch((error: unknown) => error);
    if (!(answer instanceof Error)) continue;
    refused++;
    if (!isHeadraceError(answer) || !answer.code.startsWith('HR_ARRAY_'))
      throw new Error(`seed ${seed}, case ${i}: ${String(answer)}`, { cause: answer });
    expect(answer.where).toMatch(/^file:a, byte \d+$/);
  }
  expect(refused).toBeGreaterThan(1000);
});
