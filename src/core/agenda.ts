/** When something of a key is due; among those of one time the lesser order comes first. */
export interface Moment {
  readonly at: number;
  readonly order: number;
}

export interface DueKey extends Moment {
  readonly keyId: number;
}

/**
 * Moments of keys, more of them than memory holds, captured with the state. Nothing is ever taken out but at the front:
 * what does not count any more is found out when it comes there, by whoever put it in.
 */
export interface Agenda {
  /** What `totals` answered at the barrier this run goes on from; undefined where there was no agenda then. */
  readonly restored: readonly number[] | undefined;
  add(moment: Moment, keyId: number): void;
  /** The first of all. */
  first(): DueKey | undefined;
  /** Takes the first away. */
  take(): void;
}

export interface AgendaSpec {
  /** Unique among what an operator keeps; part of the format. */
  readonly name: string;
  /** What is counted over all keys, asked for at each barrier: counting it anew would touch all of them. */
  totals(): readonly number[];
}
