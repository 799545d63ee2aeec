import type { FileEncoder, FileFormat } from '../core/format.ts';
import type { StandardSchema } from '../core/schema.ts';
import { wholeNumber } from '../core/units.ts';
import { ArrayReader } from './json/array-reader.ts';
import { jsonText, jsonValue } from './json/value.ts';
import { encodeUtf8 } from './utf8.ts';

export interface JsonArrayOptions {
  /** How deep arrays and objects may be nested in one element; 256 by default. */
  readonly depth?: number;
}

/**
 * A file that is one JSON array of any size, read and written element by element, however it is spread over lines. With a
 * schema (any validator that speaks Standard Schema) each element read is checked, and the type is the schema's. What json()
 * promises of values holds here too.
 *
 * @example
 * ```ts
 * import { mkdtemp, writeFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { fileSource } from 'headrace/connectors/files';
 *
 * const path = `${await mkdtemp(`${tmpdir()}/users-`)}/users.json`;
 * await writeFile(path, '[\n  { "name": "ann" },\n  { "name": "bob" }\n]\n');
 * await run(pipeline('users').from(fileSource(path, jsonArray<{ name: string }>())).map((user) => user.name).to(print()));
 * // ann
 * // bob
 * ```
 */
export function jsonArray<T>(schema?: StandardSchema<T>, options: JsonArrayOptions = {}): FileFormat<T> {
  const depth = wholeNumber(options.depth ?? 256, 'option depth');
  const value = jsonValue(schema, { depth });
  return {
    kind: 'json-array',
    blocks: { copies: true, open: (opening) => new ArrayReader({ value, depth }, opening) },
    writing: { canAppend: false, open: () => new ArrayEncoder<T>() },
  };
}

/** Text is turned to bytes when there is so much of it. */
const PIECE_LETTERS = 65_536;

/** `[`, elements a line each, `]`. */
class ArrayEncoder<T> implements FileEncoder<T> {
  #text = '[';
  #hasElements = false;
  #ready: Uint8Array[] = [];
  #readyBytes = 0;

  add(value: T): void {
    const text = jsonText(value);
    this.#text += this.#hasElements ? `,\n${text}` : `\n${text}`;
    this.#hasElements = true;
    if (this.#text.length >= PIECE_LETTERS) this.#toBytes();
  }

  get heldBytes(): number {
    return this.#readyBytes + this.#text.length;
  }

  take(): readonly Uint8Array[] {
    this.#toBytes();
    const ready = this.#ready;
    this.#ready = [];
    this.#readyBytes = 0;
    return ready;
  }

  end(): readonly Uint8Array[] {
    this.#text += this.#hasElements ? '\n]\n' : ']\n';
    return this.take();
  }

  #toBytes(): void {
    if (this.#text === '') return;
    const bytes = encodeUtf8(this.#text);
    this.#text = '';
    this.#ready.push(bytes);
    this.#readyBytes += bytes.length;
  }
}
