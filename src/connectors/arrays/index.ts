export type { ArrayRow, ByteOrder, DType, Scalar, Vector } from '../../codecs/arrays/dtype.ts';
export { npy, type NpyOptions } from '../../codecs/arrays/npy.ts';
export { raw, type RawOptions } from '../../codecs/arrays/raw.ts';
export type { MappedArray } from './mapped-array.ts';
export { memmap } from './memmap.ts';
export type { MemmapOptions } from './options.ts';
