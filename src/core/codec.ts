/**
 * Turns values to bytes and back. `decode` throws on bad bytes; the runtime makes a dead letter of them.
 * `framing` tells files and sockets how bodies stand next to each other.
 */
export interface Codec<T> {
  readonly kind: string;
  readonly framing: 'lines' | 'none';
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}
