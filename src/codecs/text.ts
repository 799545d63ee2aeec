import type { Codec } from '../core/codec.ts';
import { HeadraceError } from '../core/error.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/**
 * One string a line, in UTF-8. Empty lines are strings too.
 *
 * @example
 * ```ts
 * const line = text().encode('grüezi');
 * console.log(line.length, text().decode(line)); // 7 grüezi
 * ```
 */
export function text(): Codec<string> {
  return {
    kind: 'text',
    framing: 'lines',
    encode(value) {
      if (typeof value !== 'string')
        throw unencodable(`a value of type ${typeof value} is no text`, 'Turn it into a string first, or write it with json().');
      // A line feed inside would come back as two records, a carriage return at the end as none.
      if (value.includes('\n') || value.endsWith('\r'))
        throw unencodable('a string with a line end in it is more than one line', 'Split it first, or write it with json().');
      return encodeUtf8(value.isWellFormed() ? value : refuseSurrogate());
    },
    decode: (bytes) => decodeUtf8(bytes, 'text'),
  };
}

function refuseSurrogate(): never {
  throw unencodable('a string with half of a surrogate pair has no UTF-8', 'Call toWellFormed() on it first.');
}

function unencodable(what: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_VALUE_UNENCODABLE', action: 'deadLetter', where: 'text', what, todo });
}
