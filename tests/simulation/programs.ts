import { json } from '../../src/codecs/json.ts';
import { fileSink } from '../../src/connectors/files/file-sink.ts';
import { fileSource } from '../../src/connectors/files/file-source.ts';
import { topic } from '../../src/connectors/topics/topic.ts';
import type { Sink } from '../../src/core/sink.ts';
import type { Source } from '../../src/core/source.ts';
import { type Pipeline, pipeline } from '../../src/pipeline/pipeline.ts';
import { type EmbeddedOptions, embeddedAs } from '../../src/runtime/embedded.ts';
import type { Run, RunOptions } from '../../src/runtime/runtime.ts';
import { PlanStage } from '../../src/runtime/stages/plan-stage.ts';
import { buildPlan, type Item } from './build-plan.ts';
import type { Database } from './database.ts';
import type { DrawnPlan, DrawnSource, SinkKind, StateKind } from './draw-plan.ts';
import { inputPath, topicOf } from './machine.ts';
import { DIR } from './outputs.ts';
import type { Outside } from './outside.ts';
import type { Process } from './process.ts';

/** How a life runs its pipeline: no answer depends on it. */
export interface Manner extends Required<Pick<EmbeddedOptions, 'chunk' | 'codegen' | 'checkpointEvery' | 'keepCheckpoints' | 'memory'>> {
  readonly copies: number;
  readonly state: StateKind;
}

/** Where a source of a program was opened, by partition: never further back than before. */
export type Opened = (source: string, partition: string, resume: unknown) => void;

export interface Program {
  readonly name: string;
  /** A topic has no end: it is done when it has caught up. */
  readonly isEndless: boolean;
  make(process: Process, isMended: boolean): Pipeline;
}

/** What is there whoever lives. */
export interface Around {
  readonly outsides: ReadonlyMap<string, Outside>;
  readonly database: Database;
  readonly opened: Opened;
}

/** What the drawn plan is in a process. */
export function mainProgram(drawn: DrawnPlan, { outsides, database, opened }: Around): Program {
  return {
    name: 'main',
    isEndless: drawn.sources.some(({ kind }) => kind === 'topic' || kind === 'liveTopic'),
    make: (process, isMended) => {
      const wait = waitIn(process);
      return buildPlan(drawn, {
        isMended,
        wait,
        source: (at) => watched(sourceOf(drawn.sources[at]!, outsides, wait), opened),
        sink: (at) => sinkOf(drawn.branches[at]!.sink, `out${at}`, database),
        letters: () => fileSink<Item>('/out/letters.jsonl', json()),
      });
    },
  };
}

/** Writes the topic that the main program reads meanwhile. */
export function feedProgram(source: DrawnSource, outside: Outside, opened: Opened): Program {
  return {
    name: 'feed',
    isEndless: false,
    make: (process) =>
      pipeline('feed')
        .from(watched(outside.source(waitIn(process)), opened), { name: 'fed' })
        .keyBy((item) => item.lane)
        .scan(
          'ordinal',
          (): Item => ({ lane: '', s: '0', n: 0 }),
          (before, item) => ({ ...item, s: `${item.s} ${before.n}`, n: item.n }),
        )
        .to(topicOf(source.name)),
  };
}

function sourceOf(source: DrawnSource, outsides: ReadonlyMap<string, Outside>, wait: (ms: number) => Promise<void>): Source<Item> {
  if (source.kind === 'outside') return outsides.get(source.name)!.source(wait);
  if (source.kind === 'file') return fileSource<Item>(inputPath(source.name), json(), { blockBytes: 256 });
  return topicOf(source.name);
}

function sinkOf(kind: SinkKind, name: string, database: Database): Sink<Item> {
  if (kind === 'file') return fileSink<Item>(`/out/${name}.jsonl`, json());
  if (kind === 'arbiter') return database.sink();
  return topic<Item>(name, json(), { partitions: 2, key: (item) => item.lane, visible: kind === 'topic' ? 'atCommit' : 'atOnce' });
}

function watched(source: Source<Item>, opened: Opened): Source<Item> {
  return {
    ...source,
    open: (partition, resume, context) => {
      opened(source.id, String(partition), resume);
      return source.open(partition, resume, context);
    },
  };
}

function waitIn({ world }: Process): (ms: number) => Promise<void> {
  return (ms) => new Promise((go) => void world.scheduler.after(ms, go));
}

const LOOSE = { add() {}, isTight: false, isOverShare: false, whenFree: (fn: () => void) => fn() };

/** Starts a life of a program; stages are in this process, each copy with a part of the keys. */
export async function startLife(
  program: Program,
  process: Process,
  manner: Manner,
  options: RunOptions & { isMended?: boolean },
): Promise<Run> {
  const { copies, ...embedded } = manner;
  const { isMended = false, ...running } = options;
  const runtime = embeddedAs({ dir: DIR, world: process.world, ...embedded }, (plan, { codegen, chunkLimit }) =>
    copies === 1
      ? undefined
      : {
          parallelism: copies,
          makeStage: (cut, _index, counters) => new PlanStage(plan, cut, { codegen, chunkLimit, budget: LOOSE, counters }),
        },
  );
  return await runtime.start(program.make(process, isMended), { signals: false, signal: process.signal, ...running });
}
