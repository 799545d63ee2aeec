import { crc32c } from '../base/crc32c.ts';
import type { Section } from '../core/state.ts';

/**
 * A checkpoint is one file, little-endian:
 *
 *     header   'HEADRACE', version u32, how many tokens u32, checksum of these u32
 *     sections their bytes, one after the other
 *     index    JSON: each section with its place, length and checksum
 *     content  JSON: positions, tokens, the plan
 *     footer   where the index begins u64, bytes of the index u64, bytes of the content u64,
 *              checksum of index and content u32, checksum of these u32, 'HEADRACE'
 *
 * Checksums are CRC-32C. Every byte of the file is under one of them. The header says whether sinks may have committed
 * this checkpoint, in a place of its own, since that decides what a damaged file means.
 *
 * In version 2 a section of the index may stand in the file of an older checkpoint, because it has not changed since:
 * place, length and checksum are then of that file. A file without such a section says that it has version 1.
 */
export const VERSION = 2;
export const HEADER_BYTES = 20;
export const FOOTER_BYTES = 40;
const MAGIC = Uint8Array.from('HEADRACE', (letter) => letter.charCodeAt(0));

/** A section in the index of a file. */
export interface Placed extends Section {
  readonly at: number;
  readonly bytes: number;
  readonly crc: number;
  /** The number of the checkpoint in whose file it stands; this one when absent. */
  readonly of?: number;
}

/** What a section is called: no two of one checkpoint are called the same. */
export function sectionName({ operator, cell, scope, codec, part = 0, version = 1 }: Section): string {
  return JSON.stringify([operator, cell, scope, codec, part, version]);
}

export interface Header {
  readonly version: number;
  readonly tokens: number;
}

export interface Footer {
  readonly indexAt: number;
  readonly indexBytes: number;
  readonly contentBytes: number;
  /** Of index and content together. */
  readonly crc: number;
}

export function headerBytes(tokens: number, version: number = 1): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(8, version, true);
  view.setUint32(12, tokens, true);
  view.setUint32(16, crc32c(bytes.subarray(0, 16)), true);
  return bytes;
}

/** Undefined when the bytes are no header. */
export function readHeader(bytes: Uint8Array): Header | undefined {
  if (bytes.length !== HEADER_BYTES || !startsWithMagic(bytes)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint32(16, true) !== crc32c(bytes.subarray(0, 16))) return undefined;
  return { version: view.getUint32(8, true), tokens: view.getUint32(12, true) };
}

export function footerBytes({ indexAt, indexBytes, contentBytes, crc }: Footer): Uint8Array {
  const bytes = new Uint8Array(FOOTER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(indexAt), true);
  view.setBigUint64(8, BigInt(indexBytes), true);
  view.setBigUint64(16, BigInt(contentBytes), true);
  view.setUint32(24, crc, true);
  view.setUint32(28, crc32c(bytes.subarray(0, 28)), true);
  bytes.set(MAGIC, 32);
  return bytes;
}

/** Undefined when the bytes are no footer of a file of this size. */
export function readFooter(bytes: Uint8Array, fileBytes: number): Footer | undefined {
  if (bytes.length !== FOOTER_BYTES || !startsWithMagic(bytes.subarray(32))) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint32(28, true) !== crc32c(bytes.subarray(0, 28))) return undefined;
  const [indexAt, indexBytes, contentBytes] = [0, 8, 16].map((at) => Number(view.getBigUint64(at, true))) as [number, number, number];
  if (indexAt + indexBytes + contentBytes + FOOTER_BYTES !== fileBytes) return undefined;
  return { indexAt, indexBytes, contentBytes, crc: view.getUint32(24, true) };
}

function startsWithMagic(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/** The codec of the section that says which store on the disk has the state of a checkpoint. */
export const STORE_NOTE = 'store/1';
