import type { NumberArray } from '../../core/columns.ts';

/** Values as users see them; texts are made of their bytes when they are handed out. */
export type Values =
  | { readonly is: 'numbers'; readonly values: NumberArray; readonly bad?: Uint8Array | undefined }
  | { readonly is: 'bigints'; readonly values: BigInt64Array | BigUint64Array }
  | { readonly is: 'booleans'; readonly values: Uint8Array }
  | { readonly is: 'text'; readonly bytes: Uint8Array; readonly starts: Int32Array; readonly ends: Int32Array }
  | { readonly is: 'plain'; readonly values: unknown[]; readonly bad?: Uint8Array | undefined };

/** Why a place is refused. */
export const BAD = { empty: 1, unsafe: 2, notOneOf: 3, notUtf8: 4, decimal: 5 } as const;
