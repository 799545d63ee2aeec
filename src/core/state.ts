import type { KeyGroup, Key } from './keys.ts';
import type { Codec } from './codec.ts';

/** Where a piece of captured state belongs: a key group, the whole operator, a partition of a source, or a sink's token. */
export type Scope =
  | { readonly kind: 'group'; readonly group: KeyGroup }
  | { readonly kind: 'one' }
  | { readonly kind: 'partition'; readonly partition: string }
  | { readonly kind: 'token'; readonly sink: string };

/** One piece of captured state, with what is needed to read it in a later version. */
export interface Section {
  readonly operator: string;
  /** Which of the operator's cells; `pending` holds records without an answer. */
  readonly cell: string;
  readonly scope: Scope;
  /** How the bytes are to be read, as `cells/1` or `chunks/1`. */
  readonly codec: string;
  /** Where a piece is in several parts: they are read in the order of these numbers, absent for the first. */
  readonly part?: number;
  /** Of what the user keeps, absent for 1: older ones are brought up by his migrations. */
  readonly version?: number;
}

export interface RestoredSections {
  list(): readonly Section[];
  read(section: Section): Uint8Array | Promise<Uint8Array>;
}

export interface SectionWriter {
  section(section: Section, bytes: Uint8Array): void | Promise<void>;
  /**
   * These are as the checkpoint before has them, so nothing is written: all of them, or false where one is not there.
   * Absent where each checkpoint stands for itself.
   */
  same?(sections: readonly Section[]): boolean;
}

/** What a barrier copied or marked; nothing that came after the barrier is inside. Written once, or dropped unwritten. */
export interface Capture {
  write(to: SectionWriter): Promise<void>;
  /** Nobody will write it: the marks are taken away. */
  drop(): void;
}

/** What an operator keeps by key, and how it becomes a plain value. */
export interface CellsSpec<S> {
  /** Unique in the operator; part of the format. */
  readonly name: string;
  /** The state as a value that a codec can write; without it the state is one. */
  pack?(state: S): unknown;
  unpack?(plain: unknown, key: Key | undefined): S;
  /** `unpack` takes whatever was packed and asks for no key: it may wait until somebody wants the state. */
  readonly unpacksLate?: boolean;
  /** Writes packed states; the tagged binary form unless told. */
  readonly codec?: Codec<unknown> | undefined;
  /** The operator, for errors. */
  readonly operator?: string | undefined;
  /** Of the packed state, from 1 on; 1 unless told. */
  readonly version?: number | undefined;
  /** At n: makes of a packed state of version n one of version n + 1. */
  readonly migrate?: Migrations | undefined;
  /** A state that nobody has touched for so long, by the clock of the host, is forgotten. */
  readonly keepMs?: number | undefined;
  /** Where the host keeps state on a disk this is kept there too: nobody goes through all of it as a matter of course. */
  readonly mayBeStored?: boolean | undefined;
  /** A state is replaced and never changed in place, so one that was asked for is not written again for that. */
  readonly neverChanged?: boolean | undefined;
  /** About what a state takes in memory, where that is known for little. */
  sizeOf?(state: S): number;
  /** A state has left memory; the store has it, and gives another one when it is asked for. */
  released?(state: S): void;
}

/** By version, how a state becomes the next one. As a method, so that a function may say what it expects. */
export type Migrations = Readonly<Record<number, { step(old: unknown): unknown }['step']>>;

/**
 * The states of one operator by the small number of their key, kept and captured by the host. Number -1 is the state
 * of records without a key. A state may be changed in place between `get` and the end of the call at hand, or for as
 * long as `captures` stays what it was.
 */
export interface CellTable<S> {
  get(keyId: number): S | undefined;
  set(keyId: number, state: S): void;
  delete(keyId: number): void;
  readonly count: number;
  /** How often all of this was captured. A state that is kept in several places is asked for once between two captures. */
  readonly captures: number;
  /** Key numbers that have a state, in the order of the numbers. */
  ids(): Iterable<number>;
}

/** The same by name: partitions of sources. */
export interface PartitionTable<S> {
  get(partition: string): S | undefined;
  set(partition: string, state: S): void;
  delete(partition: string): void;
  entries(): Iterable<readonly [string, S]>;
}
