import type { RecordInfo } from './chunk.ts';
import type { Codec } from './codec.ts';
import type { OnError } from './failure.ts';
import type { CellsSpec, Migrations } from './state.ts';

/** The state of one key in one operator, or of the operator as a whole on a stream without keys. Kept by the runtime. */
export interface Cell<S> {
  get(): S | undefined;
  set(state: S): void;
  clear(): void;
}

/**
 * How a step looks inside the fused loop. The loop is generated, so the function stands in it as a name of its own
 * and is inlined by the engine; the four shapes are all that a step without memory can do to a value.
 */
export type Inline<In, Out> =
  | { readonly shape: 'replace'; fn(value: In, record: RecordInfo): Out }
  | { readonly shape: 'keep'; fn(value: In, record: RecordInfo): boolean }
  | { readonly shape: 'look'; fn(value: In, record: RecordInfo): void }
  | { readonly shape: 'spread'; fn(value: In, record: RecordInfo): Iterable<Out> }
  | { readonly shape: 'key'; fn(value: In, record: RecordInfo): unknown };

/**
 * A step that answers within the call: what it does to one value, and what it remembers. It knows nothing of disks,
 * threads or partitions. Rules: it emits during the call only; when it throws, what it emitted in that call is taken
 * back, so it changes its cell only after every function of the user has returned. An emitted `Failure` refuses the
 * value at hand, an emitted promise is an error of the user.
 */
export interface Operator<In = unknown, Out = unknown, S = unknown> {
  readonly kind: string;
  /** Required of operators that remember. */
  readonly name?: string | undefined;
  readonly onError?: OnError | undefined;
  /** `key`: one cell a key (one in all before `keyBy`); `one`: one cell in all; absent: it remembers nothing. */
  readonly remembers?: 'key' | 'one';
  /** How a cell becomes a plain value; the state itself unless told. */
  readonly pack?: Pick<CellsSpec<S>, 'pack' | 'unpack' | 'unpacksLate'>;
  /** Writes cells; the tagged binary form unless told. */
  readonly codec?: Codec<unknown> | undefined;
  /** Of the cells, as they are packed; 1 unless told. */
  readonly version?: number | undefined;
  readonly migrate?: Migrations | undefined;
  /** A cell that nobody has touched for so long is forgotten. */
  readonly keepMs?: number | undefined;
  /** What tells this use of the operator from another, for the drawing and the fingerprint of a plan. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** True when a step emits at most one value: the record keeps its id instead of having children. */
  readonly single?: boolean;
  step(value: In, cell: Cell<S>, emit: (out: Out) => void, record: RecordInfo): void;
  readonly inline?: Inline<In, Out>;
  /** Asked after each chunk: has it let through all it ever will? Then the sources above may stop. */
  isOver?(cell: Cell<S>): boolean;
}
