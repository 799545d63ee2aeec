import { hash as oneHash } from 'node:crypto';
import { HeadraceError } from '../core/error.ts';
import type { OnError } from '../core/failure.ts';
import type { NodeBody } from './draft.ts';
import type { Plan, PlanNode } from './plan.ts';
import { stagesOf } from './stage-cut.ts';
import { type KeptPiece, keptBy } from './kept-state.ts';

/** What stands in JSON for an option, a function as the hash of its text. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

/** A node as it is written down; what is absent is not written. */
export interface NodeJson {
  readonly id: string;
  readonly type: NodeBody['type'];
  readonly kind: string;
  readonly name?: string;
  readonly inputs: readonly string[];
  readonly keyed: boolean;
  readonly remembers?: 'key' | 'one';
  readonly onError: OnError;
  readonly options?: { readonly [name: string]: Plain };
  /** Writes what it keeps; a source reads and a sink writes with it. */
  readonly codec?: string;
  /** Writes the records that leave it, where they may leave the process. */
  readonly edgeCodec?: string;
  /** Of the state it keeps, absent for 1, and the older versions it has a migration for. */
  readonly version?: number;
  readonly migrates?: readonly number[];
  /** Pieces of state that a checkpoint has of it. */
  readonly cells: readonly KeptPiece[];
  /** Of windows: what each aggregate keeps. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** A plan as JSON: what a checkpoint keeps of it, and what two versions of a pipeline are compared by. */
export interface PlanJson {
  readonly version: 1;
  readonly pipeline: string;
  readonly maxParallelism: number;
  readonly renamed: Readonly<Record<string, string>>;
  readonly forget: readonly string[];
  readonly nodes: readonly NodeJson[];
}

/** The codec of values wherever nobody gave another. */
const DEFAULT_CODEC = 'value';

/** The plan as JSON. It holds no text of functions, only what tells one from another, and no lines of files. */
export function planJson(plan: Plan): PlanJson {
  const leaving = new Set(
    stagesOf(plan)
      .edges.filter(({ kind }) => kind !== 'forward')
      .map(({ from }) => from),
  );
  const { version, pipeline, maxParallelism, renamed, forget } = plan;
  return { version, pipeline, maxParallelism, renamed, forget, nodes: plan.nodes.map((node) => nodeJson(node, leaving.has(node.id))) };
}

function nodeJson(node: PlanNode, leaves: boolean): NodeJson {
  const { id, kind, name, inputs, isKeyed, remembers, onError, codec, edgeCodec } = node;
  const { fields, ...rest } = node.options ?? {};
  const options = Object.entries(rest).flatMap(([option, value]) => (value === undefined ? [] : [[option, plain(value)] as const]));
  return {
    id,
    type: node.body.type,
    kind,
    ...(name === undefined ? {} : { name }),
    inputs,
    keyed: isKeyed,
    ...(remembers === undefined ? {} : { remembers }),
    onError,
    ...(options.length === 0 ? {} : { options: Object.fromEntries(options) }),
    ...(codec === undefined ? {} : { codec }),
    ...(leaves ? { edgeCodec: edgeCodec?.kind ?? DEFAULT_CODEC } : {}),
    ...versionOf(node),
    cells: keptBy(node),
    ...(fields === undefined ? {} : { fields: fieldsOf(fields as Readonly<Record<string, object>>) }),
  };
}

function versionOf({ body }: PlanNode): Pick<NodeJson, 'version' | 'migrates'> {
  if (body.type !== 'step' || body.operator.version === undefined) return {};
  const { version, migrate = {} } = body.operator;
  return { version, migrates: Object.keys(migrate).map(Number) };
}

function plain(value: unknown): Plain {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'function') return `function ${hash(String(value)).slice(0, 16)}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'bigint' || value instanceof RegExp || value instanceof Date) return String(value);
  if (typeof value !== 'object') return typeof value;
  const entries = Object.entries(value).flatMap(([name, inner]) => (inner === undefined ? [] : [[name, plain(inner)] as const]));
  return Object.fromEntries(entries);
}

/** What an aggregate says it is, else the names of what it counts in its state. */
function fieldsOf(fields: Readonly<Record<string, object>>): Readonly<Record<string, string>> {
  const kinds = Object.entries(fields).map(([name, aggregate]) => {
    const { kind, create } = aggregate as { readonly kind?: string; readonly create?: () => unknown };
    return [name, kind ?? layoutOf(create?.())] as const;
  });
  return Object.fromEntries(kinds);
}

function layoutOf(state: unknown): string {
  return typeof state === 'object' && state !== null ? Object.keys(state).sort().join(' ') : typeof state;
}

/**
 * A hash of the plan and of the text of its functions, the same in every process that has built the same plan. A
 * function that reads a variable from around it has the same text whatever the variable holds.
 */
export function fingerprintOf(plan: Plan, json: PlanJson = planJson(plan)): string {
  const texts = plan.nodes.map((node) => functionsOf(node).map((fn) => hash(String(fn))));
  return hash(JSON.stringify([json, texts]));
}

/** The functions of a node that its JSON says nothing of. */
function functionsOf({ body, options }: PlanNode): readonly unknown[] {
  const functions: unknown[] = [];
  if (body.type === 'step' && body.operator.inline !== undefined) functions.push(body.operator.inline.fn);
  if (body.type === 'split') functions.push(...body.tests);
  for (const aggregate of Object.values(options?.['fields'] ?? {}))
    functions.push(...Object.values(aggregate as object).filter((part) => typeof part === 'function'));
  return functions;
}

function hash(text: string): string {
  return oneHash('sha256', text);
}

/** Another process has built another plan from what should be the same module. */
export function planDiffers(pipeline: string, where: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_PLAN_DIFFERS',
    what: `${where} has built another plan of '${pipeline}' than the process that started it`,
    where: `pipeline '${pipeline}'`,
    todo: 'Build the same pipeline wherever the module is loaded: take what differs from setting(…), not from the time, the environment, the arguments or isMainThread.',
  });
}

/** A plan that was written with `headrace plan --json`. */
export function readPlanJson(text: string, where: string): PlanJson {
  let read: Partial<PlanJson> | null | undefined;
  let cause: unknown;
  try {
    read = JSON.parse(text) as Partial<PlanJson> | null;
  } catch (error) {
    cause = error;
  }
  if (read?.version === 1 && Array.isArray(read.nodes)) return read as PlanJson;
  const isNewer = typeof read?.version === 'number' && read.version > 1;
  throw new HeadraceError({
    code: 'HR_PLAN_UNREADABLE',
    what: isNewer ? `this plan has version ${read?.version}, and this Headrace knows version 1` : 'this is no plan',
    where,
    todo: isNewer ? 'Use the Headrace that wrote it, or a newer one.' : 'Write one with `headrace plan shop.ts --json > plan.json`.',
    cause,
  });
}
