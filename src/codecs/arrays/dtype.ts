/** What the elements of an array are, by the names numpy gives them. */
export type DType =
  | 'float16'
  | 'float32'
  | 'float64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool';

/** One element in JavaScript. */
export type Scalar<D extends DType> = D extends 'int64' | 'uint64' ? bigint : D extends 'bool' ? boolean : number;

/** Several elements. Halves are widened, since few functions take a Float16Array; booleans are 0 and 1. */
export type Vector<D extends DType> = Vectors[D];

interface Vectors {
  readonly float16: Float32Array<ArrayBuffer>;
  readonly float32: Float32Array<ArrayBuffer>;
  readonly float64: Float64Array<ArrayBuffer>;
  readonly int8: Int8Array<ArrayBuffer>;
  readonly int16: Int16Array<ArrayBuffer>;
  readonly int32: Int32Array<ArrayBuffer>;
  readonly int64: BigInt64Array<ArrayBuffer>;
  readonly uint8: Uint8Array<ArrayBuffer>;
  readonly uint16: Uint16Array<ArrayBuffer>;
  readonly uint32: Uint32Array<ArrayBuffer>;
  readonly uint64: BigUint64Array<ArrayBuffer>;
  readonly bool: Uint8Array<ArrayBuffer>;
}

/** One row: a scalar where a row has no shape, else its elements, one after the other, in the order of C. */
export type ArrayRow<D extends DType, R extends readonly number[]> = number extends R['length']
  ? Scalar<D> | Vector<D>
  : R extends readonly []
    ? Scalar<D>
    : Vector<D>;

export type NumberElements =
  | Float16Array
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;
export type BigElements = BigInt64Array | BigUint64Array;

/** The elements as they lie in a file. */
export type Elements = NumberElements | BigElements;

export interface ElementsClass {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): Elements;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): Elements;
}

export interface ElementKind {
  readonly dtype: DType;
  readonly bytes: number;
  /** How numpy writes it behind the byte order: `f4`. */
  readonly letters: string;
  readonly stored: ElementsClass;
  /** What rows are made of. */
  readonly given: ElementsClass;
  /** The whole numbers it holds; absent for the others. */
  readonly least?: number | bigint;
  readonly most?: number | bigint;
}

function kind(dtype: DType, letters: string, stored: ElementsClass, more: Partial<ElementKind> = {}): ElementKind {
  return { dtype, letters, stored, given: stored, bytes: stored.BYTES_PER_ELEMENT, ...more };
}

export const KINDS: Readonly<Record<DType, ElementKind>> = {
  float16: kind('float16', 'f2', Float16Array, { given: Float32Array }),
  float32: kind('float32', 'f4', Float32Array),
  float64: kind('float64', 'f8', Float64Array),
  int8: kind('int8', 'i1', Int8Array, { least: -128, most: 127 }),
  int16: kind('int16', 'i2', Int16Array, { least: -32_768, most: 32_767 }),
  int32: kind('int32', 'i4', Int32Array, { least: -2_147_483_648, most: 2_147_483_647 }),
  int64: kind('int64', 'i8', BigInt64Array, { least: -(2n ** 63n), most: 2n ** 63n - 1n }),
  uint8: kind('uint8', 'u1', Uint8Array, { least: 0, most: 255 }),
  uint16: kind('uint16', 'u2', Uint16Array, { least: 0, most: 65_535 }),
  uint32: kind('uint32', 'u4', Uint32Array, { least: 0, most: 4_294_967_295 }),
  uint64: kind('uint64', 'u8', BigUint64Array, { least: 0n, most: 2n ** 64n - 1n }),
  bool: kind('bool', 'b1', Uint8Array, { least: 0, most: 1 }),
};

/** By the letters numpy writes: `f4`. */
export const KIND_OF_LETTERS: ReadonlyMap<string, ElementKind> = new Map(Object.values(KINDS).map((each) => [each.letters, each]));

export const MACHINE_ORDER: ByteOrder = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 'little' : 'big';

export type ByteOrder = 'little' | 'big';

/** Turns the bytes of each element around, in place. */
export function swapBytes(bytes: Uint8Array, elementBytes: number): void {
  if (elementBytes === 1) return;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (elementBytes === 2) buffer.swap16();
  else if (elementBytes === 4) buffer.swap32();
  else buffer.swap64();
}

/** The element at an index as users see it. */
export function scalarAt(elements: Elements, index: number, dtype: DType): number | bigint | boolean {
  const value = elements[index]!;
  return dtype === 'bool' ? value !== 0 : value;
}

/** A copy of some elements as users see them, with a buffer of its own: it may be kept without keeping anything else. */
export function vectorOf(elements: Elements, from: number, to: number, { stored, given }: ElementKind): Elements {
  if (stored === given) return elements.slice(from, to);
  return Float32Array.from((elements as Float16Array).subarray(from, to));
}
