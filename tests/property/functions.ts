import type { PlanNode } from './random-plan.ts';

/** What a user's function of a random plan does with one value. Both the pipeline and the interpreter ask here. */
export type Deed = { readonly is: 'value'; readonly value: unknown } | { readonly is: 'throw' | 'fail'; readonly what: string };

/** Any value as a small whole number. */
export function number(value: unknown): number {
  if (typeof value === 'number') return Math.abs(Math.trunc(value)) % 9973;
  if (typeof value === 'string') return value.length;
  if (typeof value === 'bigint') return Number(value % 9973n);
  if (typeof value === 'boolean') return value ? 2 : 1;
  if (typeof value !== 'object' || value === null) return 0;
  let sum = 1;
  for (const part of Object.values(value)) sum = (sum * 3 + number(part)) % 9973;
  return sum;
}

/** Any value as text; of one that JSON has no word for too. */
export function text(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));
}

/** The values of a source: source 1's differ from source 0's. */
export function sourceValues(node: PlanNode, records: number): number[] {
  return Array.from({ length: records }, (_, i) => (i * 7 + node.b * 1000 + 3) % 997);
}

function hit(node: PlanNode, value: unknown): Deed | undefined {
  const { fault } = node;
  if (fault === undefined || number(value) % fault.every !== fault.at) return undefined;
  return { is: fault.kind === 'fail' && mayFail(node) ? 'fail' : 'throw', what: `n${node.id} broke at ${text(value)}` };
}

/** `fail()` is an answer of these; where a key or a number is wanted only a throw is left. */
function mayFail({ op }: PlanNode): boolean {
  return (
    op === 'map' ||
    op === 'filter' ||
    op === 'flatMap' ||
    op === 'tap' ||
    op === 'scan' ||
    op === 'mapAsync' ||
    op === 'mapBatch' ||
    op === 'split'
  );
}

const ok = (value: unknown): Deed => ({ is: 'value', value });

export function mapped(node: PlanNode, value: unknown): Deed {
  return hit(node, value) ?? ok((number(value) * node.a + node.b + node.id) % 9973);
}
export function kept(node: PlanNode, value: unknown): Deed {
  return hit(node, value) ?? ok(number(value) % (node.a + 1) !== node.b % (node.a + 1));
}
export function looked(node: PlanNode, value: unknown): Deed {
  return hit(node, value) ?? ok(undefined);
}
export function keyed(node: PlanNode, value: unknown): Deed {
  const rest = number(value) % (node.a + 1);
  return hit(node, value) ?? ok(node.b % 2 === 0 ? `k${rest}` : rest);
}
export function folded(node: PlanNode, state: number, value: unknown): Deed {
  return hit(node, value) ?? ok((state * 2 + number(value)) % 9973);
}
export function measured(node: PlanNode, value: unknown): Deed {
  return hit(node, value) ?? ok(number(value));
}
/** The branch of a split a value goes to: 0, 1, or 2 for none. */
export function branched(node: PlanNode, branch: number, value: unknown): Deed {
  return hit(node, value) ?? ok(number(value) % (node.a + 2) === branch);
}

/** The children of a value, one deed each, and whether the generator throws in the end. */
export interface Children {
  readonly deeds: readonly Deed[];
  readonly thrown: string | undefined;
}
export function children(node: PlanNode, value: unknown): Children {
  const n = number(value);
  const count = node.a > 2 ? 1 + ((n + node.b) % 3) : (n + node.b) % 4;
  const deeds: Deed[] = Array.from({ length: count }, (_, i) => ok((n * 3 + i * node.a + node.id) % 9973));
  const broken = hit(node, value);
  if (broken === undefined || broken.is === 'value') return { deeds, thrown: undefined };
  if (node.fault!.kind === 'child') {
    deeds.splice(count >> 1, 0, { is: 'fail', what: broken.what });
    return { deeds, thrown: undefined };
  }
  return node.fault!.kind === 'late' ? { deeds, thrown: broken.what } : { deeds: [broken], thrown: broken.what };
}
/** A whole-call refusal of flatMap by `fail()` instead of a throw. */
export const failsAsAWhole = (node: PlanNode): boolean => node.fault?.kind === 'fail';
