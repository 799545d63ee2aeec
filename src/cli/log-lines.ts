import { HeadraceError } from '../core/error.ts';

const LINE_END = 10;
const RETURN = 13;
/** As large as a record of a log may be. */
const MOST_BYTES = 64 << 20;

/** The lines of a stream as bytes, without their ends, those of a block at once; also a last one that has no end. */
export async function* linesOf(
  stream: AsyncIterable<Uint8Array | string>,
  most: number = MOST_BYTES,
): AsyncGenerator<readonly Uint8Array[]> {
  let begun: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of stream) {
    const block = typeof part === 'string' ? Buffer.from(part) : part;
    const lines: Uint8Array[] = [];
    let from = 0;
    for (let end = block.indexOf(LINE_END); end !== -1; end = block.indexOf(LINE_END, from)) {
      lines.push(whole([...begun, block.subarray(from, end)]));
      begun = [];
      bytes = 0;
      from = end + 1;
    }
    if (from < block.length) {
      begun.push(block.subarray(from));
      bytes += block.length - from;
    }
    if (lines.length > 0) yield lines;
    if (bytes > most) throw tooLong(most);
  }
  if (begun.length > 0) yield [whole(begun)];
}

function whole(parts: readonly Uint8Array[]): Uint8Array {
  const line = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  return line.at(-1) === RETURN ? line.subarray(0, -1) : line;
}

function tooLong(most: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_RECORD_TOO_LARGE',
    what: `a line has more than the ${most} bytes that a record may have`,
    where: 'stdin',
    todo: 'Each line becomes a record: look whether the input has line ends.',
  });
}
