import type { Files } from '../../core/world.ts';
import { openRecords } from './open-records.ts';
import { BEGINNING, keptPlace, placeOf } from './place.ts';
import type { Settings } from './source-options.ts';
import type { Turn, Turns } from './turns.ts';

/** The one file there is. It is opened at once, so that a run does not begin without it. */
export async function oneFile<T>(files: Files, path: string, where: string, settings: Settings<T>, kept: unknown): Promise<Turns<T>> {
  const from = kept === undefined ? BEGINNING : placeOf(kept, where);
  const opened = await openRecords(files, { path, where, settings, from });
  let isTaken = false;
  const turn: Turn<T> = {
    prefix: undefined,
    isAlone: true,
    from,
    async open() {
      isTaken = true;
      return opened;
    },
    kept: keptPlace,
    done: () => null, // Nothing comes behind it.
  };
  return single(turn, async () => {
    if (!isTaken) await opened.records.close();
  });
}

/** Turns of which there is one. */
export function single<T>(turn: Turn<T>, close: () => void | Promise<void> = () => {}): Turns<T> {
  let isOver = false;
  return {
    isReady: true,
    get isOver() {
      return isOver;
    },
    async next() {
      isOver = true;
      return turn;
    },
    close,
  };
}
