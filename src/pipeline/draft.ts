import { HeadraceError } from '../core/error.ts';
import type { OnError } from '../core/failure.ts';
import type { Operator } from '../core/operator.ts';
import type { Sink } from '../core/sink.ts';
import type { Source } from '../core/source.ts';
import type { StationOperator } from '../core/station.ts';

export interface PipelineOptions {
  /** What becomes of a record that an operator refuses: `stop` (the default), `skip`, or `deadLetter`. */
  readonly onError?: OnError;
}

/** What a node of the graph does; the functions in it never leave the process. */
export type NodeBody =
  | { readonly type: 'source'; readonly source: Source<unknown> }
  | { readonly type: 'step'; readonly operator: Operator }
  | { readonly type: 'station'; readonly operator: StationOperator }
  | { readonly type: 'merge' }
  | { readonly type: 'split'; readonly labels: readonly string[]; readonly tests: readonly ((value: unknown) => boolean)[] }
  | { readonly type: 'branch'; readonly label: string }
  | { readonly type: 'letters' }
  | { readonly type: 'sink'; readonly sink: Sink<unknown> };

/** A node while the pipeline is being written. */
export interface DraftNode {
  readonly body: NodeBody;
  readonly inputs: readonly DraftNode[];
  /** Made where the user called, so that a problem found later can name the line. */
  readonly made: Error;
}

/** The graph behind a pipeline, growing with every dot until the first use freezes it. */
export class Draft {
  readonly name: string;
  readonly options: PipelineOptions;
  readonly nodes: DraftNode[] = [];
  isFrozen = false;

  constructor(name: string, options: PipelineOptions) {
    this.name = name;
    this.options = options;
  }

  add(body: NodeBody, inputs: readonly DraftNode[]): DraftNode {
    if (this.isFrozen) {
      throw new HeadraceError({
        code: 'HR_PLAN_FROZEN',
        what: 'a pipeline that has been run or drawn cannot be changed',
        where: `pipeline '${this.name}'`,
        todo: 'Write all of it before the first run, start or plan; make a second pipeline for the rest.',
      });
    }
    checkEnd(body, this.name);
    const node: DraftNode = { body, inputs, made: here() };
    this.nodes.push(node);
    return node;
  }
}

/** From JavaScript anything can arrive here; later it would be an error about a property of undefined. */
function checkEnd(body: NodeBody, pipeline: string): void {
  if (body.type !== 'source' && body.type !== 'sink') return;
  const end: { readonly open?: unknown } | undefined = body.type === 'source' ? body.source : body.sink;
  if (typeof end?.open === 'function') return;
  throw new HeadraceError({
    code: 'HR_OPTION_INVALID',
    what: `this is no ${body.type}`,
    where: `pipeline '${pipeline}', .${body.type === 'source' ? 'from' : 'to'}(…)`,
    todo: `Give it a ${body.type}: an object with open(), as values(…), print() and the connectors make them.`,
  });
}

/** The stack is formatted only when somebody reads it, so this costs about a microsecond a node. */
function here(): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 12;
  const made = new Error('made here');
  Error.stackTraceLimit = stackTraceLimit;
  return made;
}

const OURS = import.meta.dirname.replace(/[/\\]pipeline$/, '');

/** `shop.ts:12:3`, the first line of the stack that is not ours. */
export function lineOf(node: DraftNode): string | undefined {
  for (const frame of (node.made.stack ?? '').split('\n').slice(1)) {
    const place = /\(?((?:file:\/\/)?[^\s()]+:\d+:\d+)\)?$/.exec(frame)?.[1];
    if (place === undefined || place.startsWith('node:')) continue;
    const path = place.replace(/^file:\/\//, '');
    if (path.startsWith(OURS) && !/\.test\.ts:/.test(path)) continue;
    return path.replace(`${process.cwd()}/`, '');
  }
  return undefined;
}
