import { ignoringSyncs } from '../../src/base/ignoring-syncs.ts';
import { passing, passingFile } from '../../src/base/files-passing.ts';
import type { Files, OpenFile } from '../../src/core/world.ts';
import type { Wrap } from './machine.ts';

/** A fault that the simulation has to find: of the disk, or a piece of the product with something else in its place. */
export interface Sabotage {
  readonly what: string;
  readonly wrap?: Wrap;
  readonly edits?: readonly Edit[];
}

export interface Edit {
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly instead: string;
  readonly write: string;
}

/** By name. */
export const sabotages: Readonly<Record<string, Sabotage>> = {
  'file fsync ignored': { what: 'A sync of a file does nothing.', wrap: (files) => ignoringSyncs(files, 'file') },
  'folder fsync ignored': { what: 'A sync of a folder does nothing.', wrap: (files) => ignoringSyncs(files, 'folder') },
  'rename before fsync': { what: 'A file gets its name before its content is safe.', wrap: renamingFirst },
  'torn tail accepted': {
    what: 'A log takes what a power cut left of its last write for whole.',
    edits: [
      {
        file: 'src/log/segment-scan.ts',
        instead: "if (!bodyFits(bytes, at, header)) return 'the checksum of its records does not fit';",
        write: '',
      },
    ],
  },
  'unread records cut': {
    what: 'Retention takes what is to be kept and was not read.',
    edits: [
      {
        file: 'src/log/retention.ts',
        instead: 'const isTooMuch = keep.bytes !== undefined && bytes > keep.bytes;',
        write: 'const isTooMuch = keep.bytes !== undefined;',
      },
    ],
  },
  'overlay lost': {
    what: 'What a process held over its store at a checkpoint is not brought into the store by the next one.',
    edits: [
      {
        file: 'src/runtime/stored/open-stored.ts',
        instead: 'await store.apply(stored.n, await changesOf(stored.sections));',
        write: 'await store.apply(stored.n, []);',
      },
    ],
  },
};

/** What the simulation changes in the product without a fault: logs begin new segments after a few KiB, so that there are some. */
export const variants: readonly Edit[] = [
  {
    file: 'src/log/partition-writer.ts',
    instead: 'segmentBytes = 64 << 20',
    write: 'segmentBytes = globalThis.simulatedSegmentBytes ?? 64 << 20',
  },
];

/** Each sync of a file waits for the next rename of any; who asked for it is told at once. */
function renamingFirst(files: Files): Files {
  const late: (() => Promise<void>)[] = [];
  const over = (file: OpenFile): OpenFile => {
    let isLate = false;
    return {
      ...passingFile(file),
      sync: async () => {
        isLate = true;
        late.push(() => file.sync());
      },
      close: async () => {
        if (isLate) late.push(() => file.close());
        else await file.close();
      },
    };
  };
  return {
    ...passing(files, over),
    rename: async (from, to) => {
      await files.rename(from, to);
      for (const work of late.splice(0)) await work().catch(() => {});
    },
  };
}
