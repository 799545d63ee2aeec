import type { KeyGroup } from '../../core/keys.ts';
import type { Section } from '../../core/state.ts';
import { frameDamaged } from './errors.ts';
import { FieldReader, FieldWriter } from './fields.ts';

/** Both sides name it first; one that differs is refused, since bytes would mean something else. */
export const WIRE_VERSION = 1;

/** Which stage of which plan a worker should become. */
export interface Start {
  readonly version: number;
  /** URL of the module whose default export is the pipeline. */
  readonly module: string;
  readonly stage: string;
  /** What the plan of the module must be. */
  readonly fingerprint: string;
  /** The settings of the plan, as JSON. */
  readonly settings?: unknown;
  /** URL of the module that builds stages of plans; the runtime's own unless told. */
  readonly loader?: string | undefined;
  /** Whether the worker lives by its own clock or by what `advance` tells. */
  readonly time: 'own' | 'host';
}

/** What `Stage.open` is told, apart from what the worker has itself. */
export interface Opening {
  readonly index: number;
  readonly parallelism: number;
  readonly groups: readonly KeyGroup[];
  /** What it may ask for with `read`, by index; absent on a fresh start. */
  readonly sections?: readonly Section[] | undefined;
}

/** Everything that is said. A call has a number, and is answered by `done` or `failed` with that number. */
export type Message =
  // To the worker.
  | { readonly kind: 'start'; readonly call: number; readonly start: Start }
  | { readonly kind: 'open'; readonly call: number; readonly monotonicMs: number; readonly nowMs: number; readonly opening: Opening }
  | { readonly kind: 'process'; readonly call: number; readonly input: string; readonly chunk: Uint8Array }
  | { readonly kind: 'watermark'; readonly call: number; readonly input: string; readonly ms: number }
  | { readonly kind: 'idle' | 'end'; readonly call: number; readonly input: string }
  | { readonly kind: 'prepareBarrier' | 'committed' | 'aborted'; readonly call: number; readonly checkpoint: number }
  | { readonly kind: 'stop'; readonly call: number }
  /** Sends the sections of a capture; `closing` those that are left at the end. */
  | { readonly kind: 'write'; readonly call: number; readonly checkpoint: number }
  | { readonly kind: 'closing'; readonly call: number }
  | { readonly kind: 'drop'; readonly checkpoint: number }
  /** So many bytes of sections have been taken. */
  | { readonly kind: 'taken'; readonly bytes: number }
  | { readonly kind: 'restored'; readonly read: number; readonly bytes: Uint8Array }
  | { readonly kind: 'advance'; readonly monotonicMs: number; readonly nowMs: number }
  | { readonly kind: 'abort'; readonly error: string }
  | { readonly kind: 'ping' }
  // To the host.
  | { readonly kind: 'ready'; readonly call: number; readonly version: number }
  | { readonly kind: 'done'; readonly call: number }
  /** Call 0: it failed in work of its own. */
  | { readonly kind: 'failed'; readonly call: number; readonly error: string }
  | { readonly kind: 'emit'; readonly output: string; readonly chunk: Uint8Array }
  /** The answer to `prepareBarrier`: everything before it stands before the barrier, everything behind it behind. */
  | { readonly kind: 'barrier'; readonly call: number; readonly checkpoint: number }
  | { readonly kind: 'section'; readonly call: number; readonly section: Section; readonly bytes: Uint8Array }
  | { readonly kind: 'read'; readonly read: number; readonly index: number }
  /** When the stage wants to be advanced, by the clock of `advance`; infinity for never. */
  | { readonly kind: 'wants'; readonly atMs: number }
  | { readonly kind: 'pong' };

type Kind = Message['kind'];
type Form = 'count' | 'number' | 'text' | 'json' | 'rest';
type Format = readonly [code: number, fields: readonly (readonly [name: string, form: Form])[]];

const call = ['call', 'count'] as const;
const input = ['input', 'text'] as const;
const checkpoint = ['checkpoint', 'number'] as const; // Opaque: any number its host likes.
const chunk = ['chunk', 'rest'] as const;
const bytes = ['bytes', 'rest'] as const;
const read = ['read', 'count'] as const;
const error = ['error', 'text'] as const;
const clocks = [['monotonicMs', 'number'] as const, ['nowMs', 'number'] as const] as const;

/** A code means the same for ever; a changed format is a new version. */
const FORMATS: Readonly<Record<Kind, Format>> = {
  start: [1, [call, ['start', 'json']]],
  open: [2, [call, ...clocks, ['opening', 'json']]],
  process: [3, [call, input, chunk]],
  watermark: [4, [call, input, ['ms', 'number']]],
  idle: [5, [call, input]],
  end: [6, [call, input]],
  prepareBarrier: [7, [call, checkpoint]],
  committed: [8, [call, checkpoint]],
  aborted: [9, [call, checkpoint]],
  stop: [10, [call]],
  write: [11, [call, checkpoint]],
  closing: [12, [call]],
  drop: [13, [checkpoint]],
  taken: [14, [['bytes', 'count']]],
  restored: [15, [read, bytes]],
  advance: [16, clocks],
  abort: [17, [error]],
  ping: [18, []],
  ready: [32, [call, ['version', 'count']]],
  done: [33, [call]],
  failed: [34, [call, error]],
  emit: [35, [['output', 'text'], chunk]],
  barrier: [36, [call, checkpoint]],
  section: [37, [call, ['section', 'json'], bytes]],
  read: [38, [read, ['index', 'count']]],
  wants: [39, [['atMs', 'number']]],
  pong: [40, []],
};
const BY_CODE: ReadonlyMap<number, readonly [Kind, Format]> = new Map(
  (Object.keys(FORMATS) as Kind[]).map((kind) => [FORMATS[kind][0], [kind, FORMATS[kind]]]),
);

/** The parts of a message as a transport takes them; large bodies stand in a part of their own and are not copied. */
export function encodeMessage(message: Message): readonly Uint8Array[] {
  const [code, fields] = FORMATS[message.kind];
  const writer = new FieldWriter();
  writer.byte(code);
  let body: Uint8Array | undefined;
  for (const [name, form] of fields) {
    const value = (message as unknown as Readonly<Record<string, unknown>>)[name];
    if (form === 'rest') body = value as Uint8Array;
    else if (form === 'json') writer.text(JSON.stringify(value));
    else if (form === 'text') writer.text(value as string);
    else writer[form](value as number);
  }
  return body === undefined ? [writer.take()] : [writer.take(), body];
}

export function decodeMessage(frame: Uint8Array): Message {
  const reader = new FieldReader(frame);
  const [kind, [, fields]] = BY_CODE.get(reader.byte()) ?? unknownKind();
  const message: Record<string, unknown> = { kind };
  for (const [name, form] of fields) message[name] = form === 'json' ? parsed(reader.text()) : reader[form]();
  if (!reader.isAtEnd) throw frameDamaged(`bytes are left over behind '${kind}'`);
  return message as unknown as Message;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw frameDamaged('a message holds text that is not JSON', cause);
  }
}

function unknownKind(): never {
  throw frameDamaged('a message of an unknown kind');
}
