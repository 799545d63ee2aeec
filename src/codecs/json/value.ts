import { HeadraceError } from '../../core/error.ts';
import type { StandardSchema } from '../../core/schema.ts';
import { type Bytes, wholeNumber } from '../../core/units.ts';
import { deeperThan, poisonedKey } from '../json-safety.ts';
import { explainUnencodable } from '../json-unencodable.ts';
import { checkSchema } from '../schema-check.ts';

export interface JsonOptions {
  /** How deep arrays and objects may be nested in what is read; 256 by default. */
  readonly depth?: number;
  /** How large one body may be; '16MiB' by default. */
  readonly bytes?: Bytes;
}

/** The value of a JSON text, checked: not too deep, no key that would change a prototype, and what the schema says. */
export function jsonValue<T>(schema: StandardSchema<T> | undefined, options: JsonOptions): (text: string) => T {
  const depth = wholeNumber(options.depth ?? 256, 'option depth');
  return (text) => {
    if (deeperThan(text, depth))
      throw jsonRefusal('HR_DECODE_FAILED', `the value is nested deeper than ${depth} levels`, 'Raise the option depth of json().');
    const value = parse(text);
    const poison = poisonedKey(text, value);
    if (poison !== undefined)
      throw jsonRefusal(
        'HR_DECODE_UNSAFE',
        `the key ${poison} could change a prototype`,
        'Correct the writer; no honest record has such a key.',
      );
    // Unchecked on request: the caller named T and trusts the writer.
    return schema === undefined ? (value as T) : checkSchema(schema, value, 'json');
  };
}

/** What JSON.stringify writes, or an error that says what has no JSON. */
export function jsonText(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw explainUnencodable(value, cause);
  }
  if (text === undefined) throw explainUnencodable(value);
  return text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // V8's message quotes the text around the mistake and cuts it short by itself.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw jsonRefusal(
      'HR_DECODE_FAILED',
      text.trim() === '' ? 'an empty body is no JSON' : `not JSON: ${reason}`,
      'Correct the writer, or read these bodies with text().',
      cause,
    );
  }
}

export function jsonRefusal(code: `HR_${string}`, what: string, todo: string, cause?: unknown): HeadraceError {
  return new HeadraceError({ code, action: 'deadLetter', where: 'json', what, todo, cause });
}
