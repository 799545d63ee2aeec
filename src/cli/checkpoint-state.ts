import { inspect } from 'node:util';
import { decodeChunk } from '../codecs/chunk-bytes.ts';
import { json } from '../codecs/json.ts';
import { ValueReader } from '../codecs/value.ts';
import type { Codec } from '../core/codec.ts';
import type { Key } from '../core/keys.ts';
import type { RestoredSections, Scope, Section } from '../core/state.ts';
import type { NodeJson } from '../pipeline/plan-json.ts';
import { canonicalBytes } from '../core/key-bytes.ts';
import { CellBytes, isOfCells } from '../runtime/cell-bytes.ts';
import { CHANGES } from '../runtime/stored/stored-bytes.ts';

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

/** What is kept besides, in a store on the disk. */
export type Besides = AsyncIterable<KeptEntry>;

/** Up to `limit` of what an operator keeps; `more` where that is not all. */
export async function keptEntries(
  sections: RestoredSections,
  operator: string,
  { node, limit, stored }: { readonly node: NodeJson | undefined; readonly limit: number; readonly stored: Besides },
): Promise<{ readonly entries: readonly KeptEntry[]; readonly more: boolean }> {
  const entries: KeptEntry[] = [];
  // What a store has not got yet is told with what it has.
  const own = sections.list().filter((section) => section.operator === operator && section.codec !== CHANGES);
  for (const parts of Map.groupBy(own, ({ cell, scope }) => JSON.stringify([cell, scope])).values()) {
    for (const entry of await entriesOfParts(sections, parts, node)) {
      if (entries.length === limit) return { entries, more: true };
      entries.push(entry);
    }
  }
  for await (const entry of stored) {
    if (entries.length === limit) return { entries, more: true };
    entries.push(entry);
  }
  return { entries, more: false };
}

/** The first part as far as those behind it have not changed it. */
async function entriesOfParts(
  sections: RestoredSections,
  parts: readonly Section[],
  node: NodeJson | undefined,
): Promise<Iterable<KeptEntry>> {
  const [only] = parts;
  if (parts.length === 1) return entriesOf(only!, await sections.read(only!), node);
  const kept = new Map<string, KeptEntry>();
  for (const section of parts.toSorted((a, b) => (a.part ?? 0) - (b.part ?? 0))) {
    const { cell, scope } = section;
    for (const { key, state } of cellsOf(section, node).entries({ ...section, bytes: await sections.read(section) })) {
      const name = canonicalBytes(key).join();
      if (state === undefined) kept.delete(name);
      else kept.set(name, { cell, key, scope, value: state });
    }
  }
  return kept.values();
}

/** Read as it was written: no state is brought up to another version here. */
function cellsOf({ cell, version }: Section, node: NodeJson | undefined): CellBytes<unknown> {
  return new CellBytes<unknown>({ name: cell, codec: codecOf(node), version });
}

function* entriesOf(section: Section, bytes: Uint8Array, node: NodeJson | undefined): Iterable<KeptEntry> {
  const { cell, scope, codec, version } = section;
  const entry = (value: unknown, key?: Key): KeptEntry => ({ cell, key, scope, value });
  if (isOfCells(codec)) {
    const piece = { codec, bytes, version };
    if (scope.kind === 'group') for (const { key, state } of cellsOf(section, node).entries(piece)) yield entry(state, key);
    // By partition there is never a codec of the user.
    else yield entry(cellsOf(section, scope.kind === 'partition' ? undefined : node).readOne(piece).state);
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
export function codecOf(node: NodeJson | undefined): Codec<unknown> | undefined {
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
