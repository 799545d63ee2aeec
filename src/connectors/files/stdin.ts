import type { Readable } from 'node:stream';
import type { Codec } from '../../core/codec.ts';
import type { FileFormat } from '../../core/format.ts';
import type { Source } from '../../core/source.ts';
import { gathered } from './checked-content.ts';
import { type Content, NO_BYTES } from './content.ts';
import { single } from './one-file.ts';
import { contentRecords } from './open-records.ts';
import { BEGINNING, resumed } from './place.ts';
import { type ContentOptions, invalid, type Settings, settingsOf } from './source-options.ts';
import { streamContent } from './stream-content.ts';
import { turnsReader } from './turns-reader.ts';
import type { Turn } from './turns.ts';
import { packingFor, UnpackedContent } from './unpacked-content.ts';

export interface StdinOptions extends ContentOptions {
  /** The stream that is read; that of the process by default. */
  readonly from?: Readable;
}

/**
 * Reads what is piped into the process, to its end. It cannot be read again, so a record that was on its way when a run
 * was killed is gone: at most once.
 *
 * @example
 * ```ts
 * import { Readable } from 'node:stream';
 * import { stdin } from 'headrace/connectors/files';
 *
 * await run(pipeline('piped').from(stdin(text(), { from: Readable.from([Buffer.from('ann\nbob\n')]) })).to(print()));
 * // ann
 * // bob
 * ```
 */
export function stdin<T>(format: Codec<T> | FileFormat<T>, options: StdinOptions = {}): Source<T> {
  const id = 'stdin';
  const settings = settingsOf(format, options, id);
  if (format.blocks === undefined && format.pages !== undefined)
    throw invalid(id, `${format.kind} is read anywhere in its file, and a pipe only from the front`, 'Write it to a file first.');
  return {
    kind: 'stdin',
    id,
    ...(settings.codec === undefined ? {} : { codec: settings.codec }),
    replay: false,
    partitions: () => [0],
    open(_partition, resume) {
      // What a run before this one read is not in this pipe; positions of another pipe are other positions.
      const kept = resumed(resume, id) as { readonly pipe?: unknown } | undefined;
      const pipe = kept === undefined ? 0 : Number.isSafeInteger(kept.pipe) ? (kept.pipe as number) + 1 : 1;
      const content = sniffed(streamContent(options.from ?? process.stdin, id), settings, id);
      const records = contentRecords(content, { where: id, settings, from: BEGINNING });
      const turn: Turn<T> = {
        prefix: pipe === 0 ? undefined : `${pipe}:`,
        isAlone: true,
        from: BEGINNING,
        open: async () => ({ records, kept: (place) => place }),
        kept: (place) => JSON.stringify({ pipe, ...place }),
        done: () => null, // Nothing comes behind it.
      };
      return turnsReader(single(turn), resume, settings);
    },
  };
}

/** A content that is unpacked where it begins like a packed one. */
function sniffed<T>(content: Content, { compression, unpackedBytes }: Settings<T>, where: string): Content {
  const packed = gathered(content);
  let inside: Content | undefined;
  return {
    async next(signal) {
      if (inside !== undefined) return await inside.next(signal);
      const first = await packed.next(signal);
      if (first?.length === 0) return first;
      const packing = packingFor(compression, first ?? NO_BYTES);
      inside = begunWith(first, packed);
      if (packing !== undefined) inside = new UnpackedContent(inside, { packing, head: first ?? NO_BYTES, where, skip: 0, unpackedBytes });
      return await inside.next(signal);
    },
    close: () => (inside ?? packed).close(),
  };
}

/** A content of which one block was taken already. */
function begunWith(first: Uint8Array | undefined, content: Content): Content {
  let isGiven = false;
  return {
    async next(signal) {
      if (isGiven) return await content.next(signal);
      isGiven = true;
      return first;
    },
    close: () => content.close(),
  };
}
