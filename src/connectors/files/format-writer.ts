import type { FileEncoder } from '../../core/format.ts';
import { PieceWriter, type PieceWriting } from './piece-writer.ts';
import { type Fullness, named, type RecordWriter } from './record-writer.ts';

export interface FormatWriting<T> extends PieceWriting {
  readonly encoder: FileEncoder<T>;
  readonly fullness: Fullness;
}

/**
 * Writes records as a format says: with a head, in groups, with an end. Its encoder holds at most a buffer or a group,
 * whichever is larger, before bytes are taken from it.
 */
export class FormatWriter<T> implements RecordWriter<T> {
  readonly #encoder: FileEncoder<T>;
  readonly #out: PieceWriter;
  readonly #fullness: Fullness;
  readonly #bufferBytes: number;
  /** From how many held bytes on the encoder is asked: more, while a group is not ready. */
  #askAt: number;
  #records = 0;
  #isFull = false;

  constructor({ encoder, fullness, ...writing }: FormatWriting<T>) {
    this.#encoder = encoder;
    this.#fullness = fullness;
    this.#bufferBytes = writing.bufferBytes;
    this.#askAt = writing.bufferBytes;
    this.#out = new PieceWriter(writing);
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  get records(): number {
    return this.#records;
  }

  get failure(): unknown {
    return this.#out.failure;
  }

  take(values: readonly T[], from: number, to: number): number | Promise<number> {
    const out = this.#out;
    if (out.failure !== undefined) throw out.failure;
    const encoder = this.#encoder;
    const { bytes, records } = this.#fullness;
    for (let i = from; i < to; i++) {
      try {
        encoder.add(values[i]!);
      } catch (cause) {
        throw named(cause, i);
      }
      const held = encoder.heldBytes;
      // What is held grows smaller when it is compressed, nobody knows by how much.
      if (++this.#records >= records || out.bytes + (out.isCompressed ? 0 : held) >= bytes) {
        this.#isFull = true;
        return i + 1;
      }
      if (held >= this.#askAt) return this.#takeFrom(values, i + 1, to);
    }
    return to;
  }

  async flush(all: boolean): Promise<void> {
    await this.#put(this.#encoder.take());
    await (all ? this.#out.flushAll() : this.#out.flush());
  }

  async finish(): Promise<number> {
    await this.#put(this.#encoder.end());
    await this.#out.finish(this.#encoder.patch?.());
    await this.#out.sync();
    await this.#out.close();
    return this.#out.bytes;
  }

  async abandon(): Promise<void> {
    await this.#out.close();
  }

  async #takeFrom(values: readonly T[], from: number, to: number): Promise<number> {
    const pieces = this.#encoder.take();
    this.#askAt = this.#encoder.heldBytes + this.#bufferBytes;
    await this.#put(pieces);
    this.#isFull = this.#out.bytes >= this.#fullness.bytes;
    return this.#isFull || from === to ? from : await this.take(values, from, to);
  }

  async #put(pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) await this.#out.putPiece(piece);
  }
}
