import type { FileFormat } from './format.ts';

/**
 * Turns values to bytes and back. `decode` throws on bad bytes; the runtime makes a dead letter of them.
 * `framing` tells files and sockets how bodies stand next to each other; a codec that is a format too says by itself how
 * it stands in a file.
 */
export interface Codec<T> extends Encoder<T>, FileFormat<T> {
  decode(bytes: Uint8Array): T;
}

/** The half of a codec that writes. */
export interface Encoder<in T> {
  readonly kind: string;
  readonly framing: 'lines' | 'none';
  encode(value: T): Uint8Array;
}
