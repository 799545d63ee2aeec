import type { Codec } from '../core/codec.ts';
import { HeadraceError } from '../core/error.ts';
import type { StandardSchema } from '../core/schema.ts';
import { type Bytes, byteCount, wholeNumber } from '../core/units.ts';
import { deeperThan, poisonedKey } from './json-safety.ts';
import { explainUnencodable } from './json-unencodable.ts';
import { checkSchema } from './schema-check.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

export interface JsonOptions {
  /** How deep arrays and objects may be nested in what is read; 256 by default. */
  readonly depth?: number;
  /** How large one body may be; '16MiB' by default. */
  readonly bytes?: Bytes;
}

/**
 * JSON, one value a line. With a schema (any validator that speaks Standard Schema) each value read is checked, and the
 * type is the schema's; without one the writer is trusted. Keys that would change a prototype are refused.
 * What is written is what JSON.stringify writes: undefined members are left out, NaN becomes null, dates become text.
 *
 * @example
 * ```ts
 * interface Click {
 *   readonly user: string;
 * }
 * const clicks = json<Click>();
 * console.log(clicks.decode(clicks.encode({ user: 'ann' })).user); // ann
 * ```
 */
export function json<T>(schema?: StandardSchema<T>, options: JsonOptions = {}): Codec<T> {
  const depth = wholeNumber(options.depth ?? 256, 'option depth');
  const bytes = byteCount(options.bytes ?? '16MiB', 'option bytes');
  return {
    kind: 'json',
    framing: 'lines',
    encode(value) {
      let text: string | undefined;
      try {
        text = JSON.stringify(value);
      } catch (cause) {
        throw explainUnencodable(value, cause);
      }
      if (text === undefined) throw explainUnencodable(value);
      return encodeUtf8(text);
    },
    decode(body) {
      if (body.length > bytes)
        throw refuse(
          'HR_RECORD_TOO_LARGE',
          `a body of ${body.length} bytes is over the limit of ${bytes}`,
          'Raise the option bytes of json().',
        );
      const text = decodeUtf8(body, 'json');
      if (deeperThan(text, depth))
        throw refuse('HR_DECODE_FAILED', `the value is nested deeper than ${depth} levels`, 'Raise the option depth of json().');
      const value = parse(text);
      const poison = poisonedKey(text, value);
      if (poison !== undefined)
        throw refuse(
          'HR_DECODE_UNSAFE',
          `the key ${poison} could change a prototype`,
          'Correct the writer; no honest record has such a key.',
        );
      // Unchecked on request: the caller named T and trusts the writer.
      return schema === undefined ? (value as T) : checkSchema(schema, value, 'json');
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // V8's message quotes the text around the mistake and cuts it short by itself.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refuse(
      'HR_DECODE_FAILED',
      text.trim() === '' ? 'an empty body is no JSON' : `not JSON: ${reason}`,
      'Correct the writer, or read these bodies with text().',
      cause,
    );
  }
}

function refuse(code: `HR_${string}`, what: string, todo: string, cause?: unknown): HeadraceError {
  return new HeadraceError({ code, action: 'deadLetter', where: 'json', what, todo, cause });
}
