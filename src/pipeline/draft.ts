import type { Codec } from '../core/codec.ts';
import { HeadraceError } from '../core/error.ts';
import type { OnError } from '../core/failure.ts';
import type { Operator } from '../core/operator.ts';
import type { Sink } from '../core/sink.ts';
import type { Source } from '../core/source.ts';
import type { StationOperator } from '../core/station.ts';
import { wholeNumber } from '../core/units.ts';

export interface PipelineOptions {
  /** What becomes of a record that an operator refuses: `stop` (the default), `skip`, or `deadLetter`. */
  readonly onError?: OnError;
  /** Into how many groups keys fall, fixed for the life of the state; 128 unless told, at most 32,768. */
  readonly maxParallelism?: number;
  /** State kept under an old name goes to the operator, source or sink of the new one: `{ old: 'new' }`. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Names whose state is dropped. */
  readonly forget?: readonly string[];
}

/** A name of a source or a sink in the plan, in the place of what it calls itself. */
export interface EndOptions {
  readonly name?: string;
}

/** What a node of the graph does; the functions in it never leave the process. */
export type NodeBody =
  | { readonly type: 'source'; readonly source: Source<unknown>; readonly name: string | undefined }
  | { readonly type: 'step'; readonly operator: Operator }
  | { readonly type: 'station'; readonly operator: StationOperator }
  | { readonly type: 'merge' }
  | {
      readonly type: 'split';
      readonly labels: readonly string[];
      readonly tests: readonly ((value: unknown) => boolean)[];
      /** What a branch gets of a value it has chosen; the value itself unless told. */
      readonly pick?: (value: unknown) => unknown;
    }
  | { readonly type: 'branch'; readonly label: string }
  | { readonly type: 'letters' }
  | { readonly type: 'workers'; readonly name: string; readonly threads: number }
  | { readonly type: 'rejoin'; readonly name: string }
  /** `isImplied`: the pipeline says nothing of it; dead letters that nobody reads go there. */
  | { readonly type: 'sink'; readonly sink: Sink<unknown>; readonly name: string | undefined; readonly isImplied?: true };

/** A node while the pipeline is being written. */
export interface DraftNode {
  readonly body: NodeBody;
  readonly inputs: readonly DraftNode[];
  /** Made where the user called, so that a problem found later can name the line. */
  readonly made: Error;
  /** Writes the records that leave this node where they must be bytes. */
  edgeCodec: Codec<unknown> | undefined;
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
    checkMaxParallelism(options.maxParallelism ?? 1);
  }

  add(body: NodeBody, inputs: readonly DraftNode[]): DraftNode {
    this.#checkOpen();
    checkEnd(body, this.name);
    const node: DraftNode = { body, inputs, made: here(), edgeCodec: undefined };
    this.nodes.push(node);
    return node;
  }

  /** Everybody who reads the node gets bytes of this codec, so there is one for all. */
  encodeAs(node: DraftNode, codec: Codec<unknown>): void {
    this.#checkOpen();
    if (typeof codec?.encode === 'function' && (node.edgeCodec ?? codec) === codec) {
      node.edgeCodec = codec;
      return;
    }
    throw new HeadraceError({
      code: 'HR_OPTION_INVALID',
      what: node.edgeCodec === undefined ? 'this is no codec' : `this stream has the codec '${node.edgeCodec.kind}' already`,
      where: `pipeline '${this.name}', .as(…)`,
      todo: 'A stream has one codec for all of its readers, as json() makes one.',
    });
  }

  #checkOpen(): void {
    if (!this.isFrozen) return;
    throw new HeadraceError({
      code: 'HR_PLAN_FROZEN',
      what: 'a pipeline that has been run or drawn cannot be changed',
      where: `pipeline '${this.name}'`,
      todo: 'Write all of it before the first run, start or plan; make a second pipeline for the rest.',
    });
  }
}

function checkMaxParallelism(groups: number): void {
  if (wholeNumber(groups, 'option maxParallelism') <= 32_768) return;
  throw new HeadraceError({
    code: 'HR_OPTION_INVALID',
    what: `${groups} key groups are more than 32768`,
    where: 'option maxParallelism',
    todo: 'Take a few times the number of copies that will ever run; 128 is enough for most.',
  });
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
