import { assert } from '../../core/error.ts';
import type { OpenFile } from '../../core/world.ts';
import type { Block, BlockWriter } from './block.ts';
import type { Place } from './key-index.ts';
import type { Segments } from './segments.ts';
import { isNumbered, type StateChange } from './state-store.ts';
import { isSame } from './words.ts';

const NOWHERE: Place = { segment: 0, offset: 0 };

/** Writes the changes of one transaction behind what the newest segment holds. The index learns of them afterwards. */
export class Transaction {
  readonly blocks: Block[] = [];
  /** Where the next block will stand. */
  end: number;
  readonly #segments: Segments;
  readonly #file: OpenFile;
  readonly #writer: BlockWriter;
  readonly #stamp: number;
  /** What was changed so far: by hash the newest, and from each the one before it with that hash. */
  readonly #newest = new Map<number, number>();
  readonly #before: (number | undefined)[] = [];
  readonly #keys: Uint8Array[] = [];
  readonly #spaces: number[] = [];
  readonly #offsets: number[] = [];
  /** Offsets in the oldest segment, whose records compaction must not bring back. */
  readonly #replaced = new Set<number>();

  constructor(segments: Segments, file: OpenFile, writer: BlockWriter, stamp: number) {
    this.#segments = segments;
    this.#file = file;
    this.#writer = writer;
    this.#stamp = stamp;
    this.end = segments.last.end;
    writer.drop();
  }

  async put(changes: Iterable<StateChange>): Promise<void> {
    let seen = 0;
    for (const change of changes) {
      this.#change(change);
      // What is taken away and was not there fills no block, and takes its time too.
      if (++seen % 512 === 0 || this.#writer.isFullFor(1)) await this.#flush(false, this.#segments.first.number);
    }
  }

  isReplaced(offset: number): boolean {
    return this.#replaced.has(offset);
  }

  async room(entries: number): Promise<BlockWriter> {
    if (this.#writer.isFullFor(entries)) await this.#flush(false, this.#segments.first.number);
    return this.#writer;
  }

  finish(first: number): Promise<void> {
    return this.#flush(true, first);
  }

  #change(change: StateChange): void {
    const { space, group, key, value } = change;
    assert(isNumbered(change), 'spaces and groups are small numbers');
    const hash = this.#segments.hashOf(space, key);
    const replaces = this.#placeOf(space, key, hash);
    if (replaces === NOWHERE && value === undefined) return;
    if (replaces.segment === this.#segments.first.number) this.#replaced.add(replaces.offset);
    const number = this.#keys.push(key) - 1;
    this.#spaces.push(space);
    this.#offsets.push(value === undefined ? -1 : this.end + this.#writer.used);
    this.#before.push(this.#newest.get(hash | 0));
    this.#newest.set(hash | 0, number); // As a signed number, since V8 keeps larger ones on the heap.
    if (value === undefined) this.#writer.remove({ hash, replaces, space, group });
    else this.#writer.put(change, value, hash, replaces);
  }

  /** Where the record of a key stands by now. */
  #placeOf(space: number, key: Uint8Array, hash: number): Place {
    for (let i = this.#newest.get(hash | 0); i !== undefined; i = this.#before[i]) {
      if (this.#spaces[i] !== space || !isSame(this.#keys[i]!, key)) continue;
      const offset = this.#offsets[i]!;
      return offset < 0 ? NOWHERE : { segment: this.#segments.last.number, offset };
    }
    const found = this.#segments.find(space, key, hash);
    return found === undefined ? NOWHERE : this.#segments.placeOf(found.entry);
  }

  async #flush(isLast: boolean, first: number): Promise<void> {
    const number = this.blocks.length;
    const head = { segment: this.#segments.last.number, offset: this.end, number, stamp: this.#stamp, first, isLast };
    const { block, bytes } = this.#writer.take(head);
    assert(this.end + bytes.length < 2 ** 32, 'a transaction fits into a segment, which has 4 GiB');
    await this.#file.write(bytes, this.end);
    this.blocks.push(block);
    this.end += bytes.length;
  }
}
