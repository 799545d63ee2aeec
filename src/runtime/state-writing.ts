import { ValueWriter } from '../codecs/value.ts';
import type { KeyTable } from '../core/chunk.ts';
import { bytesOfKey } from '../base/key-table.ts';
import type { Section, SectionWriter } from '../core/state.ts';
import type { CellBytes } from './cell-bytes.ts';
import type { SleepingGroup } from './sleeping-group.ts';
import type { WaitingStates } from './waiting-states.ts';
import { ANEW, COPIED, type NextParts, nextParts, type WrittenPart, type WrittenTable } from './written-parts.ts';

/** A table of states as a barrier saw it. Everything stands at the number of the key plus one. */
export interface Marked<S> {
  /** The epoch that ended with this barrier; what was changed in it carries its number. */
  readonly epoch: number;
  readonly end: number;
  readonly states: (S | undefined)[] | undefined;
  /** In place of `states` where all of them are numbers. */
  readonly numbers: Float64Array | undefined;
  /** The epoch in which a state was touched last; 0 where there is none. */
  readonly stamps: Uint16Array;
  /** The epoch in which a state was taken away. */
  readonly gone: ReadonlyMap<number, number>;
  /** When each was touched, where that is kept; what was touched no later than `forgetsMs` is forgotten. */
  readonly touched: Float64Array | undefined;
  readonly forgetsMs: number;
  /** Those of `states` that nobody has asked for since the start. */
  readonly waiting: WaitingStates | undefined;
  /** By group, what nobody has asked for since the start, not even by its key. */
  readonly sleeping: ReadonlyMap<number, SleepingGroup> | undefined;
  /** Entries that were encoded because somebody wanted to touch the state. Sparse. */
  readonly encoded: Uint8Array[];
}

export interface WritingOptions<S> {
  readonly operator: string;
  readonly bytes: CellBytes<S>;
  readonly table: KeyTable | undefined;
  readonly marked: Marked<S>;
  /** What the checkpoint before has of this table; undefined where all is to be written. */
  readonly before: WrittenTable | undefined;
  /** Nothing was ever written of it: all that is gone is known. */
  readonly isFirst: boolean;
}

/** The state that a barrier saw, and nothing where it had none, or one that waits. */
export function stateAt<S>(marked: Marked<S>, at: number): S | undefined {
  const { states, numbers, stamps } = marked;
  if (isForgotten(marked, at)) return undefined;
  if (states !== undefined) return states[at];
  return stamps[at] === 0 ? undefined : (numbers![at] as S);
}

function isForgotten({ touched, forgetsMs }: Marked<unknown>, at: number): boolean {
  return touched !== undefined && !(touched[at]! > forgetsMs);
}

function hasState(marked: Marked<unknown>, at: number): boolean {
  return stateAt(marked, at) !== undefined || (marked.waiting?.has(at) === true && !isForgotten(marked, at));
}

/**
 * Writes what has changed since the checkpoint before, and says of the rest that it has not. Group by group, so that no
 * more than one group's bytes are in memory, and the loop lives on in between.
 */
export async function writeStates<S>(options: WritingOptions<S>, to: SectionWriter): Promise<WrittenTable> {
  const { operator, bytes, marked } = options;
  const { name: cell, version, codec, changesCodec } = bytes;
  const first: Section = { operator, cell, scope: { kind: 'one' }, codec, ...version };
  const one = await writeOne(options, first, to);
  const sectionOf = (group: number, part: number): Section => ({
    operator,
    cell,
    scope: { kind: 'group', group },
    codec: part === 0 ? codec : changesCodec,
    ...(part === 0 ? {} : { part }),
    ...version,
  });
  const isThere = (group: number, parts: readonly WrittenPart[]): boolean =>
    to.same?.(parts.map((_, part) => sectionOf(group, part))) === true;
  const next = plan(options, to.same === undefined ? undefined : isThere);
  const groups = new Map<number, readonly WrittenPart[]>();
  const changes = changesOf(options, next);
  for (const [group, { keeps, copies }] of next) {
    const sleeping = marked.sleeping?.get(group);
    const parts = copies === true ? partsOf(sleeping!) : (options.before?.groups.get(group)?.slice(0, keeps) ?? []);
    if (copies === true) for (const [part, piece] of sleeping!.pieces.entries()) await to.section(sectionOf(group, part), piece.bytes);
    const changed = changes.get(group) ?? (keeps === 0 && sleeping !== undefined ? NO_CHANGES : undefined);
    if (changed === undefined) {
      if (parts.length > 0) groups.set(group, parts);
      continue;
    }
    const written = entriesOf(options, changed, keeps > 0 ? undefined : { sleeping });
    if (written.entries === 0) continue;
    await to.section(sectionOf(group, keeps), written.bytes);
    groups.set(group, [...parts, { epoch: marked.epoch, entries: written.entries }]);
  }
  return { epoch: marked.epoch, one, groups };
}

