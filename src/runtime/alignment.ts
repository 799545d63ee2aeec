import type { Plan } from '../pipeline/plan.ts';
import { firstToSayTime, msOf } from '../pipeline/plan-time.ts';

interface Member {
  readonly source: string;
  readonly spanMs: number;
  readonly hold: (isAhead: boolean) => void;
  reachedMs: number;
  /** Its last read had nothing: it has nothing to catch up with. */
  isAtEnd: boolean;
  isAhead: boolean;
}

/**
 * Partitions that are to be read at about the same event time, whatever sources they are of: one that is ahead of the
 * slowest by more than its span is not read until that has come up. Otherwise two files of different years would put
 * the younger one into memory as a whole, since no window of it can close.
 *
 * The slowest is never held, so there is always one to be read. One that is at its end, or has ended, holds nobody up.
 */
export class Alignment {
  readonly #spans: ReadonlyMap<string, number>;
  readonly #members = new Map<string, Member>();

  /** By source, how far its partitions may be ahead. */
  constructor(spans: ReadonlyMap<string, number>) {
    this.#spans = spans;
  }

  join(source: string, partition: string, hold: (isAhead: boolean) => void): void {
    const spanMs = this.#spans.get(source);
    if (spanMs === undefined) return;
    const member = { source, spanMs, hold, reachedMs: Number.NEGATIVE_INFINITY, isAtEnd: false, isAhead: false };
    this.#members.set(nameOf(source, partition), member);
  }

  /** Records of that event time have come to where it is known. */
  reached(source: string, partition: string, ms: number): void {
    const member = this.#members.get(nameOf(source, partition));
    if (member === undefined || ms <= member.reachedMs) return;
    member.reachedMs = ms;
    this.#look();
  }

  /** Whether the last read of it had nothing. */
  atEnd(source: string, partition: string, isAtEnd: boolean): void {
    const member = this.#members.get(nameOf(source, partition));
    if (member === undefined || member.isAtEnd === isAtEnd) return;
    member.isAtEnd = isAtEnd;
    this.#look();
  }

  /** It is read no more. */
  left(source: string, partition: string): void {
    if (this.#members.delete(nameOf(source, partition))) this.#look();
  }

  /** How many partitions of a source wait for others; undefined where it never has to. */
  aheadOf(source: string): number | undefined {
    if (!this.#spans.has(source)) return undefined;
    let count = 0;
    for (const member of this.#members.values()) if (member.source === source && member.isAhead) count++;
    return count;
  }

  #look(): void {
    let least = Number.POSITIVE_INFINITY;
    for (const { reachedMs, isAtEnd } of this.#members.values()) if (!isAtEnd && reachedMs < least) least = reachedMs;
    for (const member of [...this.#members.values()]) {
      const isAhead = member.reachedMs > least + member.spanMs;
      if (isAhead === member.isAhead) continue;
      member.isAhead = isAhead;
      member.hold(isAhead);
    }
  }
}

function nameOf(source: string, partition: string): string {
  return JSON.stringify([source, partition]);
}

/** The sources of a plan that are to be read at about the same time; undefined where there are none. */
export function alignmentOf(plan: Plan): Alignment | undefined {
  const spans = new Map<string, number>();
  for (const { id, body } of plan.nodes) {
    if (body.type !== 'source') continue;
    const wanted = firstToSayTime(plan, id).flatMap((node) => msOf(node, 'alignWithin') ?? []);
    if (wanted.length > 0) spans.set(id, Math.min(...wanted));
  }
  return spans.size === 0 ? undefined : new Alignment(spans);
}
