import { HeadraceError } from '../core/error.ts';
import { wholeNumber } from '../core/units.ts';
import type { RunOptions } from './runtime.ts';

const MOST_KEPT = 1000;

export function keepCount(keep: number): number {
  const where = 'embedded keepCheckpoints';
  if (wholeNumber(keep, where) <= MOST_KEPT) return keep;
  throw invalid(where, `${keep} is more than ${MOST_KEPT}`, 'The newest few are what a restart needs.');
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
