import { HeadraceError } from '../core/error.ts';
import { type Bytes, byteCount, wholeNumber } from '../core/units.ts';
import type { OpenStore } from '../state/store/state-store.ts';
import type { RunOptions } from './runtime.ts';
import type { StoredOptions } from './stored/open-stored.ts';

const MOST_KEPT = 1000;

export function keepCount(keep: number): number {
  const where = 'embedded keepCheckpoints';
  if (wholeNumber(keep, where) <= MOST_KEPT) return keep;
  throw invalid(where, `${keep} is more than ${MOST_KEPT}`, 'The newest few are what a restart needs.');
}

/** State by key on a disk. */
export interface DiskState {
  readonly kind: 'disk';
  /** How much may have changed since the last checkpoint before another one is taken; 64 MiB unless told. At twice as much sources wait. */
  readonly overlay?: Bytes;
  /** How much of what has not changed is kept in memory; 64 MiB unless told. */
  readonly cache?: Bytes;
  /** Another store than the one that comes along. */
  readonly store?: OpenStore;
}

/** Undefined for state in memory. */
export function storedOptions(
  state: 'memory' | 'disk' | DiskState,
  { dir, checkpoints, parallelism = 1 }: { readonly dir?: string; readonly checkpoints?: object; readonly parallelism?: number },
): StoredOptions | undefined {
  if (state === 'memory') return undefined;
  const where = 'embedded state';
  // Where nothing checks the types it may be anything.
  const given: DiskState = typeof state === 'string' ? { kind: state } : state;
  const { kind, overlay = '64MiB', cache = '64MiB', store } = given;
  if (kind !== 'disk') throw invalid(where, `there is no such place as ${JSON.stringify(kind)}`, "Say 'memory' or 'disk'.");
  if (dir === undefined || dir === '' || checkpoints !== undefined)
    throw invalid(
      where,
      'state on a disk lies in the folder of the checkpoints',
      "Give the folder: embedded({ dir: './state', state: 'disk' }).",
    );
  if (parallelism > 1) throw inPieces();
  return { overlayBytes: byteCount(overlay, `${where}.overlay`), cacheBytes: byteCount(cache, `${where}.cache`), open: store };
}

/** A store is read by one thread. */
export function inPieces(): HeadraceError {
  return invalid(
    'embedded state',
    'state on a disk is for runs in one piece: a store is read by one thread, and this plan runs on several',
    'Leave out parallelism and onWorkers, or keep state in memory. Several runs that share a topic divide the work too.',
  );
}

/** Refuses options of a start that mean nothing together, or nothing without a folder. */
export function checkStart(
  { from, again, acceptDuplicates, redrive }: RunOptions,
  { keeps, dir }: { readonly keeps: boolean; readonly dir: string },
): void {
  if (redrive === true && dir === '')
    throw invalid('option redrive', 'there are no dead letters that were kept', "Give the folder: embedded({ dir: './state' }).");
  if (from === undefined) {
    if (acceptDuplicates === true)
      throw invalid('option acceptDuplicates', 'it means nothing without from', 'Say which checkpoint to go on from.');
    return;
  }
  wholeNumber(from, 'option from');
  if (again === true) throw invalid('option from', 'from and again do not go together', 'Go on from a checkpoint, or begin anew.');
  if (!keeps) throw invalid('option from', 'there are no checkpoints to go on from', "Give the folder: embedded({ dir: './state' }).");
}

function invalid(where: string, what: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_OPTION_INVALID', what, where, todo });
}
