import type { RowMaker } from '../core/column-rows.ts';
import type { Resume } from '../core/source.ts';
import type { Finish } from '../core/station.ts';
import type { Outlet } from './edges.ts';
import type { Pump } from './pump.ts';

/** What a pump is told when it is made. */
export interface PumpOptions {
  readonly untilCaughtUp: boolean;
  /** Shared by all partitions of the source. */
  readonly outlet: Outlet;
  readonly ready: (pump: Pump) => void;
  /** This partition has no more. */
  readonly finished: (how: Finish) => void;
  /** Its reader is closed. */
  readonly closed: () => void;
  /** Where a checkpoint left it. */
  readonly resume: Resume | undefined;
  /** Bodies are decoded further down. */
  readonly isRaw: boolean;
  /** Makes rows of columns; shared by all partitions of the source. */
  readonly rows: RowMaker;
  readonly watch?: PumpWatch | undefined;
}

/** Hears of a partition what its reads say. */
export interface PumpWatch {
  /** A read was answered and had nothing. */
  atEnd(): void;
  /** There is something, or it is not known whether there is. */
  awake(): void;
  /** It is read no more. */
  closed(): void;
}
