import { unsupported } from './errors.ts';
import type { ColumnChunk } from './groups.ts';
import { PageBytes } from './page-bytes.ts';
import type { PageHeader } from './page-header.ts';
import { isOneRun, readRuns } from './runs.ts';
import type { Leaf } from './schema.ts';
import { unpack } from './unpack.ts';
import type { Spot } from './errors.ts';

/** A page taken apart: what says which places are empty and where lists begin, and the values behind it. */
export interface PageParts {
  /** Absent: every entry is there. */
  readonly definitions: Uint8Array | undefined;
  /** Absent: nothing is repeated. */
  readonly repetitions: Uint8Array | undefined;
  readonly values: PageBytes;
}

export interface PageOfColumn {
  readonly header: PageHeader;
  readonly body: Uint8Array;
  readonly leaf: Leaf;
  readonly chunk: ColumnChunk;
  readonly spot: Spot;
}

export function takeApart({ header, body, leaf, chunk, spot }: PageOfColumn): PageParts {
  const { entries, levels, bytes } = header;
  if (levels === undefined) {
    const page = new PageBytes(unpack(chunk.compression, body, bytes, spot), spot);
    const repetitions = leaf.repetition === 0 ? undefined : readLevels(page.part(page.word()), leaf.repetition, entries);
    const definitions = leaf.definition === 0 ? undefined : readLevels(page.part(page.word()), leaf.definition, entries);
    return { repetitions, definitions, values: page };
  }
  const { repetitionBytes, definitionBytes, isPacked } = levels;
  const levelBytes = repetitionBytes + definitionBytes;
  const page = new PageBytes(body, spot);
  const [first, second] = [page.part(repetitionBytes), page.part(definitionBytes)];
  const repetitions = leaf.repetition === 0 ? undefined : readLevels(first, leaf.repetition, entries);
  const definitions = leaf.definition === 0 ? undefined : readLevels(second, leaf.definition, entries);
  // Without values there need not be anything to unpack.
  const packed = body.subarray(levelBytes);
  const size = bytes - levelBytes;
  const values = packed.length === 0 && size === 0 ? packed : unpack(isPacked ? chunk.compression : 'none', packed, size, spot);
  return { repetitions, definitions, values: new PageBytes(values, spot) };
}

/** Undefined where all entries are there, which one run of the highest level says. */
function readLevels(page: PageBytes, highest: number, entries: number): Uint8Array | undefined {
  if (highest > 255) throw unsupported(page.spot, 'a column is nested too deeply');
  if (isOneRun(page, entries, highest)) return undefined;
  const levels = new Uint8Array(entries);
  readRuns(page, 32 - Math.clz32(highest), levels);
  return levels;
}
