import type { Resume } from '../../core/source.ts';
import { changed } from './errors.ts';
import type { Mark } from './items.ts';

/**
 * Where a data set is read on. Of one that is not shuffled: the item to go on with, and a mark not far in front of it. Of
 * a shuffled one: how many were handed out, since what lay in its buffer cannot be found but by reading the epoch again
 * from its beginning.
 */
export interface Place {
  readonly epoch: number;
  /** What comes next, by its ordinal; or, shuffled, how many were handed out. */
  readonly done: number;
  /** How many items an epoch has, from the second on. */
  readonly count: number | undefined;
  readonly mark: Mark | undefined;
}

const BEGINNING: Place = { epoch: 0, done: 0, count: undefined, mark: undefined };

/** `order` says what decides which record comes when. */
export function keepPlace({ epoch, done, count, mark }: Place, order: string): Resume {
  const marked = mark === undefined || mark.ordinal === 0 ? [] : [mark.ordinal, mark.partition, mark.resume];
  return JSON.stringify([order, epoch, done, count ?? null, ...marked]);
}

export function findPlace(resume: Resume | undefined, order: string, where: string): Place {
  if (typeof resume !== 'string') return BEGINNING;
  const [kept, epoch, done, count, ordinal, partition = 0, from = null] = JSON.parse(resume) as [
    order: string,
    epoch: number,
    done: number,
    count: number | null,
    ordinal?: number,
    partition?: number,
    from?: Resume,
  ];
  if (kept !== order)
    throw changed(
      where,
      `the checkpoint is of records that come ${kept}, and now they come ${order}`,
      'Go on with the seeds, shares and the buffer it was made with, or begin anew without it.',
    );
  return { epoch, done, count: count ?? undefined, mark: ordinal === undefined ? undefined : { ordinal, partition, resume: from } };
}
