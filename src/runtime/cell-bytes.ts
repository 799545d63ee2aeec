import { bytesOfKey } from '../base/key-table.ts';
import { ValueReader, ValueWriter } from '../codecs/value.ts';
import { numberAt, valueEnd } from '../codecs/value-end.ts';
import type { KeyTable } from '../core/chunk.ts';
import { HeadraceError } from '../core/error.ts';
import { canonicalEnd, keyOf } from '../core/key-bytes.ts';
import type { Key } from '../core/keys.ts';
import type { CellsSpec } from '../core/state.ts';
import { migrationFailed, versionProblem, type VersionStep } from '../pipeline/state-version.ts';

/** How a section of states is written. */
interface CellFormat {
  /** In front of each entry a byte says whether the key has a state (1) or has lost it (0). */
  readonly hasChanges: boolean;
  /** In front of each state stands when it was last touched, in milliseconds since 1970. */
  readonly isTimed: boolean;
}

const FORMATS: Readonly<Record<string, CellFormat>> = {
  'cells/1': { hasChanges: false, isTimed: false },
  'cells-changes/1': { hasChanges: true, isTimed: false },
  'cells-timed/1': { hasChanges: false, isTimed: true },
  'cells-timed-changes/1': { hasChanges: true, isTimed: true },
};

/** Is a section of this codec read here? */
export function isOfCells(codec: string): boolean {
  return Object.hasOwn(FORMATS, codec);
}

/** What a restored section says of itself. */
export interface CellsPiece {
  readonly codec: string;
  readonly bytes: Uint8Array;
  readonly version?: number | undefined;
}

/** A state, or that a key has none any more; and when it was last touched, where that is kept. */
export interface CellEntry<S> {
  readonly key: Key;
  readonly state: S | undefined;
  readonly touchedMs: number | undefined;
}

export interface KeyNumber {
  readonly keys: KeyTable;
  readonly id: number;
}

/** Where an entry stands in the bytes of a section. */
export interface CellPlace {
  /** Where its key begins with its length; what stands from here to `end` is an entry of a section without changes. */
  readonly entry: number;
  readonly key: number;
  readonly keyEnd: number;
  /** Where the next one begins. */
  readonly end: number;
  readonly isGone: boolean;
  readonly touchedMs: number | undefined;
  /** The state, where it is a number that is kept as it is. */
  readonly number: number | undefined;
}

/** Turns states to bytes and back. A run of entries, each a key as bytes (absent for one cell) and a value. */
export class CellBytes<S> {
  readonly name: string;
  /** Of the sections it writes. */
  readonly codec: string;
  readonly changesCodec: string;
  readonly #spec: CellsSpec<S>;
  readonly #isTimed: boolean;
  /** A number that was packed is the state. */
  readonly #keepsNumbers: boolean;

  constructor(spec: CellsSpec<S>) {
    this.name = spec.name;
    this.#spec = spec;
    this.#isTimed = spec.keepMs !== undefined;
    this.#keepsNumbers = spec.pack === undefined || spec.unpacksLate === true;
    this.codec = this.#isTimed ? 'cells-timed/1' : 'cells/1';
    this.changesCodec = this.#isTimed ? 'cells-timed-changes/1' : 'cells-changes/1';
  }

  /** In sections, absent for 1. */
  get version(): { readonly version?: number } {
    const { version = 1 } = this.#spec;
    return version === 1 ? {} : { version };
  }

  one(state: S, touchedMs: number): Uint8Array {
    const writer = new ValueWriter();
    this.#write(writer, state, touchedMs);
    return writer.take();
  }

  readOne(piece: CellsPiece): Pick<CellEntry<S>, 'touchedMs'> & { readonly state: S } {
    const { isTimed } = this.#formatOf(piece);
    return this.#read(new ValueReader(piece.bytes), undefined, isTimed, piece.version);
  }

  /** The key by its number: asked for in here, where V8 puts it all into one piece of code (0.55 us an entry, 0.7 otherwise). */
  entry(writer: ValueWriter, { keys, id }: KeyNumber, state: S, touchedMs: number): void {
    writer.bytes(bytesOfKey(keys, id));
    this.#write(writer, state, touchedMs);
  }

  /** Likewise as bytes of its own. */
  entryBytes(key: KeyNumber, state: S, touchedMs: number): Uint8Array {
    const writer = new ValueWriter();
    this.entry(writer, key, state, touchedMs);
    return writer.take();
  }

