import { ValueReader, ValueWriter } from '../codecs/value.ts';
import { HeadraceError } from '../core/error.ts';
import { canonicalBytes, keyOf } from '../core/key-bytes.ts';
import type { Key } from '../core/keys.ts';
import type { CellsSpec } from '../core/state.ts';

/** Turns states to bytes and back: `cells/1` is a run of entries, each a key (as bytes, absent for one cell) and a value. */
export class CellBytes<S> {
  static readonly codec = 'cells/1';
  readonly name: string;
  readonly #spec: CellsSpec<S>;

  constructor(spec: CellsSpec<S>) {
    this.name = spec.name;
    this.#spec = spec;
  }

  check(codec: string): void {
    if (codec === CellBytes.codec) return;
    throw new HeadraceError({
      code: 'HR_STATE_UNREADABLE',
      what: `state '${this.name}' was written as '${codec}', which this version cannot read`,
      todo: `It reads '${CellBytes.codec}'. Run the version that wrote the checkpoint, or begin anew.`,
    });
  }

  one(state: S): Uint8Array {
    const writer = new ValueWriter();
    this.#write(writer, state);
    return writer.take();
  }

  readOne(bytes: Uint8Array): S {
    return this.#read(new ValueReader(bytes), undefined);
  }

  entry(writer: ValueWriter, key: Key, state: S): void {
    writer.bytes(canonicalBytes(key));
    this.#write(writer, state);
  }

  *entries(bytes: Uint8Array): Iterable<readonly [Key, S]> {
    const reader = new ValueReader(bytes);
    while (!reader.isAtEnd) {
      const key = keyOf(reader.bytes());
      yield [key, this.#read(reader, key)];
    }
  }

  #write(writer: ValueWriter, state: S): void {
    const { pack, codec } = this.#spec;
    const plain: unknown = pack === undefined ? state : pack(state);
    if (codec === undefined) writer.value(plain);
    else writer.bytes(codec.encode(plain));
  }

  #read(reader: ValueReader, key: Key | undefined): S {
    const { unpack, codec } = this.#spec;
    const plain = codec === undefined ? reader.value() : codec.decode(reader.bytes());
    // Without unpack the plain value is the state: that is what was written.
    return unpack === undefined ? (plain as S) : unpack(plain, key);
  }
}
