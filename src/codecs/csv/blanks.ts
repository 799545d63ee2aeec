import type { Dialect } from './dialect.ts';

const CR = 13;

/** How blanks around places are read: by the option trim they are no part of them. A tab that separates is none. */
export type Trimming = Pick<Dialect, 'trims' | 'separator'>;

/** Whether a byte is a space or a tab that may be cut off. */
export function isCutOff(byte: number | undefined, { trims, separator }: Trimming): boolean {
  return trims && (byte === 32 || byte === 9) && byte !== separator;
}

/** The first byte of bytes[begin, end) that is not cut off, or `end`. */
export function behindBlanks(bytes: Uint8Array, begin: number, end: number, trimming: Trimming): number {
  let at = begin;
  if (trimming.trims) while (at < end && isCutOff(bytes[at], trimming)) at++;
  return at;
}

/** Behind the last byte of bytes[begin, end) that is not cut off, or `begin`. */
export function beforeBlanks(bytes: Uint8Array, begin: number, end: number, trimming: Trimming): number {
  let at = end;
  if (trimming.trims) while (at > begin && isCutOff(bytes[at - 1], trimming)) at--;
  return at;
}

/** Whether there is nothing in a line but perhaps its carriage return: such a line is no row. */
export function isEmptyLine(bytes: Uint8Array, begin: number, end: number, trimming: Trimming): boolean {
  const last = end > begin && bytes[end - 1] === CR ? end - 1 : end;
  return behindBlanks(bytes, begin, last, trimming) === last;
}
