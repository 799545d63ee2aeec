import type { Key } from './keys.ts';

/** A record set aside with its error. */
export interface DeadLetter {
  /** The id of the record that was refused. */
  readonly id: string;
  /** The operator that refused it. */
  readonly operator: string;
  /** `where` tells the place of what could not be read: file, line, byte, column. */
  readonly error: { readonly code: string; readonly what: string; readonly where?: string };
  readonly origin: { readonly source: string; readonly partition: string; readonly position: string };
  /** The key it had, where it had one. */
  readonly key?: Key;
  /** When it was refused, in milliseconds since 1970. */
  readonly time: number;
  /** What the operator had received. */
  readonly value?: unknown;
  /** The bytes, where they could not be decoded. */
  readonly bytes?: Uint8Array;
  /** Of a letter that was kept: why its value could not be kept with it. */
  readonly lost?: string;
}
