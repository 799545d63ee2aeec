import type { PageFile } from '../../core/format.ts';
import { type ByteOrder, type ElementKind, KIND_OF_LETTERS, KINDS } from './dtype.ts';
import { damaged, unsupported } from './errors.ts';
import { type Literal, readLiteral } from './python-literal.ts';

/** How an array lies in a file. */
export interface ArrayLayout {
  readonly kind: ElementKind;
  readonly order: ByteOrder;
  readonly rows: number;
  /** The shape of one row; empty where a row is one element. */
  readonly row: readonly number[];
  /** The byte at which the first row begins. */
  readonly from: number;
}

const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59); // \x93NUMPY
const MAX_HEADER = 65_536;
const SAVE_AGAIN = 'Write the file again with numpy.save.';

/** Does a file begin as numpy's do? */
export function isNpy(head: Uint8Array): boolean {
  return MAGIC.every((byte, at) => head[at] === byte);
}

/**
 * The header of a file of numpy, version 1, 2 or 3. It is a Python literal, read by a parser of our own and never run;
 * everything it says is checked against the file before anything is made of it.
 */
export async function readNpyHeader(file: PageFile, where: string): Promise<ArrayLayout> {
  const head = await file.read(0, Math.min(12, file.bytes));
  if (!isNpy(head)) throw damaged(where, 0, 'the file does not begin as a file of numpy does', 'Look whether it is an .npy file at all.');
  const [major, minor] = [head[6], head[7]];
  if (major === undefined || minor === undefined || head.length < (major === 1 ? 10 : 12)) throw cutHeader(where, file.bytes);
  if (major < 1 || major > 3 || minor !== 0)
    throw unsupported(where, 6, `the file has version ${major}.${minor} of the format`, 'Versions 1.0, 2.0 and 3.0 are read.');
  const view = new DataView(head.buffer, head.byteOffset);
  const [at, length] = major === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (length > MAX_HEADER) throw damaged(where, 8, `the header claims ${length} bytes, and ${MAX_HEADER} are allowed`, SAVE_AGAIN);
  if (at + length > file.bytes) throw cutHeader(where, file.bytes);
  const text = Buffer.from(await file.read(at, length)).toString(major === 3 ? 'utf8' : 'latin1');
  return layoutOf(text, at, at + length, where);
}

function cutHeader(where: string, bytes: number): Error {
  return damaged(where, bytes, 'the file ends within its header', 'It was not written to its end, or cut. Write it again.');
}

function layoutOf(text: string, at: number, from: number, where: string): ArrayLayout {
  const header = readLiteral(text);
  const wrong = (what: string): Error => damaged(where, at, `the header is not what numpy writes: ${what}`, SAVE_AGAIN);
  if (typeof header === 'object' && 'mistake' in header)
    throw damaged(where, at + header.mistake.at, `the header is not what numpy writes: ${header.mistake.what}`, SAVE_AGAIN);
  if (!(header instanceof Map)) throw wrong('it is no dictionary');
  const members = header as ReadonlyMap<string, Literal>;
  const unknown = [...members.keys()].find((name) => !['descr', 'fortran_order', 'shape'].includes(name));
  if (unknown !== undefined) throw wrong(`it has the member '${unknown.slice(0, 40)}'`);
  const [descr, fortran, shape] = [members.get('descr'), members.get('fortran_order'), members.get('shape')];
  if (typeof fortran !== 'boolean') throw wrong('fortran_order is neither True nor False');
  if (!Array.isArray(shape) || !shape.every((size) => typeof size === 'number')) throw wrong('shape is no tuple of whole numbers');
  const element = elementOf(descr, at, where);
  const [rows, ...row] = shape as number[];
  if (rows === undefined)
    throw unsupported(where, at, 'the array has no dimension, it is a single value', 'Write it with a shape, such as (1,).');
  if (fortran && row.length > 0)
    throw unsupported(
      where,
      at,
      'the array lies column by column (fortran_order), so that a row is spread over the whole file',
      'Write it row by row: numpy.save(path, numpy.ascontiguousarray(a)).',
    );
  return { ...element, rows, row, from };
}

function elementOf(descr: Literal | undefined, at: number, where: string): Pick<ArrayLayout, 'kind' | 'order'> {
  const todo = `One of ${Object.keys(KINDS).join(', ')} is read. Turn the array into one of these with astype.`;
  if (Array.isArray(descr)) throw unsupported(where, at, 'the array is made of records with named fields', todo);
  if (typeof descr !== 'string') throw damaged(where, at, 'the header is not what numpy writes: descr is no text', SAVE_AGAIN);
  const [, sign, letters = ''] = /^([<>|])([a-zA-Z?]\d*)$/.exec(descr) ?? [];
  if (letters.startsWith('O'))
    throw unsupported(where, at, 'the array holds Python objects, pickled: such a file is a program, and is not run here', todo);
  const kind = KIND_OF_LETTERS.get(letters === '?' ? 'b1' : letters);
  if (kind === undefined || (sign === '|' && kind.bytes > 1))
    throw unsupported(where, at, `the elements are of the type '${descr.slice(0, 40)}'`, todo);
  return { kind, order: sign === '>' ? 'big' : 'little' };
}

const ALIGNED = 64;

/** A header of version 1.0; equally long for every count of rows, so that the count can be put in later. */
export function npyHeader({ kind, row }: Pick<ArrayLayout, 'kind' | 'row'>, rows: number): Uint8Array {
  const sign = kind.bytes === 1 ? '|' : '<';
  const say = (count: number): string =>
    `{'descr': '${sign}${kind.letters}', 'fortran_order': False, 'shape': (${[count, ...row].join(', ')}${row.length === 0 ? ',' : ''}), }`;
  const longest = 10 + say(Number.MAX_SAFE_INTEGER).length + 1;
  const bytes = Math.ceil(longest / ALIGNED) * ALIGNED;
  const header = Buffer.alloc(bytes, ' ');
  header.set(MAGIC);
  header.set([1, 0, (bytes - 10) & 0xff, (bytes - 10) >> 8], 6);
  header.write(say(rows), 10, 'latin1');
  header[bytes - 1] = 10;
  return header;
}
