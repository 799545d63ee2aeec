import type { Moment } from '../core/agenda.ts';
import { HeadraceError } from '../core/error.ts';
import type { OnError } from '../core/failure.ts';
import type { Operator } from '../core/operator.ts';
import type { StationHost, StationOperator } from '../core/station.ts';
import { type Duration, milliseconds } from '../core/units.ts';
import type { JoinFn } from './join.ts';
import { type KeepRecords, type MostKept, mostOf } from './kept-errors.ts';
import type { KeptRecord } from './kept-record.ts';
import { cell } from './process-cells.ts';
import type { AnyHandler } from './process-handler.ts';
import { process } from './process.ts';
import { checked, type Side, type Sided, type Sides, TwoSides } from './two-sides.ts';

/** `inner`: records without a row are left out; `left`: they come with none. */
export type TableJoinKind = 'inner' | 'left';

export interface JoinLatestOptions<Kind extends TableJoinKind = TableJoinKind> {
  readonly kind?: Kind;
  /** A row that was neither asked for nor replaced for so long, by the clock, is forgotten. */
  readonly keep?: { readonly for: Duration };
  readonly onError?: OnError | undefined;
}

export interface JoinAsOfOptions<Kind extends TableJoinKind = TableJoinKind> {
  readonly kind?: Kind;
  /** `for`: a row that is older than the record by more is none any more. The rest is as of joins. */
  readonly keep?: KeepRecords & { readonly for?: Duration };
  readonly onError?: OnError | undefined;
}

/** Says of each record of a stream which side of a join it is. */
export function side(which: Side): Operator {
  const fn = (value: unknown): unknown => ({ [which]: value });
  return { kind: which, inline: { shape: 'replace', fn }, step: (value, _cell, emit) => emit(fn(value)) };
}

/** The newest row there is when a record comes, by arrival. */
export function joinLatest(name: string, fn: JoinFn, { kind = 'inner', keep, onError }: JoinLatestOptions): StationOperator {
  const where = `joinLatest '${name}'`;
  checkKind(kind, where);
  const handler = {
    cells: { row: cell<{ readonly row: unknown } | undefined>(() => undefined, keep === undefined ? {} : { keep }) },
    onRecord(sided: Sided, { cells }: { readonly cells: { readonly row: { get(): unknown; set(row: unknown): void } } }): unknown {
      if ('right' in sided) {
        // In an object, since a row may be undefined and a cell that holds undefined is empty.
        cells.row.set({ row: sided.right });
        return undefined;
      }
      const kept = cells.row.get() as { readonly row: unknown } | undefined;
      return kept === undefined && kind === 'inner' ? undefined : [fn(sided.left as never, kept?.row as never)];
    },
  };
  const operator = process(name, handler as unknown as AnyHandler, { onError });
  return { ...operator, kind: 'joinLatest', options: { kind, for: keep?.for, fn } };
}

/**
 * The newest row that is not newer than the record, by event time. A record waits until the watermark says that no such
 * row can come any more; so what it meets does not depend on which stream was read faster. Rows that come late count from
 * when they come; records that do are late. Of each key the rows stay that a record may still ask for, and so always one.
 */
export function joinAsOf(name: string, fn: JoinFn, { kind = 'inner', keep = {}, onError }: JoinAsOfOptions): StationOperator<Sided> {
  const where = `joinAsOf '${name}'`;
  checkKind(kind, where);
  const forMs = keep.for === undefined ? Number.POSITIVE_INFINITY : milliseconds(keep.for, `${where} keep.for`);
  const most = mostOf(keep, where);
  return {
    kind: 'joinAsOf',
    name,
    onError,
    remembers: 'key',
    needsTime: true,
    refusesLate: true,
    options: { kind, for: keep.for, ...most, fn },
    open: (host) => new AsOf(host, fn, { kind, forMs, most }),
  };
}

interface Terms {
  readonly kind: TableJoinKind;
  readonly forMs: number;
  readonly most: MostKept;
}

/** The left shelf has the records that wait, the right one the rows. */
class AsOf extends TwoSides {
  readonly #fn: JoinFn;
  readonly #kind: TableJoinKind;
  readonly #forMs: number;

  constructor(host: StationHost, fn: JoinFn, { kind, forMs, most }: Terms) {
    super(host, { most, holdMs: 0 });
    this.#fn = fn;
    this.#kind = kind;
    this.#forMs = forMs;
  }

  protected take(which: Side, record: KeptRecord, keyId: number): void {
    this.keep(which, record, keyId);
  }

  /** A record that waits; a row in whose place another has come; the last row, when it is too old for any record. */
  protected dueOf({ left, right }: Sides): Moment | undefined {
    const record = left.at(0);
    const row = right.at(0);
    const rowAt =
      row === undefined ? Number.POSITIVE_INFINITY : Math.min(right.at(1)?.timeMs ?? Number.POSITIVE_INFINITY, row.timeMs + this.#forMs);
    if (record !== undefined && record.timeMs <= rowAt) return { at: record.timeMs, order: record.order };
    return rowAt === Number.POSITIVE_INFINITY ? undefined : { at: rowAt, order: row!.order };
  }

  protected doDue(sides: Sides, keyId: number): ReturnType<TwoSides['doDue']> {
    const record = sides.left.at(0);
    if (record === undefined || record.timeMs > this.dueOf(sides)!.at) {
      this.letGo(sides.right.shift());
      return undefined;
    }
    this.letGo(sides.left.shift());
    const row = this.#rowFor(record, sides);
    if (row === undefined && this.#kind === 'inner') return undefined;
    try {
      const value = checked(this.#fn(record.value as never, row?.value as never), 'joinAsOf', this.host.operator);
      this.pairs.add({ value, left: record, right: row, keyId, timeMs: record.timeMs });
    } catch (error) {
      return { record, side: 'left', error };
    }
    return undefined;
  }

  #rowFor({ timeMs }: KeptRecord, { right }: Sides): KeptRecord | undefined {
    // Of rows of one time the one that came last.
    let place = right.before(timeMs);
    while (right.at(place)?.timeMs === timeMs) place++;
    const row = place === 0 ? undefined : right.at(place - 1);
    return row !== undefined && timeMs - row.timeMs > this.#forMs ? undefined : row;
  }

  protected takesLate(which: Side): boolean {
    return which === 'right';
  }
}

function checkKind(kind: unknown, where: string): void {
  if (kind === 'inner' || kind === 'left') return;
  throw new HeadraceError({
    code: 'HR_OPTION_INVALID',
    what: `there is no kind ${JSON.stringify(kind)} of joins with a table`,
    where,
    todo: "It is 'inner' or 'left'.",
  });
}