async function writeOne<S>({ bytes, marked, before }: WritingOptions<S>, section: Section, to: SectionWriter): Promise<boolean> {
  const state = marked.end === 0 ? undefined : stateAt(marked, 0);
  if (state === undefined) return false;
  const isSame = before?.one === true && marked.stamps[0]! <= before.epoch && to.same?.([section]) === true;
  if (!isSame) await to.section(section, marked.encoded[0] ?? bytes.one(state, marked.touched?.[0] ?? 0));
  return true;
}

/** What becomes of each group that has something, or had. */
function plan<S>(
  { table, marked, before, isFirst }: WritingOptions<S>,
  isThere: ((group: number, parts: readonly WrittenPart[]) => boolean) | undefined,
): ReadonlyMap<number, NextParts> {
  const { stamps, gone, end, sleeping } = marked;
  const since = before?.epoch ?? 0;
  const changed = new Map<number, number>();
  const count = (at: number): void => {
    const group = table!.groupAt(at - 1);
    changed.set(group, (changed.get(group) ?? 0) + 1);
  };
  for (let at = 1; at < end; at++) if (stamps[at]! > since) count(at);
  for (const [at, epoch] of gone) if (at > 0 && epoch > since) count(at);
  const next = new Map<number, NextParts>();
  for (const group of new Set([...(before?.groups.keys() ?? []), ...changed.keys(), ...(sleeping?.keys() ?? [])])) {
    const parts = before?.groups.get(group);
    const changes = changed.get(group) ?? 0;
    const wish = nextParts(parts, changes);
    const known = sleeping?.get(group);
    if (wish.keeps > 0 && isThere?.(group, parts!.slice(0, wish.keeps)) === true) next.set(group, wish);
    else if (known !== undefined && mayCopy(known, { changes, isFirst, takesParts: isThere !== undefined }))
      next.set(group, { keeps: known.pieces.length, after: 0, copies: true });
    else next.set(group, ANEW);
  }
  return next;
}

/** The sections that a group came as are written as they are: with few changes, of which none is forgotten. */
function mayCopy(group: SleepingGroup, of: { readonly changes: number; readonly isFirst: boolean; readonly takesParts: boolean }): boolean {
  if (!of.takesParts && (group.pieces.length > 1 || of.changes > 0)) return false;
  return group.isWhole || (of.isFirst && nextParts(partsOf(group), of.changes).keeps === group.pieces.length);
}

function partsOf(group: SleepingGroup): readonly WrittenPart[] {
  return group.entries.map((entries) => ({ epoch: COPIED, entries }));
}

interface Changed {
  readonly ids: number[];
  readonly gone: number[];
}

function changesOf<S>({ table, marked }: WritingOptions<S>, next: ReadonlyMap<number, NextParts>): ReadonlyMap<number, Changed> {
  const { states, stamps, gone, end } = marked;
  const changes = new Map<number, Changed>();
  const of = (group: number): Changed => {
    const known = changes.get(group);
    if (known !== undefined) return known;
    const none: Changed = { ids: [], gone: [] };
    changes.set(group, none);
    return none;
  };
  let least = Number.POSITIVE_INFINITY;
  for (const { after } of next.values()) least = Math.min(least, after);
  for (let at = 1; at < end; at++) {
    const stamp = stamps[at]!;
    if (stamp > least) {
      const group = table!.groupAt(at - 1);
      if (stamp > next.get(group)!.after && hasState(marked, at)) {
        of(group).ids.push(at);
        continue;
      }
    }
    // What is not written needs no mark: it may be touched without being encoded.
    if (states !== undefined) states[at] = undefined;
  }
  for (const [at, epoch] of gone) {
    if (at === 0 || stamps[at]! > 0) continue;
    const group = table!.groupAt(at - 1);
    const { keeps, after } = next.get(group) ?? ANEW;
    if (keeps > 0 && epoch > after) of(group).gone.push(at);
  }
  return changes;
}

/** Changes, or all of a group: then with what sleeps of it. */
function entriesOf<S>(
  { bytes, table, marked }: WritingOptions<S>,
  { ids, gone }: Changed,
  whole: { readonly sleeping: SleepingGroup | undefined } | undefined,
): { readonly bytes: Uint8Array; readonly entries: number } {
  const writer = new ValueWriter();
  const { waiting } = marked;
  const isChanges = whole === undefined;
  let entries = ids.length + gone.length;
  for (const { bytes: own, entry } of whole?.sleeping?.asleepAt(marked.epoch) ?? []) {
    writer.append(bytes.waitedBytes(own, entry));
    entries++;
  }
  for (const at of ids) {
    if (isChanges) writer.byte(1);
    const known = waiting?.has(at) === true ? bytes.waitedBytes(waiting.bytesOf(at), waiting.placeOf(at)) : marked.encoded[at];
    if (known === undefined) bytes.entry(writer, { keys: table!, id: at - 1 }, stateAt(marked, at)!, marked.touched?.[at] ?? 0);
    else writer.append(known);
    // Once written it needs no mark any more.
    if (marked.states !== undefined) marked.states[at] = undefined;
  }
  for (const at of gone) {
    writer.byte(0);
    writer.bytes(bytesOfKey(table!, at - 1));
  }
  return { bytes: writer.take(), entries };
}

const NO_CHANGES: Changed = { ids: [], gone: [] };
