import { HeadraceError } from '../core/error.ts';
import { type Draft, type DraftNode, lineOf } from './draft.ts';
import { endNameOf, nameOf, ownsName, placeOf } from './node-names.ts';
import { workersProblems } from './workers-problems.ts';

/** Everything that is wrong with a draft, each with the line of the user. */
export function problemsOf(draft: Draft): readonly HeadraceError[] {
  return [...emptyProblems(draft), ...unusedProblems(draft), ...nameProblems(draft), ...arbiterProblems(draft), ...workersProblems(draft)];
}

/** One problem as it is, several as one error that lists them. */
export function oneError(pipeline: string, problems: readonly HeadraceError[]): HeadraceError {
  if (problems.length === 1) return problems[0]!;
  return new HeadraceError({
    code: 'HR_PLAN_INVALID',
    what: `pipeline '${pipeline}' has ${problems.length} problems`,
    todo: `Mend all of them:\n${problems.map((problem) => `  ${problem.code}: ${problem.message}`).join('\n')}`,
    cause: new AggregateError(problems, 'problems of the plan'),
  });
}

function emptyProblems(draft: Draft): readonly HeadraceError[] {
  if (draft.nodes.some((node) => node.body.type === 'source')) return [];
  return [
    new HeadraceError({
      code: 'HR_PIPELINE_EMPTY',
      what: 'the pipeline reads nothing',
      where: `pipeline '${draft.name}'`,
      todo: 'Begin with .from(source) and end with .to(sink).',
    }),
  ];
}

function unusedProblems(draft: Draft): readonly HeadraceError[] {
  const read = new Set(draft.nodes.flatMap((node) => node.inputs));
  // Of a split nobody needs every branch, but somebody must read one.
  const unused = draft.nodes.filter((node) => node.body.type !== 'sink' && node.body.type !== 'branch' && !read.has(node));
  return unused.map(
    (node) =>
      new HeadraceError({
        code: 'HR_STREAM_UNUSED',
        what: 'this stream ends nowhere',
        where: placeOf(draft, node),
        todo: 'Give it a sink with .to(…), or remove it.',
      }),
  );
}

/** Names are per role: a source may be called like a sink, since what they keep is kept apart. */
function nameProblems(draft: Draft): readonly HeadraceError[] {
  const problems: HeadraceError[] = [];
  const named = new Map<string, DraftNode>();
  for (const node of draft.nodes) {
    const end = endNameOf(node);
    const name = end ?? nameOf(node);
    if (name === undefined) continue;
    const role = end === undefined ? 'operator' : node.body.type;
    const other = named.get(`${role} ${name}`);
    named.set(`${role} ${name}`, node);
    if (other === undefined || (end !== undefined && !ownsName(node) && !ownsName(other))) continue;
    const at = lineOf(other) ?? 'an unknown line';
    const todo =
      end === undefined
        ? 'State is kept by name, so each needs its own.'
        : `Positions and commits are kept by name: give each its own with .${role === 'source' ? 'from' : 'to'}(…, { name: '…' }).`;
    problems.push(
      new HeadraceError({
        code: 'HR_NAME_TAKEN',
        what: `two ${role}s have the name '${name}' (the other at ${at})`,
        where: placeOf(draft, node),
        todo,
      }),
    );
  }
  return problems;
}

/** Two databases cannot decide one thing: the first may have committed what the second never will. */
function arbiterProblems(draft: Draft): readonly HeadraceError[] {
  const arbiters = draft.nodes.filter(({ body }) => body.type === 'sink' && body.sink.delivery === 'arbiter');
  return arbiters.slice(1).map(
    (node) =>
      new HeadraceError({
        code: 'HR_ARBITER_SECOND',
        what: 'a pipeline can have one sink that decides over its checkpoints, and this is the second',
        where: placeOf(draft, node),
        todo: 'Write both tables through one database, or send the records of one to a topic and write them by a pipeline of their own.',
      }),
  );
}
