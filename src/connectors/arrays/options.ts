import type { ByteOrder, DType } from '../../codecs/arrays/dtype.ts';
import type { Bytes } from '../../core/units.ts';
import type { World } from '../../core/world.ts';

export interface MemmapOptions<D extends DType, S extends readonly number[]> {
  /** What the elements are. Needed where the file has no header; where it has one that says otherwise, it is refused. */
  readonly dtype?: D;
  /**
   * The shape of the array; the first number may be -1, which is as many rows as there are. Left out it is what the
   * header says, and a plain list of elements where there is none.
   */
  readonly shape?: S;
  /** Whether the file has numpy's header; 'auto', the default, looks at its first bytes. */
  readonly header?: 'auto' | 'npy' | 'none';
  /** Which byte of an element comes first where there is no header; 'little' by default. */
  readonly byteOrder?: ByteOrder;
  /** How much is read from the disk at once, a multiple of 8; '64KiB' by default. */
  readonly pageBytes?: Bytes;
  /** The most that is kept in memory; '64MiB' by default. */
  readonly cacheBytes?: Bytes;
  /** Where the file is; the real disk by default. */
  readonly world?: World;
}
