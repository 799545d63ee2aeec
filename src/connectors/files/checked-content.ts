import { HeadraceError } from '../../core/error.ts';
import { type Content, NO_BYTES } from './content.ts';

/** How files begin that are packed in a way Node does not unpack. An .xlsx is a zip too. */
const FOREIGN: readonly { readonly by: string; readonly sign: readonly number[] }[] = [
  { by: 'zip, as an .xlsx is', sign: [0x50, 0x4b, 3, 4] },
  { by: 'xz', sign: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0] },
  { by: 'bzip2', sign: [0x42, 0x5a, 0x68, -1, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59] },
];

/** How a content may begin that is not plain UTF-8; -1 is any byte. */
const SIGNS: readonly (readonly number[])[] = [
  [0xef, 0xbb, 0xbf],
  [0xff, 0xfe],
  [0xfe, 0xff],
  [0x1f, 0x8b, 8],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0x78, -1],
  ...FOREIGN.map(({ sign }) => sign),
  ...Array.from({ length: 16 }, (_, i) => [0x50 + i, 0x2a, 0x4d, 0x18]),
];

/** A content whose first block is long enough to see what it is: no sign ends in the middle of it. */
export function gathered(content: Content): Content {
  let first: Uint8Array | undefined = NO_BYTES;
  let isOver = false;
  return {
    async next(signal) {
      if (first === undefined) return isOver ? undefined : await content.next(signal);
      while (!isOver && (first.length === 0 || mayBecomeSign(first))) {
        const block: Uint8Array | undefined = await content.next(signal);
        if (block?.length === 0) return NO_BYTES;
        isOver = block === undefined;
        // A short block is copied: it may be written over when the next one is asked for.
        if (block !== undefined) first = first.length > 0 || mayBecomeSign(block) ? Buffer.concat([first, block]) : block;
      }
      const block: Uint8Array = first;
      first = undefined;
      return block.length === 0 ? undefined : block;
    },
    close: () => content.close(),
  };
}

function mayBecomeSign(bytes: Uint8Array): boolean {
  return SIGNS.some((sign) => bytes.length < sign.length && bytes.every((byte, i) => sign[i] === -1 || sign[i] === byte));
}

/** A content from its first byte on. What is no text and is not unpacked is refused: it would be nothing but bad records. */
export function checked(content: Content, where: string): Content {
  const whole = gathered(content);
  let isFirst = true;
  return {
    async next(signal) {
      const block = await whole.next(signal);
      if (!isFirst || block?.length === 0) return block;
      isFirst = false;
      refuseForeign(block ?? NO_BYTES, where);
      return block;
    },
    close: () => whole.close(),
  };
}

/** By how a content begins. */
export function refuseForeign(head: Uint8Array, where: string): void {
  const packed = FOREIGN.find(({ sign }) => head.length >= sign.length && sign.every((byte, i) => byte === -1 || head[i] === byte));
  if (packed !== undefined)
    throw new HeadraceError({
      code: 'HR_FILE_PACKED',
      where,
      what: `the file is packed by ${packed.by}, which is not read`,
      todo: 'Unpack it first, or save it as CSV; gzip, zstd and deflate are unpacked as they are read.',
    });
  const [a, b] = head;
  if (!((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))) return;
  throw new HeadraceError({
    code: 'HR_FILE_UTF16',
    where,
    what: 'the file is written in UTF-16',
    todo: 'Write it as UTF-8, for example with `iconv -f UTF-16 -t UTF-8`.',
  });
}
