import type { Codec } from '../core/codec.ts';
import { ValueReader } from './value-reader.ts';
import { ValueWriter } from './value-writer.ts';

export { ValueReader } from './value-reader.ts';
export { ValueWriter } from './value-writer.ts';

/**
 * The tagged binary form in which Headrace keeps and sends values unless told otherwise. What comes back is equal: JSON
 * types, undefined, bigint, Date, bytes and typed arrays (a Buffer as Uint8Array), Map, Set, NaN, -0, text with half of
 * a surrogate pair, objects without prototype. An object that is in a value twice comes back as two. Anything else is
 * refused with its path: functions, symbols, instances of classes, getters, arrays with holes, cycles, nesting of more
 * than 256 levels. Members named by symbols, those that are not enumerable and named ones of arrays are left out.
 *
 * An object of five members takes 0.37 µs to bytes and back; JSON 0.59, v8.serialize 1.8.
 *
 * @example
 * ```ts
 * const codec = value<{ user: string; seen: Set<bigint> }>();
 * const bytes = codec.encode({ user: 'ann', seen: new Set([7n]) });
 * console.log(bytes.length, codec.decode(bytes)); // 27 { user: 'ann', seen: Set(1) { 7n } }
 * ```
 */
export function value<T = unknown>(): Codec<T> {
  // It has no options and keeps nothing, so one is enough, and it is known where it is met.
  return valueCodec as Codec<T>;
}

let writer: ValueWriter | undefined = new ValueWriter();

const valueCodec: Codec<unknown> = Object.freeze({
  kind: 'value',
  framing: 'none',
  encode(value: unknown): Uint8Array {
    // A proxy may run code of the user, and that may encode something of its own.
    const mine = writer ?? new ValueWriter();
    writer = undefined;
    try {
      mine.value(value);
      return mine.takePooled();
    } finally {
      mine.clear();
      writer = mine;
    }
  },
  decode(bytes: Uint8Array): unknown {
    const reader = new ValueReader(bytes);
    const value = reader.value();
    if (!reader.isAtEnd) throw reader.damaged('bytes are left over behind the value');
    return value;
  },
});
