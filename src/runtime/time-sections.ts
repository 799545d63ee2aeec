import type { KeyGroup } from '../core/keys.ts';
import type { Scope } from '../core/state.ts';
import { WATERMARK } from './kept-watermark.ts';
import { MARKS } from './pending.ts';

/** A section of an operator, as far as it says whom it is about. */
export interface TimeSection {
  readonly operator: string;
  readonly cell: string;
  readonly scope: Scope;
}

/** Does it say how far time had come, at an operator or between records without an answer? It belongs to no key. */
export function tellsTime({ cell }: Pick<TimeSection, 'cell'>): boolean {
  return cell === WATERMARK || cell === MARKS;
}

/**
 * A copy keeps such a section under the first of its key groups. So it speaks for the groups up to that of the next copy,
 * and every copy gets it that owns one of them now: copies in which records waited were behind the others.
 */
export function speaksFor(section: TimeSection, all: Iterable<TimeSection>, groups: Iterable<KeyGroup>): boolean {
  const { operator, cell, scope } = section;
  if (scope.kind !== 'group') return true;
  let next = Number.POSITIVE_INFINITY;
  for (const other of all) {
    const isAlike = other.operator === operator && other.cell === cell && other.scope.kind === 'group';
    if (isAlike && other.scope.group > scope.group) next = Math.min(next, other.scope.group);
  }
  for (const group of groups) if (group >= scope.group && group < next) return true;
  return false;
}
