import { keyOf } from '../core/key-bytes.ts';
import type { LogBatch } from '../log/log-batch.ts';
import { bytesText, printable, textOf } from './printable.ts';

/** A record on a line for eyes: its value, and its key in front when wanted. */
export function recordText(batch: LogBatch, i: number, withKey: boolean): string {
  const value = bytesText(batch.valueAt(i));
  return withKey ? `${keyText(batch.keyAt(i))}\t${value}` : value;
}

/** The same as JSON, with everything there is. A value that is JSON stands there letter by letter: no digit of a long number is lost. */
export function recordJson(batch: LogBatch, i: number, partition: number): string {
  const time = batch.timeAt(i);
  const known = {
    partition,
    position: batch.first + i,
    ...keyFields(batch.keyAt(i)),
    time: Number.isNaN(time) ? null : time,
    headers: batch.headersAt(i) ?? {},
  };
  const bytes = batch.valueAt(i);
  const text = textOf(bytes);
  const last = text === undefined ? `"bytes":"${Buffer.from(bytes).toString('base64')}"` : `"value":${jsonOf(text)}`;
  return printable(`${JSON.stringify(known).slice(0, -1)},${last}}`);
}

function jsonOf(text: string): string {
  try {
    JSON.parse(text);
    // No line end or tab can stand inside a string of JSON, so it is between two tokens.
    return text.replace(/[\r\n\t]+/g, ' ').trim();
  } catch {
    return JSON.stringify(text);
  }
}

function keyText(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return '-';
  const key = keyFrom(bytes);
  if (key === undefined) return bytesText(bytes);
  const text = typeof key === 'string' ? key : typeof key === 'object' ? `[${key.map(String).join(', ')}]` : String(key);
  return printable(text.replaceAll('\t', '\\t'));
}

/** Keys that JSON has no form for come as their digits; bytes that are no key of ours as they are. */
function keyFields(bytes: Uint8Array | undefined): object {
  if (bytes === undefined) return { key: null };
  const key = keyFrom(bytes);
  if (key === undefined) return { key: null, keyBytes: Buffer.from(bytes).toString('base64') };
  const plain = (part: unknown): unknown => (typeof part === 'bigint' ? String(part) : part);
  return { key: typeof key === 'object' ? key.map(plain) : plain(key) };
}

function keyFrom(bytes: Uint8Array): ReturnType<typeof keyOf> | undefined {
  try {
    return keyOf(bytes);
  } catch {
    return undefined;
  }
}
