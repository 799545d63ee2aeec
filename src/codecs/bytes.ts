import type { Codec } from '../core/codec.ts';
import { HeadraceError } from '../core/error.ts';

/**
 * Bytes as they are, for bodies that somebody else understands. Nothing is copied.
 *
 * @example
 * ```ts
 * console.log(bytes().decode(new Uint8Array([1, 2, 3]))); // Uint8Array(3) [ 1, 2, 3 ]
 * ```
 */
export function bytes(): Codec<Uint8Array> {
  return {
    kind: 'bytes',
    framing: 'none',
    encode(value) {
      if (value instanceof Uint8Array) return value;
      throw new HeadraceError({
        code: 'HR_VALUE_UNENCODABLE',
        action: 'deadLetter',
        where: 'bytes',
        what: `a value of type ${typeof value} is no Uint8Array`,
        todo: 'Turn it into bytes first, or choose another codec.',
      });
    },
    decode: (body) => body,
  };
}
