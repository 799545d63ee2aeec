import { decodeChunk, encodeChunk } from '../codecs/chunk-bytes.ts';
import { ValueReader, ValueWriter } from '../codecs/value.ts';
import { Chunk, cut, gather, type KeyTable } from '../core/chunk.ts';
import type { Codec } from '../core/codec.ts';
import { HeadraceError, isHeadraceError } from '../core/error.ts';
import { partitionOf, sourceOf } from '../core/record-of.ts';
import type { Capture, Scope, Section } from '../core/state.ts';
import type { FlowHost, RestoredPiece } from './flow-host.ts';
import { NO_ORIGIN } from './junctions.ts';

/** The cell of records whose answers had not been emitted. */
const PENDING = 'pending';
/** Chunks, each followed by the places of its records. */
const FORMAT = 'pending/1';
/** The watermarks that wait between these records: the place of the record that follows, and the milliseconds. */
export const MARKS = 'pending-marks';
const MARKS_FORMAT = 'pending-marks/1';

interface Piece {
  readonly cell: string;
  readonly scope: Scope;
  readonly codec: string;
  readonly bytes: Uint8Array;
}

/**
 * Records without an answer as pieces that can move apart: those of a key go with its group, others with the partition
 * they came from. Each record's place among all of them is written too: pieces that come together again are put in the
 * order in which the records came, so a deterministic plan has one answer across a crash.
 */
export function pendingBytes(
  chunks: readonly Chunk[],
  codec: Codec<unknown> | undefined,
  host: Pick<FlowHost, 'unkeyedScope'>,
): readonly Piece[] {
  const writers = new Map<string, { readonly scope: Scope; readonly writer: ValueWriter }>();
  const marks = new ValueWriter();
  // Every copy says where its key groups begin, also with nothing to mark: else the marks of the copy in front are taken for
  // its own, and tell of times that its records further up have not come to.
  const own = host.unkeyedScope('', '');
  let marksScope: Scope | undefined = own.kind === 'group' ? own : undefined;
  let place = 0;
  for (const chunk of chunks) {
    for (const { scope, index } of shares(chunk, host)) {
      const name = JSON.stringify(scope);
      let entry = writers.get(name);
      if (entry === undefined) writers.set(name, (entry = { scope, writer: new ValueWriter() }));
      const rows = Int32Array.from(index);
      const values = index.map((i) => chunk.values[i]);
      entry.writer.bytes(encodeChunk(new Chunk(values, chunk.origin, gather(chunk, rows, rows.length)), codec));
      for (const i of index) entry.writer.varint(place + i);
    }
    place += chunk.values.length;
    // What waits for no record has left, or will be said again.
    if (place === 0 || chunk.control?.watermark === undefined) continue;
    marksScope ??= scopeOfFirst(chunks, host);
    marks.varint(place);
    marks.double(chunk.control.watermark);
  }
  const pieces = [...writers.values()].map(({ scope, writer }) => ({ cell: PENDING, scope, codec: FORMAT, bytes: writer.take() }));
  return marksScope === undefined ? pieces : [...pieces, { cell: MARKS, scope: marksScope, codec: MARKS_FORMAT, bytes: marks.take() }];
}

