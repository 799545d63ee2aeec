import { InternedKeys } from '../base/key-table.ts';
import { VirtualFiles } from '../base/virtual-files.ts';
import type { Capture, CellsSpec } from '../core/state.ts';
import type { Clock, Files } from '../core/world.ts';
import { type CheckpointContent, type Checkpoints, openCheckpoints } from '../state/checkpoints.ts';
import { KeyedStates } from './keyed-states.ts';
import { readPieces } from './pieces.ts';

export const FOLDER = '/state/pipelines/orders';

/** A checkpoint of which only the sections matter. */
export const content: CheckpointContent = {
  pipeline: 'orders',
  fingerprint: 'f',
  plan: { version: 1, nodes: [] },
  takenAt: 0,
  maxParallelism: 4,
  positions: [],
  tokens: [],
  isStop: false,
  isCompleted: false,
};

/** A table with the checkpoints it is written to. */
export class CaptureRig<S> {
  readonly clock: Clock = { now: () => this.nowMs, monotonic: () => this.nowMs };
  readonly disk: VirtualFiles = new VirtualFiles(this.clock);
  files: Files = this.disk;
  readonly spec: CellsSpec<S>;
  nowMs = 0;
  keys!: InternedKeys;
  states!: KeyedStates<S>;
  checkpoints!: Checkpoints;
  n = 0;

  constructor(spec: CellsSpec<S> = { name: 'cell' }) {
    this.spec = spec;
  }

  /** A new process, which goes on from the newest checkpoint. */
  async begin(): Promise<void> {
    this.checkpoints = await openCheckpoints(this.files, '/state', 'orders');
    this.keys = new InternedKeys({ maxParallelism: 4 });
    this.states = new KeyedStates<S>(this.spec, this.keys, this.clock);
    const stored = await this.checkpoints.latest();
    const pieces = stored === undefined ? [] : ((await readPieces(stored.sections)).get('total') ?? []);
    for (const { codec, bytes, scope, version } of pieces)
      this.states.restore(codec, bytes, scope.kind === 'group' ? { version, group: scope.group } : { version, hasKeys: false });
  }

  async write(capture: Capture): Promise<number> {
    await this.checkpoints.write(++this.n, content, [capture]);
    await this.checkpoints.committed(this.n);
    return (await this.files.stat(`${FOLDER}/${String(this.n).padStart(10, '0')}.ckpt`))!.bytes;
  }

  id(key: number): number {
    return key < 0 ? -1 : this.keys.idOf(`key ${key}`);
  }

  all(): Map<string, S> {
    return new Map(
      [...this.states.ids()].map((id) => [id < 0 ? 'none' : String(this.keys.keyAt(id)), structuredClone(this.states.get(id)!)]),
    );
  }
}
