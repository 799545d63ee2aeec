import { HeadraceError } from '../core/error.ts';
import type { Draft, DraftNode } from './draft.ts';
import { kindOf, nameOf, placeOf } from './node-names.ts';
import { isKeyStep, keyedNodes, needsOneCopy } from './plan-node.ts';

/**
 * What may not stand between the two ends of `onWorkers`: whatever would need to see the records of all threads, and
 * every way in or out that is not one of the two ends.
 */
export function workersProblems(draft: Draft): readonly HeadraceError[] {
  const entries = draft.nodes.filter((node) => node.body.type === 'workers');
  if (entries.length === 0) return [];
  const keyed = keyedNodes(draft.nodes);
  return entries.flatMap((entry) => problemsBehind(draft, entry, keyed));
}

function problemsBehind(draft: Draft, entry: DraftNode, keyed: ReadonlySet<DraftNode>): readonly HeadraceError[] {
  const name = nameOf(entry)!;
  const problems: HeadraceError[] = [];
  const refuse = (node: DraftNode, what: string, todo: string): void => {
    problems.push(
      new HeadraceError({ code: 'HR_WORKERS_INVALID', what: `${what} onWorkers '${name}'`, where: placeOf(draft, node), todo }),
    );
  };
  const inside = new Set([entry]);
  let isLeft = false;
  for (const node of draft.nodes) {
    if (node === entry || !node.inputs.some((input) => inside.has(input))) continue;
    const { body } = node;
    if (body.type === 'rejoin') {
      isLeft ||= body.name === name;
      continue;
    }
    inside.add(node);
    const isInputKeyed = node.inputs.every((input) => keyed.has(input));
    if (body.type === 'sink')
      refuse(node, 'records leave the pipeline from within', 'Answer the stream from the part, and write .to(…) behind it.');
    else if (body.type === 'workers') refuse(node, 'threads would be started within', 'Write one behind the other.');
    else if (isKeyStep(node)) refuse(node, 'records would get a new key within', 'Write keyBy before it or behind it.');
    else if (node.inputs.some((input) => !inside.has(input)))
      refuse(node, 'records come from elsewhere into', 'Merge the streams before it or behind it.');
    else if (needsOneCopy(node, isInputKeyed, isInputKeyed ? 'key' : 'workers'))
      refuse(
        node,
        `${kindOf(node)} needs to see all records, and each thread sees some of them within`,
        'Write it before it or behind it.',
      );
  }
  if (!isLeft)
    refuse(entry, 'the stream that the part answers does not come out of', 'Answer what you made of the stream the part was given.');
  return problems;
}
