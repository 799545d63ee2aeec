import { MAIN, type OutputDeclarations, type Sent, type ValueOfOutput } from '../operators/process-handler.ts';
import type { Draft, DraftNode } from './draft.ts';
import type { KeyedStream } from './keyed-stream.ts';

/** What a handler emits: its main stream, and its further outputs by name. */
export interface ProcessedStream<K, U, S> extends KeyedStream<K, U> {
  readonly outputs: { readonly [Label in keyof S]: KeyedStream<K, ValueOfOutput<S[Label]>> };
}

/** The nodes behind a handler with several outputs: each gets what was sent to it. */
export function outputNodes(draft: Draft, node: DraftNode, outputs: OutputDeclarations): ReadonlyMap<string, DraftNode> {
  const labels = [MAIN, ...Object.keys(outputs)];
  const tests = labels.map((label) => (value: unknown) => (value as Sent).to === label);
  const split = draft.add({ type: 'split', labels, tests, pick: (value) => (value as Sent).value }, [node]);
  return new Map(labels.map((label) => [label, draft.add({ type: 'branch', label }, [split])]));
}
