import { ValueReader, ValueWriter } from '../../codecs/value.ts';
import type { CellsSpec } from '../../core/state.ts';
import type { StateChange } from '../../state/store/state-store.ts';
import { CellBytes, type CellEntry } from '../cell-bytes.ts';

/** Of sections that hold what is to go into the store. */
export const CHANGES = 'stored-changes/1';

/** A state as the store has it: its version, whether the time of its last touch is there, and the state as in a checkpoint. */
export class StoredBytes<S> {
  readonly name: string;
  readonly #bytes: CellBytes<S>;
  readonly #version: number;
  readonly #isTimed: boolean;

  constructor(spec: CellsSpec<S>) {
    this.name = spec.name;
    this.#bytes = new CellBytes(spec);
    this.#version = spec.version ?? 1;
    this.#isTimed = spec.keepMs !== undefined;
  }

  of(state: S, touchedMs: number): Uint8Array {
    const writer = new ValueWriter();
    writer.varint(this.#version);
    writer.byte(this.#isTimed ? 1 : 0);
    writer.append(this.#bytes.one(state, touchedMs));
    return writer.take();
  }

  read(value: Uint8Array): Pick<CellEntry<S>, 'touchedMs'> & { readonly state: S } {
    const reader = new ValueReader(value);
    const version = reader.varint();
    const codec = reader.byte() === 1 ? 'cells-timed/1' : 'cells/1';
    return this.#bytes.readOne({ codec, version, bytes: reader.run(reader.left) });
  }
}

/** One change behind the other, as they stand in a section. */
export function putChange(writer: ValueWriter, { space, group, key, value, expires }: StateChange): void {
  writer.varint(space);
  writer.varint(group);
  writer.bytes(key);
  writer.byte((value === undefined ? 0 : 1) + (expires === undefined ? 0 : 2));
  if (value !== undefined) writer.bytes(value);
  if (expires !== undefined) writer.double(expires);
}

export function* changesIn(section: Uint8Array): Iterable<StateChange> {
  const reader = new ValueReader(section);
  while (!reader.isAtEnd) {
    const space = reader.varint();
    const group = reader.varint();
    const key = reader.bytes();
    const flags = reader.byte();
    const value = (flags & 1) === 0 ? undefined : reader.bytes();
    yield { space, group, key, value, ...((flags & 2) === 0 ? {} : { expires: reader.double() }) };
  }
}