/** The chunks of restored pieces, to be processed before anything else. */
export function pendingFrom(
  pieces: readonly RestoredPiece[],
  codec: Codec<unknown> | undefined,
  keys: KeyTable | undefined,
): readonly Chunk[] {
  const rows: { readonly place: number; readonly chunk: Chunk; readonly index: number }[] = [];
  for (const { cell, codec: format, bytes } of pieces) {
    if (cell !== PENDING) continue;
    if (format !== FORMAT) throw unreadable(format);
    const reader = new ValueReader(bytes);
    while (!reader.isAtEnd) {
      const chunk = decodeChunk(reader.bytes(), codec, keys);
      for (let index = 0; index < chunk.values.length; index++) rows.push({ place: reader.varint(), chunk, index });
    }
  }
  // Those of one copy are told apart by their places; those of several have no order among each other.
  rows.sort((a, b) => a.place - b.place);
  const marks = marksFrom(pieces);
  const chunks: Chunk[] = [];
  let next = 0;
  for (let from = 0; from < rows.length; ) {
    for (; next < marks.length && marks[next]!.place <= rows[from]!.place; next++) chunks.push(sayingOnly(marks[next]!.watermark));
    const { chunk, index } = rows[from]!;
    const stop = marks[next]?.place ?? Number.POSITIVE_INFINITY;
    let to = from + 1;
    while (to < rows.length && rows[to]!.place < stop && rows[to]!.chunk === chunk && rows[to]!.index === index + to - from) to++;
    chunks.push(new Chunk(chunk.values.slice(index, index + to - from), chunk.origin, cut(chunk, index, index + to - from)));
    from = to;
  }
  return chunks;
}

interface Mark {
  readonly place: number;
  readonly watermark: number;
}

/** Of several copies that have become one it is the least of what each had said, once all of them have. */
function marksFrom(pieces: readonly RestoredPiece[]): readonly Mark[] {
  const parts = pieces.filter(({ cell, codec }) => cell === MARKS && codec === MARKS_FORMAT);
  const said = parts.map(() => Number.NEGATIVE_INFINITY);
  const all = parts.flatMap(({ bytes }, part) => {
    const reader = new ValueReader(bytes);
    const marks: (Mark & { readonly part: number })[] = [];
    while (!reader.isAtEnd) marks.push({ place: reader.varint(), watermark: reader.double(), part });
    return marks;
  });
  all.sort((a, b) => a.place - b.place);
  return all.flatMap(({ place, watermark, part }) => {
    said[part] = watermark;
    const least = Math.min(...said);
    return least === Number.NEGATIVE_INFINITY ? [] : [{ place, watermark: least }];
  });
}

function sayingOnly(watermark: number): Chunk {
  return new Chunk([], NO_ORIGIN, {}, { watermark });
}

/** Where the first record belongs, or would without its key: no other copy holds that. */
function scopeOfFirst(chunks: readonly Chunk[], host: Pick<FlowHost, 'unkeyedScope'>): Scope {
  const first = chunks.find(({ length }) => length > 0)!;
  return host.unkeyedScope(sourceOf(first, 0), partitionOf(first, 0));
}

/** A capture of bytes that are there already. */
export function captureOf(operator: string, pieces: readonly Piece[]): Capture {
  return {
    async write(to) {
      for (const { cell, scope, codec, bytes } of pieces) await to.section({ operator, cell, scope, codec } satisfies Section, bytes);
    },
    drop() {},
  };
}

export function isUnencodable(error: unknown): boolean {
  return isHeadraceError(error) && error.code === 'HR_VALUE_UNENCODABLE';
}

/** The rows of a chunk by where they belong. */
function shares(chunk: Chunk, host: Pick<FlowHost, 'unkeyedScope'>): Iterable<{ readonly scope: Scope; readonly index: number[] }> {
  const rows = new Map<string, { readonly scope: Scope; readonly index: number[] }>();
  const { keys, keyIds } = chunk;
  for (let i = 0; i < chunk.values.length; i++) {
    const scope: Scope =
      keys === undefined || keyIds === undefined || keyIds[i]! < 0
        ? host.unkeyedScope(sourceOf(chunk, i), partitionOf(chunk, i))
        : { kind: 'group', group: keys.groupAt(keyIds[i]!) };
    const name = JSON.stringify(scope);
    const known = rows.get(name);
    if (known === undefined) rows.set(name, { scope, index: [i] });
    else known.index.push(i);
  }
  return rows.values();
}

function unreadable(format: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_STATE_UNREADABLE',
    what: `pending records were written as '${format}', which this version cannot read`,
    todo: `It reads '${FORMAT}'. Run the version that wrote the checkpoint, or begin anew.`,
  });
}
