import { inspect } from 'node:util';
import { decodeChunk } from '../codecs/chunk-bytes.ts';
import { json } from '../codecs/json.ts';
import { ValueReader } from '../codecs/value.ts';
import type { Codec } from '../core/codec.ts';
import type { Key } from '../core/keys.ts';
import type { RestoredSections, Scope, Section } from '../core/state.ts';
import type { NodeJson } from '../pipeline/plan-json.ts';
import { CellBytes } from '../runtime/cell-bytes.ts';

/** One thing an operator keeps. */
export interface KeptEntry {
  readonly cell: string;
  /** Absent where one state is kept for all. */
  readonly key: Key | undefined;
  readonly scope: Scope;
  /** As it was written: an operator may keep it in another shape. */
  readonly value: unknown;
}

/** What stands for a value that only the pipeline's own codec can read. */
class Opaque {
  readonly bytes: number;
  readonly codec: string;

  constructor(bytes: number, codec: string) {
    this.bytes = bytes;
    this.codec = codec;
  }
}

/** Up to `limit` of what an operator keeps; `more` where that is not all. */
export async function keptEntries(
  sections: RestoredSections,
  operator: string,
  node: NodeJson | undefined,
  limit: number,
): Promise<{ readonly entries: readonly KeptEntry[]; readonly more: boolean }> {
  const entries: KeptEntry[] = [];
  for (const section of sections.list()) {
    if (section.operator !== operator) continue;
    for (const entry of entriesOf(section, await sections.read(section), node)) {
      if (entries.length === limit) return { entries, more: true };
      entries.push(entry);
    }
  }
  return { entries, more: false };
}

function* entriesOf(section: Section, bytes: Uint8Array, node: NodeJson | undefined): Iterable<KeptEntry> {
  const { cell, scope, codec } = section;
  const entry = (value: unknown, key?: Key): KeptEntry => ({ cell, key, scope, value });
  if (codec === CellBytes.codec) {
    const cells = new CellBytes<unknown>({ name: cell, codec: codecOf(node) });
    if (scope.kind === 'group') for (const [key, value] of cells.entries(bytes)) yield entry(value, key);
    // By partition there is never a codec of the user.
    else yield entry(scope.kind === 'partition' ? new ValueReader(bytes).value() : cells.readOne(bytes));
  } else if (codec === 'pending/1') {
    const reader = new ValueReader(bytes);
    while (!reader.isAtEnd) {
      const chunk = reader.bytes();
      const values = pendingValues(chunk);
      if (values === undefined) {
        yield entry(new Opaque(chunk.length, codec));
        return;
      }
      for (const value of values) yield entry(value);
      for (let i = 0; i < values.length; i++) reader.varint();
    }
  } else yield entry(new Opaque(bytes.length, codec));
}

/** Undefined where they were written by a codec of the user. */
function pendingValues(chunk: Uint8Array): readonly unknown[] | undefined {
  try {
    return decodeChunk(chunk, undefined, undefined).values;
  } catch {
    return undefined;
  }
}

/** The plan names the codec, and only the module has it; those that need no module are known. */
function codecOf(node: NodeJson | undefined): Codec<unknown> | undefined {
  const kind = node?.codec;
  if (kind === undefined || kind === 'value') return undefined;
  if (kind === 'json') return json();
  return {
    kind,
    framing: 'none',
    encode: () => new Uint8Array(0),
    decode: (bytes) => new Opaque(bytes.length, kind),
  };
}

/** A value on one line. */
export function shown(value: unknown): string {
  if (value instanceof Opaque) return `<${value.bytes} bytes of '${value.codec}'>`;
  return inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, compact: true, maxStringLength: 200, maxArrayLength: 50 });
}

/** For eyes and for `jq`, not to be read back: what JSON has no form for gets the nearest one. */
export function jsonText(value: unknown): string {
  return JSON.stringify(
    value,
    (_name, inner: unknown) => {
      if (typeof inner === 'bigint') return String(inner);
      if (inner instanceof Map || inner instanceof Set) return [...inner];
      if (inner instanceof Uint8Array) return Buffer.from(inner).toString('base64');
      return inner;
    },
    2,
  );
}
