import { InternedKeys } from '../base/key-table.ts';
import { Chunk } from '../core/chunk.ts';
import { splitByGroup } from '../core/split-by-group.ts';
import type { Stage } from '../core/stage.ts';
import type { Capture, RestoredSections, Section } from '../core/state.ts';
import { planFor } from '../pipeline/pipeline.ts';
import type { Plan } from '../pipeline/plan.ts';
import { type StagePart, stagesOf } from '../pipeline/stage-cut.ts';
import { speaksFor, tellsTime } from '../runtime/time-sections.ts';
import { ReadOrigin } from '../runtime/read-origin.ts';
import { MS_APART, numbers, RECORDS, type StageCase, sourceName } from './stage-case.ts';
import { type DriverOptions, type Leaving, type Left, StageDriver } from './stage-driver.ts';

/** What an implementer is asked to make a stage of. */
export interface StageOfPlan {
  readonly plan: Plan;
  readonly part: StagePart;
  /** The module whose default export is the pipeline, for stages that run in another process. */
  readonly module: URL;
}

/** A stage, and what is done once nobody needs it any more. */
export interface MadeStage {
  readonly stage: Stage;
  dispose?(): void | Promise<void>;
}

export type MakeStage = (of: StageOfPlan) => MadeStage | Promise<MadeStage>;

export type Sections = ReadonlyMap<Section, Uint8Array>;

export interface FleetOptions {
  readonly patienceMs: number;
  readonly copies?: number;
  readonly restored?: Sections;
  busyFor?: DriverOptions['busyFor'];
}

/** All copies of the stage of a case, and what a host does with them. */
export class StageFleet {
  readonly drivers: readonly StageDriver[];
  readonly owners: Int32Array;
  readonly #case: StageCase;
  readonly #part: StagePart;
  readonly #keys: InternedKeys;
  readonly #made: readonly MadeStage[];

