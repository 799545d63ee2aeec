import type { Moment } from '../core/agenda.ts';
import { HeadraceError } from '../core/error.ts';
import type { OnError } from '../core/failure.ts';
import type { StationHost, StationOperator } from '../core/station.ts';
import { type Duration, milliseconds } from '../core/units.ts';
import { type KeepRecords, type MostKept, mostOf } from './kept-errors.ts';
import type { KeptRecord } from './kept-record.ts';
import { checked, type Side, type Sided, type Sides, TwoSides } from './two-sides.ts';

/** `inner`: pairs only; `left`: also left records that have met none; `full`: those of both sides. */
export type JoinKind = 'inner' | 'left' | 'full';

export interface JoinOptions<Kind extends JoinKind = JoinKind> {
  /** How far apart the times of two records may be. A record of the right may be up to `before` older than the left one, up to `after` newer. */
  readonly within: Duration | { readonly before: Duration; readonly after: Duration };
  readonly kind?: Kind;
  readonly keep?: KeepRecords;
  readonly onError?: OnError | undefined;
}

/** What a join calls: one of them is missing where a record has met none. */
export type JoinFn = (left: never, right: never) => unknown;

/**
 * Pairs of the records of two streams that have one key and times within a distance of each other. A pair has the later
 * of the two times. What has met none leaves, in a `left` or `full` join, when the watermark says that nothing can come
 * that it could meet; it keeps its own time, so the watermark behind the join stays back by as much.
 *
 * A record for which `fn` fails is refused as if it had never come: it is in no pair, and may be sent in again. A record
 * behind the watermark is late: counted, and a dead letter where somebody reads them.
 */
export function join(name: string, fn: JoinFn, { within, kind = 'inner', keep, onError }: JoinOptions): StationOperator<Sided> {
  const where = `join '${name}'`;
  const { before, after } = typeof within === 'object' && within !== null ? within : { before: within, after: within };
  const beforeMs = milliseconds(before, `${where} within`);
  const afterMs = milliseconds(after, `${where} within`);
  if (kind !== 'inner' && kind !== 'left' && kind !== 'full') throw noKind(where, kind);
  const most = mostOf(keep, where);
  return {
    kind: 'join',
    name,
    onError,
    remembers: 'key',
    needsTime: true,
    refusesLate: true,
    options: { kind, before: beforeMs, after: afterMs, ...most, fn },
    open: (host) => new Joining(host, fn, { kind, beforeMs, afterMs, most }),
  };
}

interface Terms {
  readonly kind: JoinKind;
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly most: MostKept;
}

/** Both sides keep what the other may still meet: a left record until `after` behind its time, a right one until `before`. */
class Joining extends TwoSides {
  readonly #fn: JoinFn;
  readonly #kind: JoinKind;
  readonly #keptMs: Readonly<Record<Side, number>>;

  constructor(host: StationHost, fn: JoinFn, { kind, beforeMs, afterMs, most }: Terms) {
    super(host, { most, holdMs: kind === 'inner' ? 0 : kind === 'left' ? afterMs : Math.max(beforeMs, afterMs) });
    this.#fn = fn;
    this.#kind = kind;
    this.#keptMs = { left: afterMs, right: beforeMs };
  }

  protected take(side: Side, record: KeptRecord, keyId: number): void {
    const other = side === 'left' ? 'right' : 'left';
    const shelf = this.states.get(keyId)?.[other];
    if (shelf !== undefined && shelf.length > 0)
      this.#meet(side, record, keyId, partnersOf(shelf, record.timeMs - this.#keptMs[other], record.timeMs + this.#keptMs[side]));
    this.keep(side, record, keyId);
  }

  /** All of them are asked for before any of them counts. */
  #meet(side: Side, record: KeptRecord, keyId: number, partners: readonly KeptRecord[]): void {
    const answers = partners.map((partner) => (side === 'left' ? this.#paired(record, partner) : this.#paired(partner, record)));
    for (const [i, partner] of partners.entries()) {
      const [left, right] = side === 'left' ? [record, partner] : [partner, record];
      partner.isMatched = true;
      this.pairs.add({ value: answers[i], left, right, keyId, timeMs: Math.max(left.timeMs, right.timeMs) });
    }
    if (partners.length > 0) record.isMatched = true;
  }

  #paired(left: KeptRecord | undefined, right: KeptRecord | undefined): unknown {
    return checked(this.#fn(left?.value as never, right?.value as never), 'join', this.host.operator);
  }

  protected dueOf(sides: Sides): Moment | undefined {
    const side = this.#firstOf(sides);
    if (side === undefined) return undefined;
    const { timeMs, order } = sides[side].at(0)!;
    return { at: timeMs + this.#keptMs[side], order };
  }

  /** Whose oldest record may go first. */
  #firstOf({ left, right }: Sides): Side | undefined {
    const [l, r] = [left.at(0), right.at(0)];
    if (l === undefined || r === undefined) return l !== undefined ? 'left' : r !== undefined ? 'right' : undefined;
    const [leftAt, rightAt] = [l.timeMs + this.#keptMs.left, r.timeMs + this.#keptMs.right];
    return leftAt < rightAt || (leftAt === rightAt && l.order < r.order) ? 'left' : 'right';
  }

  protected doDue(sides: Sides, keyId: number): ReturnType<TwoSides['doDue']> {
    const side = this.#firstOf(sides)!;
    const record = sides[side].shift();
    this.letGo(record);
    if (record.isMatched || !(this.#kind === 'full' || (this.#kind === 'left' && side === 'left'))) return undefined;
    const [left, right] = side === 'left' ? [record, undefined] : [undefined, record];
    try {
      this.pairs.add({ value: this.#paired(left, right), left, right, keyId, timeMs: record.timeMs });
    } catch (error) {
      return { record, side, error };
    }
    return undefined;
  }

  protected takesLate(): boolean {
    return false;
  }
}

function partnersOf(shelf: Sides[Side], from: number, to: number): readonly KeptRecord[] {
  const partners: KeptRecord[] = [];
  for (let i = shelf.before(from); i < shelf.length && shelf.at(i)!.timeMs <= to; i++) partners.push(shelf.at(i)!);
  return partners;
}

function noKind(where: string, kind: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_OPTION_INVALID',
    what: `there is no kind ${JSON.stringify(kind)} of joins`,
    where,
    todo: "It is 'inner', 'left' or 'full'.",
  });
}
