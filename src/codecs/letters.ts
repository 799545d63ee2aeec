import type { Codec } from '../core/codec.ts';
import { isHeadraceError } from '../core/error.ts';
import type { DeadLetter } from '../core/letter.ts';
import { value } from './value.ts';

/** How the value of a letter lies in its bytes: as it is, by the codec of the edge it was refused on, or not at all. */
interface Stored extends DeadLetter {
  readonly coded?: { readonly codec: string; readonly bytes: Uint8Array };
}

/**
 * Dead letters as bytes. A value goes by the codec that `codecOf` has for the operator that refused it, else in the
 * tagged binary form. A letter is never refused itself: of a value that has no bytes the letter says only why.
 *
 * Read without its codec, a value that was written with one comes as `bytes`.
 */
export function letters(codecOf: (operator: string) => Codec<unknown> | undefined = () => undefined): Codec<DeadLetter> {
  const plain = value<Stored>();

  function coded(letter: DeadLetter): Stored {
    const { value: refused, ...rest } = letter;
    const codec = codecOf(letter.operator);
    if (!('value' in letter) || codec === undefined) return letter;
    return { ...rest, coded: { codec: codec.kind, bytes: codec.encode(refused) } };
  }

  return {
    kind: 'letters',
    framing: 'none',
    encode(letter) {
      try {
        return plain.encode(coded(letter));
      } catch (error) {
        if (!isHeadraceError(error)) throw error;
        const { value: _unencodable, key: _key, ...rest } = letter;
        return plain.encode({ ...rest, lost: error.what });
      }
    },
    decode(bytes) {
      const { coded: inner, ...letter } = plain.decode(bytes);
      if (inner === undefined) return letter;
      const codec = codecOf(letter.operator);
      return codec?.kind === inner.codec ? { ...letter, value: codec.decode(inner.bytes) } : { ...letter, bytes: inner.bytes };
    },
  };
}
