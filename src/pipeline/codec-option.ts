import type { Codec } from '../core/codec.ts';

export interface CodecOption<T> {
  /** Writes what must be bytes here, where it is kept or sent; the tagged binary form of any plain value unless told. */
  readonly codec?: Codec<T> | undefined;
}
