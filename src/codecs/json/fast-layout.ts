import type { ColumnKind, ColumnSpec } from '../column-kinds.ts';
import type { WantedNode } from './member-paths.ts';

// Where things stand in the memory of the fast code (assembly/json/layout.ts has the same numbers).

const COLUMN_BYTES = 64;
const NODE_BYTES = 80;
const MEMBER_BYTES = 12;
const ENTRY_BYTES = 96;
/** How many different ways from one value to the next are remembered. */
const ENTRIES = 512;
/** How many values a line may have whose shape is remembered. */
const STEPS = 256;
const STEP_BYTES = 40;
/** Numbers of one call that the host reads. */
export const HARD_NUMBERS = 1024;
const HARD_BYTES = 16;

const KINDS: Readonly<Record<ColumnKind, number>> = { string: 0, number: 1, integer: 2, bigint: 3, boolean: 4, time: 5 };
const UNITS: Readonly<Record<ColumnSpec['unit'], number>> = { iso: 0, s: 1, ms: 2, us: 3, ns: 4 };

/** Offsets inside of a column, in words of four bytes. */
export const COLUMN = { values: 2, nulls: 3, isPlain: 4, count: 7, mostEntries: 9, isClosed: 11, list: 13 } as const;

export interface ColumnPlace {
  readonly at: number;
  readonly values: number;
  readonly nulls: number;
}

/** Addresses, all multiples of 16. */
export interface FastLayout {
  readonly area: number;
  readonly rowAts: number;
  readonly hard: number;
  readonly scratch: number;
  /** Where the strings of one column are gathered. */
  readonly texts: number;
  readonly columnsAt: number;
  readonly columns: readonly ColumnPlace[];
  readonly nodes: ReadonlyMap<WantedNode, number>;
  readonly names: number;
  readonly frames: number;
  readonly entries: number;
  readonly entryMost: number;
  readonly entryTable: number;
  readonly steps: number;
  readonly stepMost: number;
  readonly missing: number;
  /** Behind all of it. */
  readonly end: number;
}

export interface FastSize {
  /** With what may be read behind the last line. */
  readonly areaBytes: number;
  readonly rows: number;
  readonly depth: number;
  /** For strings that come from the host. */
  readonly scratchBytes: number;
}

export function layOut(base: number, specs: readonly ColumnSpec[], root: WantedNode, size: FastSize): FastLayout {
  let end = base;
  const take = (bytes: number): number => {
    const at = end;
    end = (end + bytes + 15) & ~15;
    return at;
  };
  const nodes = allNodes(root);
  return {
    area: take(size.areaBytes),
    rowAts: take(size.rows * 8),
    hard: take(HARD_NUMBERS * HARD_BYTES),
    scratch: take(size.scratchBytes + 64),
    // Of each row an end and a mark, and no more bytes than stand in the area.
    texts: take(size.areaBytes + size.rows * 5 + 4 + 16),
    columnsAt: end,
    columns: specs.map(() => take(COLUMN_BYTES)).map((at) => ({ at, values: take(size.rows * 8), nulls: take(size.rows) })),
    nodes: new Map(nodes.map((node) => [node, take(NODE_BYTES + node.members.length * MEMBER_BYTES)])),
    names: take(nodes.reduce((sum, node) => sum + node.members.reduce((bytes, member) => bytes + member.bytes.length, 0), 64)),
    frames: take(size.depth * 9 + 64),
    entries: take(ENTRIES * ENTRY_BYTES),
    entryMost: ENTRIES,
    entryTable: take(ENTRIES * 2 * 4),
    steps: take(STEPS * STEP_BYTES),
    stepMost: STEPS,
    missing: take(specs.length * 4),
    get end() {
      return end;
    },
  };
}

function allNodes(node: WantedNode): WantedNode[] {
  return [node, ...node.members.flatMap((member) => allNodes(member.node))];
}

/** Writes the columns and the tree of wanted members into a fresh memory. */
export function fillLayout(
  layout: FastLayout,
  memory: ArrayBuffer,
  specs: readonly ColumnSpec[],
  most: { entries: number; bytes: number },
): void {
  const words = new Uint32Array(memory);
  const bytes = new Uint8Array(memory);
  let name = layout.names;
  for (const [node, at] of layout.nodes) {
    const word = at >> 2;
    words.set([node.column, 0, at + NODE_BYTES, node.members.length], word);
    node.members.forEach((member, index) => {
      words.set([name, member.bytes.length, layout.nodes.get(member.node)!], (at + NODE_BYTES + index * MEMBER_BYTES) >> 2);
      bytes.set(member.bytes, name);
      name += member.bytes.length;
    });
    if (node.column >= 0) words[(layout.columns[node.column]!.at >> 2) + NODE_OF_COLUMN] = at;
  }
  specs.forEach((spec, index) => {
    const { at, values, nulls } = layout.columns[index]!;
    const word = at >> 2;
    words.set([KINDS[spec.kind], spec.mayBeNull ? 1 : 0, values, nulls, 0], word);
    // A list of all the strings there are is its own bound.
    const bound = spec.oneOf === undefined ? most : { entries: NO_BOUND, bytes: NO_BOUND };
    words.set([bound.entries, bound.bytes, 0, UNITS[spec.unit]], word + MOST_OF_COLUMN);
  });
}

const NO_BOUND = 0x7fffffff;
const MOST_OF_COLUMN = 9;
const NODE_OF_COLUMN = 14;
