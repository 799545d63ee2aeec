import type { Codec } from '../core/codec.ts';
import { codecPromises } from './codec-promises.ts';
import { PATIENCE_MS, register, type Test } from './kit.ts';

/** A codec to check, and what is known of it. */
export interface CodecCase<T> {
  readonly codec: Codec<T>;
  /** Values it turns to bytes and back. */
  readonly values: readonly T[];
  /** Bytes it refuses to decode. */
  readonly bad?: readonly Uint8Array[];
  /** Values it refuses to encode. */
  readonly unencodable?: readonly unknown[];
}

export interface CodecKit<T> {
  /** The `test` of your runner. */
  readonly test: Test;
  /** Begins the name of every test. */
  readonly name: string;
  /** A fresh codec. It is called for every check. */
  make(): CodecCase<T>;
}

/**
 * Checks a codec against every promise of docs/specs/connector.md, one test each.
 *
 * @example
 * ```ts no-run
 * import { test } from 'node:test';
 * import { testCodec } from 'headrace/testing';
 *
 * testCodec({ test, name: 'text', make: () => ({ codec: text(), values: ['a', ''], bad: [new Uint8Array([0xff])] }) });
 * ```
 */
export function testCodec<T>({ test, name, make }: CodecKit<T>): void {
  register<CodecCase<T>>(test, name, codecPromises<T>(), { make }, PATIENCE_MS);
}
