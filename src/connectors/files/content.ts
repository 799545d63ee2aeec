import type { OpenFile } from '../../core/world.ts';

/** The bytes of a file from some place on, unpacked where it is compressed. Whoever reads a file in parts begins here. */
export interface Content {
  /**
   * The bytes that follow, or undefined behind the last. An empty array where a wait for them was ended by the signal, or
   * would begin; a read of a disk is not a wait. Never called twice at once.
   */
  next(signal: AbortSignal): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

export const NO_BYTES: Uint8Array = new Uint8Array(0);

export interface PlainOptions {
  /** The first byte. */
  readonly from: number;
  /** What the file held when it was opened; it may be more by the time its end is reached. */
  readonly bytes: number;
  /** Bytes from `from` on that were read already, and whether they are all there is. */
  readonly begun: Uint8Array;
  readonly isWhole: boolean;
  readonly blockBytes: number;
  /** Who reads is done with a block when he asks for the next, so two blocks are enough for the whole file. */
  readonly isReused: boolean;
  /** Says what an error of the disk means. */
  explain(error: unknown): unknown;
}

/** What is asked for behind the end that was known: most often nothing is there. */
const PROBE_BYTES = 4096;

/** A file as it is. While one block is used the next is on its way. */
export function plainContent(file: OpenFile, { from, bytes, begun, isWhole, blockBytes, isReused, explain }: PlainOptions): Content {
  let at = from + begun.length;
  let isOver = isWhole;
  let ahead: Promise<Uint8Array> | undefined = begun.length > 0 ? Promise.resolve(begun) : undefined;
  const kept: Uint8Array[] = [];
  let given: Uint8Array | undefined;

  /** Memory for a block: a small file must not cost a large one. */
  function room(): Uint8Array {
    // 60 to 100 ms of CPU a GB with blocks of 1 MiB that are used again, 220 with new ones, which the kernel must clear.
    if (isReused) return kept.pop() ?? Buffer.allocUnsafeSlow(Math.min(blockBytes, Math.max(bytes - from, PROBE_BYTES)));
    return Buffer.allocUnsafeSlow(at < bytes ? Math.min(blockBytes, bytes - at) : Math.min(blockBytes, PROBE_BYTES));
  }

  async function read(): Promise<Uint8Array> {
    const block = room();
    const got = await file.read(block, at);
    at += got;
    // Known to be all there was, so that a small file costs no call more. Some files of the system say 0 and hold much.
    isOver = got < block.length && at >= bytes;
    return block.subarray(0, got);
  }

  function begin(): Promise<Uint8Array> {
    const block = read();
    block.catch(() => {}); // Told when the block is asked for, also if nobody ever does.
    return block;
  }

  return {
    async next() {
      if (isReused && given !== undefined && given !== begun) kept.push(new Uint8Array(given.buffer));
      given = undefined;
      if (ahead === undefined && isOver) return undefined;
      // It stays here while it is waited for, so that a close waits for it too.
      ahead ??= begin();
      let block: Uint8Array;
      try {
        block = await ahead;
      } catch (error) {
        ahead = undefined;
        throw explain(error);
      }
      ahead = undefined;
      if (block.length === 0) return undefined;
      given = block;
      if (!isOver) ahead = begin();
      return block;
    },
    async close() {
      await ahead?.catch(() => {}); // A block on its way must not meet a closed file.
      await file.close();
    },
  };
}
