import type { Codec } from '../core/codec.ts';
import type { StandardSchema } from '../core/schema.ts';
import { byteCount } from '../core/units.ts';
import type { ColumnWishes, RowOf } from './column-kinds.ts';
import { type JsonColumnsOptions, projectedJson } from './json/projected.ts';
import { type JsonOptions, jsonRefusal, jsonText, jsonValue } from './json/value.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

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
export function json<T>(schema?: StandardSchema<T>, options?: JsonOptions): Codec<T>;
/**
 * JSON lines of which only some members are wanted: these are read and everything else of a line is passed over, several
 * times as fast. The type of a row follows from the columns. A line in which a member is not what its column says is
 * refused, and so is one that JSON.parse refuses, wherever in it the mistake is.
 *
 * @example
 * ```ts
 * const visits = json({ columns: { user: 'string', city: { as: 'string?', from: 'address.city' } } });
 * const line = new TextEncoder().encode('{"id":7,"user":"ann","address":{"zip":3000,"city":"Bern"}}');
 * console.log(visits.decode(line)); // { user: 'ann', city: 'Bern' }
 * ```
 */
export function json<const C extends ColumnWishes>(options: JsonColumnsOptions<C>): Codec<RowOf<C>>;
export function json<T>(first?: StandardSchema<T> | JsonColumnsOptions<ColumnWishes>, options: JsonOptions = {}): Codec<T> {
  // The second overload says what T is here.
  if (first !== undefined && !('~standard' in first)) return projectedJson(first) as unknown as Codec<T>;
  return wholeJson(first, options);
}

function wholeJson<T>(schema: StandardSchema<T> | undefined, options: JsonOptions): Codec<T> {
  const most = byteCount(options.bytes ?? '16MiB', 'option bytes');
  const value = jsonValue(schema, options);
  return {
    kind: 'json',
    framing: 'lines',
    encode: (each) => encodeUtf8(jsonText(each)),
    decode(body) {
      if (body.length > most)
        throw jsonRefusal(
          'HR_RECORD_TOO_LARGE',
          `a body of ${body.length} bytes is over the limit of ${most}`,
          'Raise the option bytes of json().',
        );
      return value(decodeUtf8(body, 'json'));
    },
  };
}
