import { HeadraceError } from '../core/error.ts';
import { missing } from './checkpoint-errors.ts';
import type { CheckpointHistory, Checkpoints, StoredCheckpoint, StoredPosition } from './checkpoints.ts';

export interface CheckpointChoice {
  /** The number to go on from. */
  readonly from: number;
  /** Whoever starts has said that sinks may write again what they have committed in later checkpoints. */
  readonly acceptDuplicates: boolean;
  readonly pipeline: string;
}

/** The checkpoint that a start asks for by its number, also where later ones are there or are damaged. */
export async function chosenCheckpoint(
  store: Checkpoints,
  { from, acceptDuplicates, pipeline }: CheckpointChoice,
): Promise<StoredCheckpoint> {
  const where = `pipeline '${pipeline}'`;
  const { history } = store;
  if (history === undefined) {
    throw new HeadraceError({
      code: 'HR_OPTION_INVALID',
      where: 'option from',
      what: 'what keeps the checkpoints of this runtime knows only the newest one',
      todo: 'Leave the option out, or keep checkpoints in a folder.',
    });
  }
  const numbers = await history.numbers();
  const stored = await history.at(from);
  if (stored === undefined) throw missing(where, from, numbers);
  const newer = numbers.filter((n) => n > from);
  if (newer.length === 0 || acceptDuplicates) return stored;
  const { newest, cause } = await newestOf(store);
  // Whatever is newer is damaged and was never committed: a start without the option would go on from here too.
  if (newest?.n === from) return stored;
  throw older(where, stored, { newer, newest, cause });
}

/** Keeps what is newer than the chosen one out of the way, and answers the number that the next checkpoint follows. */
export async function leaveBehind(history: CheckpointHistory | undefined, n: number): Promise<number> {
  if (history === undefined) return n;
  if (n > 0) await history.setAside(n);
  return Math.max(n, await history.highest());
}

async function newestOf(store: Checkpoints): Promise<{ readonly newest?: StoredCheckpoint | undefined; readonly cause?: unknown }> {
  try {
    return { newest: await store.latest() };
  } catch (cause) {
    return { cause };
  }
}

interface Later {
  readonly newer: readonly number[];
  readonly newest: StoredCheckpoint | undefined;
  readonly cause: unknown;
}

function older(where: string, stored: StoredCheckpoint, { newer, newest, cause }: Later): HeadraceError {
  const them = newer.length === 1 ? `checkpoint ${newer[0]}` : `checkpoints ${newer.at(-1)} to ${newer[0]}`;
  const again = newest === undefined ? '' : readAgain(stored.positions, newest.positions);
  const instead = newest === undefined ? '' : ` Or leave --from out, to go on from ${newest.n}.`;
  return new HeadraceError({
    code: 'HR_CHECKPOINT_OLDER',
    where,
    what: `checkpoint ${stored.n} of ${new Date(stored.takenAt).toISOString()} is older than ${them}, whose output sinks may have committed`,
    todo: `What was read since is read again${again}, and written again by every sink that does not drop repeats. If that may be, add --accept-duplicates (acceptDuplicates: true).${instead}`,
    cause,
  });
}

const MOST_SHOWN = 3;

/** `: file:in.txt/0 from 1200 (it had come to 5400)`. */
function readAgain(from: readonly StoredPosition[], to: readonly StoredPosition[]): string {
  const lines = to.flatMap(({ source, partition, resume }) => {
    const before = from.find((position) => position.source === source && position.partition === partition);
    if (before?.resume === resume) return [];
    const begin = before === undefined ? 'from its beginning' : `from ${JSON.stringify(before.resume)}`;
    return [`${source}/${partition} ${begin} (it had come to ${JSON.stringify(resume)})`];
  });
  if (lines.length === 0) return '';
  const others = lines.length > MOST_SHOWN ? ` and ${lines.length - MOST_SHOWN} others` : '';
  return `: ${lines.slice(0, MOST_SHOWN).join(', ')}${others}`;
}