  *entries(piece: CellsPiece): Iterable<CellEntry<S>> {
    const { hasChanges, isTimed } = this.#formatOf(piece);
    const reader = new ValueReader(piece.bytes);
    while (!reader.isAtEnd) {
      const isGone = hasChanges && reader.byte() === 0;
      const key = keyOf(reader.bytes());
      if (isGone) yield { key, state: undefined, touchedMs: undefined };
      else yield { key, ...this.#read(reader, key, isTimed, piece.version) };
    }
  }

  /** May states wait in these bytes until somebody asks for them? Whatever may be wrong with them is to be said at the start. */
  mayWait(piece: CellsPiece): boolean {
    const { codec, unpack, unpacksLate, version = 1 } = this.#spec;
    return (
      codec === undefined &&
      (unpack === undefined || unpacksLate === true) &&
      (piece.version ?? 1) === version &&
      this.#formatOf(piece).isTimed === this.#isTimed
    );
  }

  /** Goes through the entries of a piece that may wait; one object for all of them. No generator: a step of one takes 30 ns. */
  eachPlace(piece: CellsPiece, visit: (place: CellPlace) => void): void {
    const { hasChanges, isTimed } = this.#formatOf(piece);
    const { bytes } = piece;
    const times = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const place: { -readonly [name in keyof CellPlace]: CellPlace[name] } = {
      entry: 0,
      key: 0,
      keyEnd: 0,
      end: 0,
      isGone: false,
      touchedMs: undefined,
      number: undefined,
    };
    for (let at = 0; at < bytes.length; at = place.end) {
      place.isGone = hasChanges && bytes[at++] === 0;
      place.entry = at;
      place.key = keyAt(bytes, at);
      place.keyEnd = at = canonicalEnd(bytes, place.key);
      place.number = undefined;
      place.end = at;
      if (!place.isGone) {
        if (isTimed) {
          place.touchedMs = times.getFloat64(at, true);
          at += 8;
        }
        if (this.#keepsNumbers) place.number = numberAt(bytes, at);
        place.end = valueEnd(bytes, at);
      }
      visit(place);
    }
  }

  /**
   * Goes through the keys of a piece that may wait and has no times, by the lengths it says itself: its checksum has been
   * looked at, and a key nobody could have written is found by nobody.
   */
  eachKey({ codec, bytes }: CellsPiece, visit: (entry: number, from: number, to: number, isGone: boolean) => void): void {
    const { hasChanges } = this.#formatOf({ codec, bytes });
    for (let at = 0; at < bytes.length; ) {
      const isGone = hasChanges && bytes[at++] === 0;
      const from = keyAt(bytes, at);
      const to = from + lengthAt(bytes, at);
      visit(at, from, to, isGone);
      at = isGone ? to : valueEnd(bytes, to);
    }
  }

  /** Of a piece that is not empty and has no times. */
  firstEntryBytes({ codec, bytes }: CellsPiece): number {
    const entry = this.#formatOf({ codec, bytes }).hasChanges ? 1 : 0;
    const to = keyAt(bytes, entry) + lengthAt(bytes, entry);
    return entry === 1 && bytes[0] === 0 ? to : valueEnd(bytes, to);
  }

  /** The key of an entry: its bytes, and where in them it stands. */
  keyOf({ bytes, entry }: { readonly bytes: Uint8Array; readonly entry: number }): readonly [bytes: Uint8Array, from: number, to: number] {
    const from = keyAt(bytes, entry);
    return [bytes, from, from + lengthAt(bytes, entry)];
  }

  /** The state of an entry that waited. */
  waited(bytes: Uint8Array, entry: number): S {
    const number = this.numberIn(bytes, entry);
    if (number !== undefined) return number as S;
    const at = this.#valueAt(bytes, entry);
    const { unpack } = this.#spec;
    const plain = new ValueReader(bytes.subarray(at)).value();
    return unpack === undefined ? (plain as S) : unpack(plain, undefined);
  }

  /** The same as bytes, as `entryBytes` makes them: a view. */
  waitedBytes(bytes: Uint8Array, entry: number): Uint8Array {
    return bytes.subarray(entry, valueEnd(bytes, this.#valueAt(bytes, entry)));
  }

  /** The state of such an entry, where it is a number that is kept as it is. */
  numberIn(bytes: Uint8Array, entry: number): number | undefined {
    return this.#keepsNumbers ? numberAt(bytes, this.#valueAt(bytes, entry)) : undefined;
  }

  #valueAt(bytes: Uint8Array, entry: number): number {
    return keyAt(bytes, entry) + lengthAt(bytes, entry) + (this.#isTimed ? 8 : 0);
  }

  #formatOf({ codec }: CellsPiece): CellFormat {
    if (isOfCells(codec)) return FORMATS[codec]!;
    throw new HeadraceError({
      code: 'HR_STATE_UNREADABLE',
      what: `state '${this.name}' was written as '${codec}', which this version cannot read`,
      todo: `It reads ${Object.keys(FORMATS).join(', ')}. Run the version that wrote the checkpoint, or begin anew.`,
    });
  }

  #write(writer: ValueWriter, state: S, touchedMs: number): void {
    const { pack, codec } = this.#spec;
    if (this.#isTimed) writer.double(touchedMs);
    const plain: unknown = pack === undefined ? state : pack(state);
    if (codec === undefined) writer.value(plain);
    else writer.bytes(codec.encode(plain));
  }

  #read(
    reader: ValueReader,
    key: Key | undefined,
    isTimed: boolean,
    version: number | undefined,
  ): Pick<CellEntry<S>, 'touchedMs'> & { readonly state: S } {
    const { unpack, codec } = this.#spec;
    const touchedMs = isTimed ? reader.double() : undefined;
    const plain = this.#migrated(codec === undefined ? reader.value() : codec.decode(reader.bytes()), version ?? 1);
    // Without unpack the plain value is the state: that is what was written.
    return { state: unpack === undefined ? (plain as S) : unpack(plain, key), touchedMs };
  }

  /** From version to version, each by its own migration. */
  #migrated(plain: unknown, from: number): unknown {
    const { version = 1, migrate = {}, name, operator = `state '${name}'` } = this.#spec;
    if (from === version) return plain;
    const way: VersionStep = { where: operator, from, to: version };
    const problem = versionProblem(way, (at) => migrate[at] !== undefined);
    if (problem !== undefined) throw problem;
    let state = plain;
    for (let at = from; at < version; at++) {
      try {
        state = migrate[at]!(state);
      } catch (error) {
        throw migrationFailed(way, at, error);
      }
    }
    return state;
  }
}

/** Where the key of an entry begins: behind its length, which its own bytes say again. */
export function keyAt(bytes: Uint8Array, entry: number): number {
  let at = entry;
  while (bytes[at++]! >= 0x80);
  return at;
}

function lengthAt(bytes: Uint8Array, entry: number): number {
  let length = bytes[entry]! & 0x7f;
  for (let at = entry, scale = 128; bytes[at++]! >= 0x80; scale *= 128) length += (bytes[at]! & 0x7f) * scale;
  return length;
}