  private constructor(of: StageCase, { plan, part, made }: Open, options: FleetOptions) {
    this.#case = of;
    this.#part = part;
    this.#made = made;
    this.#keys = new InternedKeys({ maxParallelism: plan.maxParallelism });
    const { restored, patienceMs, busyFor } = options;
    const copies = made.length;
    this.owners = Int32Array.from({ length: plan.maxParallelism }, (_, group) => Math.floor((group * copies) / plan.maxParallelism));
    this.drivers = made.map(({ stage }, index) => {
      const groups = [...this.owners.keys()].filter((group) => this.owners[group] === index);
      const mine = restored === undefined ? undefined : restoredOf(this.#ownedBy(restored, index));
      const outputs = [...part.outputs, LETTERS];
      return new StageDriver(stage, {
        index,
        parallelism: copies,
        groups,
        outputs,
        restored: mine,
        patienceMs,
        ...(busyFor && { busyFor }),
      });
    });
  }

  static async open(of: StageCase, make: MakeStage, options: FleetOptions): Promise<StageFleet> {
    const plan = planFor(of.build());
    const part = stagesOf(plan).stages.find(({ nodes }) => nodes.some(({ id }) => id === of.at));
    if (part === undefined) throw new RangeError(`the case '${of.name}' has no node '${of.at}'`);
    const made: MadeStage[] = [];
    for (let copy = 0; copy < (options.copies ?? 1); copy++) made.push(await make({ plan, part, module: moduleOf(of.name) }));
    const fleet = new StageFleet(of, { plan, part, made }, options);
    for (const driver of fleet.drivers) await driver.open();
    return fleet;
  }

  /** Everything up to the record at `to`, from `from` on, each chunk followed by its watermark. */
  async feed(from: number, to: number, size = 7): Promise<void> {
    for (let first = from; first < to; first += size) {
      const end = Math.min(to, first + size);
      for (let source = 0; source < this.#case.sources; source++) await this.bring(source, first, end);
      for (let source = 0; source < this.#case.sources; source++) await this.watermark(source, end * MS_APART);
    }
  }

  /** Goes on behind so many records. Whoever makes watermarks says the last one again. */
  async goOn(from: number, to: number = RECORDS): Promise<void> {
    if (from > 0) for (let source = 0; source < this.#case.sources; source++) await this.watermark(source, from * MS_APART);
    await this.feed(from, to);
  }

  async bring(source: number, first: number, end: number): Promise<void> {
    const values = numbers(source).slice(first, end);
    const times = values.map((_, i) => (first + i) * MS_APART);
    const origin = new ReadOrigin(sourceName(source), '0', { positions: { first }, times });
    const { key } = this.#case;
    const lineage = key === undefined ? {} : { keys: this.#keys, keyIds: Int32Array.from(values, (n) => this.#keys.idOf(key(n))) };
    const chunk = new Chunk<unknown>([...values], origin, lineage);
    const shares = key === undefined ? [chunk] : splitByGroup(chunk, this.owners, this.drivers.length);
    await this.#each((stage, index) => {
      const share = shares[index];
      return share === undefined ? undefined : stage.process(this.input(source), share);
    }, 'process');
  }

  watermark(source: number, ms: number): Promise<void> {
    return this.#each((stage) => stage.watermark(this.input(source), ms), 'watermark');
  }

  idle(source: number): Promise<void> {
    return this.#each((stage) => stage.idle(this.input(source)), 'idle');
  }

  /** Cuts a checkpoint; what comes back can be written whenever it suits. */
  async barrier(n: number): Promise<readonly Capture[]> {
    const captures: Capture[] = [];
    for (const driver of this.drivers) captures.push(await driver.barrier(n));
    return captures;
  }

  async end(): Promise<void> {
    for (let source = 0; source < this.#case.sources; source++) await this.endOf(source);
  }

  endOf(source: number): Promise<void> {
    return this.#each((stage) => stage.end(this.input(source)), 'end');
  }

  stop(): Promise<void> {
    return this.#each((stage) => stage.stop(), 'stop');
  }

  closing(): readonly Capture[] {
    return this.drivers.map((driver) => driver.stage.closing());
  }

  async close(): Promise<void> {
    for (const driver of this.drivers) driver.close();
    for (const { dispose } of this.#made) await dispose?.();
  }

  get records(): Left[] {
    return this.drivers.flatMap((driver) => driver.records).filter(({ output }) => output !== LETTERS);
  }

  get letters(): Left[] {
    return this.drivers.flatMap((driver) => driver.records).filter(({ output }) => output === LETTERS);
  }

  /** What has left between two barriers; `0` is the beginning. */
  between(from: number, to: number = Number.POSITIVE_INFINITY): Left[] {
    return this.drivers.flatMap(({ leaving }) => slice(leaving, from, to)).filter(({ output }) => output !== LETTERS);
  }

  /** How the stage calls what comes from a source. */
  input(source: number): string {
    const name = sourceName(source);
    return this.#part.inputs.find((input) => input === name || input.startsWith(`${name}/`))!;
  }

  async #each(call: (stage: Stage, index: number) => void | Promise<void>, what: string): Promise<void> {
    for (const [index, driver] of this.drivers.entries()) await driver.give(what, (stage) => call(stage, index));
  }

  /** Groups have an owner; what belongs to no group goes to the first copy. How far time had come goes to all whom it is about. */
  #ownedBy(sections: Sections, index: number): Sections {
    const owner = ({ scope }: Section): number => (scope.kind === 'group' ? this.owners[scope.group]! : 0);
    const groups = [...this.owners.keys()].filter((group) => this.owners[group] === index);
    const isMine = (section: Section): boolean =>
      tellsTime(section) ? speaksFor(section, sections.keys(), groups) : owner(section) === index;
    return new Map([...sections].filter(([section]) => isMine(section)));
  }
}

interface Open {
  readonly plan: Plan;
  readonly part: StagePart;
  readonly made: readonly MadeStage[];
}

/** The output of refused records. */
const LETTERS = 'dead letters';

/** The module whose default export is the pipeline of a case. */
function moduleOf(name: string): URL {
  const file = import.meta.url.endsWith('.ts') ? './stage-case-module.ts' : './stage-case-module.js';
  const url = new URL(file, import.meta.url);
  url.searchParams.set('case', name);
  return url;
}

/** What captures write; sections of all copies together. */
export async function written(captures: readonly Capture[]): Promise<Sections> {
  const sections = new Map<Section, Uint8Array>();
  for (const capture of captures) await capture.write({ section: (section, bytes) => void sections.set(section, bytes.slice()) });
  return sections;
}

function restoredOf(sections: Sections): RestoredSections {
  return { list: () => [...sections.keys()], read: (section) => sections.get(section)! };
}

function slice(leaving: readonly Leaving[], from: number, to: number): Left[] {
  const at = (n: number): number => leaving.findIndex((one) => 'barrier' in one && one.barrier === n);
  const first = from === 0 ? 0 : at(from) + 1;
  const end = to === Number.POSITIVE_INFINITY ? leaving.length : at(to);
  return leaving.slice(first, end).flatMap((one) => ('record' in one ? [one.record] : []));
}
