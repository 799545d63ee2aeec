import { Chunk, gather } from '../../core/chunk.ts';
import type { Codec } from '../../core/codec.ts';
import { OwnRecord } from '../../core/record-of.ts';
import type { Finish } from '../../core/station.ts';
import type { Plan, PlanNode } from '../../pipeline/plan.ts';
import type { StageCut, StagePart } from '../../pipeline/stage-cut.ts';
import type { Inlet, Outlet, Push } from '../edges.ts';
import type { FlowHost, Refuser } from '../flow-host.ts';

/** What moves onto the threads of `onWorkers`, so that bytes go in and bytes come out. */
export interface Inside {
  /** Of inputs: the source whose bodies are decoded in the stage. */
  readonly decoding: ReadonlyMap<string, { readonly node: PlanNode; readonly codec: Codec<unknown> }>;
  /** Of outputs: the sink whose values are encoded in the stage. */
  readonly encoding: ReadonlyMap<string, { readonly node: PlanNode; readonly codec: Codec<unknown> }>;
}

const NOTHING: Inside = { decoding: new Map(), encoding: new Map() };

/** Both ends of a line ask this of the same plan. */
export function insideOf(plan: Plan, cut: StageCut, stage: StagePart): Inside {
  if (stage.spread !== 'workers') return NOTHING;
  const nodes = new Map(plan.nodes.map((node) => [node.id, node]));
  const decoding = stage.inputs.flatMap((input) => {
    const node = nodes.get(input)!;
    const isOnlyHere = cut.edges.filter(({ from }) => from === input).length === 1;
    const codec = node.body.type === 'source' ? node.body.source.codec : undefined;
    return codec !== undefined && isOnlyHere ? [[input, { node, codec }] as const] : [];
  });
  const encoding = stage.outputs.flatMap((output) => {
    const edges = cut.edges.filter(({ from }) => from === output);
    const [to] = edges.flatMap((edge) => ('stage' in edge.to ? [edge.to.stage] : []));
    const behind = cut.stages.find(({ id }) => id === to);
    // Only where nothing happens between the threads and the sink.
    if (edges.length !== 1 || behind?.nodes.length !== 1 || behind.nodes[0]!.body.type !== 'rejoin') return [];
    const leaving = cut.edges.filter(({ from }) => from === behind.nodes[0]!.id);
    const node = leaving.length === 1 && 'sink' in leaving[0]!.to ? nodes.get(leaving[0]!.to.sink) : undefined;
    if (node?.body.type !== 'sink' || node.body.sink.bodies === undefined || node.body.sink.codec === undefined) return [];
    return [[output, { node, codec: node.body.sink.codec as Codec<unknown> }] as const];
  });
  return { decoding: new Map(decoding), encoding: new Map(encoding) };
}

/** Sources whose bodies are decoded in a stage, and sinks that get bodies. */
export function endsInside(plan: Plan, cut: StageCut): ReadonlySet<string> {
  const insides = cut.stages.map((stage) => insideOf(plan, cut, stage));
  return new Set(insides.flatMap(({ decoding, encoding }) => [...decoding.values(), ...encoding.values()].map(({ node }) => node.id)));
}

/** Encodes what leaves, value by value: one that cannot be encoded is refused as the sink would have refused it. */
export class EncodingInlet implements Inlet {
  readonly id: string;
  readonly #codec: Codec<unknown>;
  readonly #by: Refuser;
  readonly #host: FlowHost;
  readonly #to: Inlet;

  constructor(codec: Codec<unknown>, by: Refuser, host: FlowHost, to: Inlet) {
    this.id = to.id;
    this.#codec = codec;
    this.#by = by;
    this.#host = host;
    this.#to = to;
  }

  connect(from: Outlet): void {
    this.#to.connect(from);
  }

  push(chunk: Chunk): Push {
    const bodies: Uint8Array[] = [];
    const kept = new Int32Array(chunk.values.length);
    for (let i = 0; i < chunk.values.length; i++) {
      try {
        const body = this.#codec.encode(chunk.values[i]);
        kept[bodies.length] = i;
        bodies.push(body);
      } catch (error) {
        this.#by.counters.errors++;
        if (this.#host.refused(this.#by, error, chunk.values[i], new OwnRecord(chunk, i))) break;
      }
    }
    const lineage = bodies.length === chunk.values.length ? chunk : gather(chunk, kept, bodies.length);
    return this.#host.postLetters(this.#to.push(new Chunk<unknown>(bodies, chunk.origin, lineage, chunk.control)));
  }

  finish(how: Finish): void {
    this.#to.finish(how);
  }
}
