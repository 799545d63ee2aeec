import { Failure, isRefusal } from '../core/failure.ts';
import type { Clock } from '../core/world.ts';
import type { Chunk, RecordInfo } from '../core/chunk.ts';
import type { Loop } from './generated-loop.ts';
import type { Site } from './site.ts';

/** Handles one value from a step on. False: the flow was cut, stop everything. */
type Next = (value: unknown, level: number) => boolean;

/**
 * The same loop as `generateLoop` without generating code: for places that forbid it, for a run's first records
 * (generating costs more than a few hundred records do), and as the twin that tests compare against. Given a clock it
 * also measures what each step takes, which is how metrics learn nanoseconds per operator.
 */
export function closureLoop(site: Site, clock?: Clock): Loop {
  const state: LoopState = { site, chunk: undefined as unknown as Chunk, out: [], at: 0, made: 0, keyId: -1 };
  let first: Next = (value, level) => output(state, value, level);
  for (let at = site.steps.length - 1; at >= 0; at--)
    first = clock === undefined ? stepper(state, at, first) : timed(state, at, first, clock);
  return function closures(chunk, out, from) {
    const { view } = site;
    const n = chunk.length;
    // Rows of its own, as the generated loop has.
    const { held } = chunk;
    const at = Array.isArray(held) ? undefined : held.reader();
    const values = at === undefined ? chunk.values : [];
    Object.assign(state, { chunk, out, made: 0, keyId: -1 });
    view.chunk = chunk;
    let i = from;
    for (; i < n && site.overAt < 0; i++) {
      if (site.levels > 0 && state.made >= site.pauseAt) break;
      state.at = i;
      view.index = i;
      view.level = 0;
      view.keys = chunk.keys;
      if (chunk.keyIds !== undefined) view.keyId = state.keyId = chunk.keyIds[i]!;
      if (!first(at === undefined ? values[i] : at(i), 0)) break;
    }
    site.next = site.isCut || site.overAt >= 0 ? n : i;
    return state.made;
  };
}

interface LoopState {
  readonly site: Site;
  chunk: Chunk;
  out: unknown[];
  /** The chunk's value at work. */
  at: number;
  /** Outputs so far. */
  made: number;
  keyId: number;
}

function output(state: LoopState, value: unknown, level: number): boolean {
  const { site } = state;
  if (state.made === site.capacity) site.grow();
  const k = state.made++;
  state.out[k] = value;
  site.index[k] = state.at;
  for (let up = 0; up < level; up++) site.paths[up]![k] = site.view.ordinals[up]!;
  site.keyIds[k] = state.keyId;
  return true;
}

function stepper(state: LoopState, at: number, next: Next): Next {
  const { site } = state;
  const step = site.steps[at]!;
  const { operator, counters, table, cells } = step;
  const { inline } = operator;
  // Called by its own name, so that a stack shows the user's file and not a method of ours.
  const fn = inline?.fn as ((value: unknown, record: RecordInfo) => unknown) | undefined;
  const refuse = (error: unknown, value: unknown) => !site.refuse(at, error, value);
  const odd = (result: unknown, value: unknown) => !site.odd(at, result, value);

  if (inline?.shape === 'spread' || (inline === undefined && operator.single !== true)) {
    return (value, level) => {
      let children: readonly unknown[];
      try {
        if (inline === undefined) {
          site.scratch.count = 0;
          if (operator.remembers === 'key') cells!.at(state.keyId);
          operator.step(value, cells!, site.scratch.emit, site.view);
          children = site.emitted();
        } else {
          const result = fn!(value, site.view);
          if ((result as unknown) instanceof Failure) return odd(result, value);
          children = site.children(at, result);
        }
      } catch (error) {
        return refuse(error, value);
      }
      const { keyId } = state;
      const { keys } = site.view;
      for (let i = 0; i < children.length && site.overAt <= at; i++) {
        site.view.level = level + 1;
        site.view.ordinals[level] = i;
        site.view.keys = keys;
        site.view.keyId = state.keyId = keyId;
        if (isRefusal(children[i])) {
          if (!odd(children[i], value)) return false;
          continue;
        }
        counters.out++;
        if (!next(children[i], level + 1)) return false;
      }
      site.view.level = level;
      return true;
    };
  }
  if (inline === undefined) {
    return (value, level) => {
      site.scratch.count = 0;
      try {
        if (operator.remembers === 'key') cells!.at(state.keyId);
        operator.step(value, cells!, site.scratch.emit, site.view);
      } catch (error) {
        return refuse(error, value);
      }
      if (site.overAt < at && operator.isOver?.(cells!) === true) site.overAt = at;
      if (site.scratch.count === 0) return true;
      const result = site.scratch.values[0];
      if (isRefusal(result)) return odd(result, value);
      counters.out++;
      return next(result, level);
    };
  }
  return (value, level) => {
    let result: unknown;
    try {
      result = fn!(value, site.view);
      if (isRefusal(result)) return odd(result, value);
      if (inline.shape === 'key') {
        state.keyId = table!.idOf(result as string);
        site.view.keys = table;
        site.view.keyId = state.keyId;
      }
    } catch (error) {
      return refuse(error, value);
    }
    if (inline.shape === 'replace') return next(result, level);
    if (inline.shape === 'keep') {
      if (!result) return true;
      counters.out++;
    }
    return next(value, level);
  };
}

/**
 * A step and a clock: what its own function took, without the steps behind it. Asking the clock takes longer than
 * most steps do, so what asking costs is taken off again.
 */
function timed(state: LoopState, at: number, next: Next, clock: Clock): Next {
  const { counters } = state.site.steps[at]!;
  const askingMs = costOfAsking(clock);
  let before = 0;
  const run = stepper(state, at, (value, level) => {
    counters.shareMs += Math.max(0, clock.monotonic() - before - askingMs);
    const goOn = next(value, level);
    before = clock.monotonic();
    return goOn;
  });
  return (value, level) => {
    before = clock.monotonic();
    const goOn = run(value, level);
    counters.shareMs += Math.max(0, clock.monotonic() - before - askingMs);
    return goOn;
  };
}

function costOfAsking(clock: Clock): number {
  const started = clock.monotonic();
  for (let i = 0; i < 100; i++) clock.monotonic();
  return (clock.monotonic() - started) / 101;
}
