/** A section of a key group in the checkpoint that was written last. */
export interface WrittenPart {
  /** What was changed up to this epoch is in it, or in a part before it; `COPIED` where it is as a checkpoint brought it. */
  readonly epoch: number;
  readonly entries: number;
}

/** What the checkpoint that was written last has of one table. */
export interface WrittenTable {
  readonly epoch: number;
  /** It has a state of records without a key. */
  readonly one: boolean;
  readonly groups: ReadonlyMap<number, readonly WrittenPart[]>;
}

/** What is to become of the parts of a group. */
export interface NextParts {
  /** So many stay as they are, and one may follow. */
  readonly keeps: number;
  /** It has what was changed later than this epoch: everything after 0, nothing after Infinity. */
  readonly after: number;
  /** Those that stay are not in the checkpoint before, and are written as a checkpoint brought them. */
  readonly copies?: boolean;
}

/** Before the first epoch. */
export const COPIED = 0;
export const ANEW: NextParts = { keeps: 0, after: 0 };

/**
 * The first part of a group is its base, the others hold what has changed since. A part takes those before it along that
 * are no longer than itself, so their number grows with the logarithm of the changes; and when all changes together
 * exceed half of the base, there is a new base.
 */
export function nextParts(parts: readonly WrittenPart[] | undefined, changed: number): NextParts {
  if (parts === undefined) return ANEW;
  if (changed === 0) return { keeps: parts.length, after: Number.POSITIVE_INFINITY };
  let keeps = parts.length;
  let entries = changed;
  while (keeps > 1 && parts[keeps - 1]!.entries <= entries) entries += parts[--keeps]!.entries;
  // What a copied part changes of those before it is not known: with one of them all are written anew.
  if (parts[keeps]?.epoch === COPIED) return ANEW;
  for (const part of parts.slice(1, keeps)) entries += part.entries;
  return entries * 2 > parts[0]!.entries ? ANEW : { keeps, after: parts[keeps - 1]!.epoch };
}
