import type { Source } from '../../src/index.ts';
import type { Column, Columns } from '../../src/core/columns.ts';
import { HeadraceError } from '../../src/core/error.ts';
import type { Answer, RefusedRecord } from '../../src/core/source.ts';
import type { PlanNode, RandomPlan } from './random-plan.ts';

/** How the rows of a source come: as objects, or as columns of the same. */
export type Form = 'values' | 'columns';

/** Of a plan whose sources bring rows: what the sources refuse, and a number from which all else is drawn. */
export interface Rows {
  readonly form: Form;
  readonly seed: number;
  /** One line in so many cannot be read; 0 for none. */
  readonly badEvery: number;
}

interface Row {
  readonly n: number | null;
  readonly x: number;
  readonly big: bigint | null;
  readonly isNew: boolean | null;
  readonly land: string | null;
  readonly tags: readonly number[] | null;
  readonly ['__proto__']: number;
}

const LANDS = ['CH', 'DE', 'FRA', '__proto__', ''];

function isBad({ badEvery, seed }: Rows, line: number): boolean {
  return badEvery > 0 && (line + seed) % badEvery === 0;
}

/** Of a source with `records` lines. */
export function badLines(rows: Rows, records: number): readonly number[] {
  return Array.from({ length: records }, (_, line) => line).filter((line) => isBad(rows, line));
}

export const refusal = (node: PlanNode, line: number): string => `n${node.id} broke at line ${line}`;

export function rowAt(node: PlanNode, seed: number, line: number): Row {
  const a = (line * 7 + node.b * 1000 + seed) % 997;
  const isNull = (every: number): boolean => (a + line) % every === 0;
  // With the brackets it is a member like any other.
  return {
    n: isNull(5) ? null : a - 300,
    x: Math.fround(a / 8),
    big: isNull(7) ? null : BigInt(a) ** 5n,
    isNew: isNull(4) ? null : a % 2 === 1,
    land: isNull(6) ? null : LANDS[a % LANDS.length]!,
    tags: isNull(3) ? null : [a % 10],
    ['__proto__']: a % 3,
  };
}

/** Rows as columns; now and then other arrays hold the same, as in another file. */
function columnsOf(rows: readonly Row[], read: number): Columns {
  const nulls = (name: keyof Row): { readonly nulls?: Uint8Array } => {
    const marks = Uint8Array.from(rows, (row) => (row[name] === null ? 1 : 0));
    return marks.includes(1) || read % 3 === 0 ? { nulls: marks } : {};
  };
  const land: Column =
    read % 4 === 3
      ? { kind: 'plain', values: rows.map((row) => row.land) }
      : {
          kind: 'dictionary',
          ids: Int32Array.from(rows, (row) => (row.land === null ? -1 : LANDS.indexOf(row.land))),
          entries: LANDS,
          ...nulls('land'),
        };
  const numbers = rows.map(({ n }) => n ?? 11);
  return {
    length: rows.length,
    names: ['n', 'x', 'big', 'isNew', 'land', 'tags', '__proto__'],
    columns: [
      { kind: 'number', values: read % 5 === 4 ? Float64Array.from(numbers) : Int32Array.from(numbers), ...nulls('n') },
      // Longer than it need be, as a block that others share.
      { kind: 'number', values: Float32Array.from([...rows.map(({ x }) => x), 1, 2, 3]) },
      { kind: 'bigint', values: BigInt64Array.from(rows, (row) => row.big ?? 5n), ...nulls('big') },
      { kind: 'boolean', values: Uint8Array.from(rows, (row) => (row.isNew === true ? 1 : 0)), ...nulls('isNew') },
      land,
      { kind: 'plain', values: rows.map(({ tags }) => tags) },
      { kind: 'number', values: Uint8Array.from(rows, (row) => row['__proto__']) },
    ],
  };
}

/** Lines that are rows, but for the bad ones, which stand between them with positions of their own. */
export function rowSource(node: PlanNode, { records, rows }: RandomPlan): Source<unknown> {
  const { form, seed } = rows!;
  return {
    kind: 'rows',
    id: `s${node.id}`,
    replay: true,
    partitions: () => [0],
    open(_partition, resume) {
      let next = Number(resume ?? 0);
      let reads = 0;
      return {
        read(limit) {
          const good: Row[] = [];
          const at: number[] = [];
          const refused: RefusedRecord[] = [];
          for (; next < records && good.length + refused.length < limit; next++) {
            if (isBad(rows!, next)) {
              const error = new HeadraceError({
                code: 'HR_DECODE_FAILED',
                action: 'deadLetter',
                what: refusal(node, next),
                todo: 'Mend it.',
              });
              refused.push({ before: good.length, position: next, error, bytes: Uint8Array.of(next) });
            } else {
              good.push(rowAt(node, seed, next));
              at.push(next);
            }
          }
          const meta = { resume: next, end: next === records, refused };
          const positions = { in: '', at };
          return (
            form === 'values' ? { values: good, positions: at, ...meta } : { columns: columnsOf(good, reads++), positions, ...meta }
          ) satisfies Answer<unknown>;
        },
        close() {},
      };
    },
  };
}
