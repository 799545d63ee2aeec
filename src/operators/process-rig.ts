import { InternedKeys } from '../base/key-table.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { Chunk } from '../core/chunk.ts';
import { idOf, timeOf } from '../core/record-of.ts';
import type { StationOperator } from '../core/station.ts';
import { mean } from '../windows/aggregates/sum.ts';
import {
  aggregateCell,
  type AggregateCell,
  cell,
  type CellDeclaration,
  listCell,
  type ListCell,
  mapCell,
  type MapCell,
  type ValueCell,
} from './process-cells.ts';
import {
  type Emits,
  type Output,
  output,
  type ProcessContext,
  type ProcessHandler,
  type ProcessOptions,
  type AnyHandler,
} from './process-handler.ts';
import { process } from './process.ts';
import { chunkOf, type RigOptions, type RigSnapshot, StationRig } from './station-rig.ts';

interface Cells {
  readonly value: CellDeclaration<ValueCell<number>>;
  readonly map: CellDeclaration<MapCell<string, number>>;
  readonly list: CellDeclaration<ListCell<number>>;
  readonly mean: CellDeclaration<AggregateCell<number, number>>;
}
interface Outputs {
  readonly side: Output<string>;
}
const cells: Cells = {
  value: cell(() => 0),
  map: mapCell<string, number>({ most: 3 }),
  list: listCell<number>({ newest: 3 }),
  mean: aggregateCell(mean<number>()),
};
const outputs: Outputs = { side: output<string>() };

export type Ctx = ProcessContext<string, Cells, Outputs, string>;

/** A record of the tests: what is done with it stands in it. */
export interface Deed {
  readonly key: string;
  readonly at: number;
  does(context: Ctx): Emits<unknown>;
}

export function deed(key: string, at: number, does: (context: Ctx) => Emits<unknown> = () => {}): Deed {
  return { key, at, does };
}

/** What a rig is given: at least a key and a time. */
type Given = Pick<Deed, 'key' | 'at'>;

type Handles = { onRecord?(value: never, context: Ctx): Emits<unknown> } & Pick<
  ProcessHandler<Deed, string, Cells, Outputs, string, unknown, unknown, unknown>,
  'onTimer' | 'onClock'
>;

const told = ({ name, at }: { readonly name: string; readonly at: number }, { key, time }: Ctx): string[] => [
  `${name} of ${key} at ${at}, ${time}`,
];

/** One `process` in a rig, in virtual time. */
export class ProcessRig {
  readonly rig: StationRig<Given, { readonly to: string; readonly value: unknown }>;
  readonly #keys = new InternedKeys();
  #position = 0;

  constructor(handles: Handles = {}, options: Partial<RigOptions & ProcessOptions & { readonly restored: RigSnapshot }> = {}) {
    const { timersPerKey, order, keep, ...rig } = options;
    const handler = {
      cells,
      outputs,
      onRecord: (value: Deed, context: Ctx) => value.does(context),
      onTimer: told,
      onClock: told,
      ...handles,
    };
    const operator = process('visits', handler as unknown as AnyHandler, {
      ...(timersPerKey === undefined ? {} : { timersPerKey }),
      ...(order === undefined ? {} : { order }),
      ...(keep === undefined ? {} : { keep }),
    });
    this.rig = new StationRig(operator as StationOperator<Given, never>, { keys: this.#keys, clock: new VirtualClock(1000), ...rig });
  }

  /** A chunk of records, and how far time has come behind it. */
  async give(deeds: readonly Given[], watermark?: number): Promise<void> {
    const first = this.#position;
    this.#position += deeds.length;
    const lineage = {
      keys: this.#keys,
      keyIds: Int32Array.from(deeds, ({ key }) => this.#keys.idOf(key)),
      times: Float64Array.from(deeds, ({ at }) => at),
    };
    await this.rig.feed(chunkOf(deeds, { first, ...lineage, ...(watermark === undefined ? {} : { control: { watermark } }) }));
    await this.rig.clock.advance(0);
  }

  /** What came out of the main stream since the last call. */
  take(): unknown[] {
    return this.#taken()
      .filter(({ to }) => to === 'records')
      .map(({ value }) => value);
  }

  /** All of it with what tells it apart. */
  takeAll(): { readonly to: string; readonly value: unknown; readonly id: string; readonly time: number }[] {
    return this.#taken();
  }

  #taken(): { readonly to: string; readonly value: unknown; readonly id: string; readonly time: number }[] {
    return this.rig.emitted
      .splice(0)
      .flatMap((chunk: Chunk<{ readonly to: string; readonly value: unknown }>) =>
        chunk.values.map(({ to, value }, i) => ({ to, value, id: idOf(chunk, i), time: timeOf(chunk, i) })),
      );
  }
}
