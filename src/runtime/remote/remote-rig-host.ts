// A host that drives a stage in the tests of this folder.
import { type VirtualWorld, virtualWorld } from '../../base/virtual-world.ts';
import { assert } from '../../core/error.ts';
import type { Stage } from '../../core/stage.ts';
import type { Capture, RestoredSections, Section } from '../../core/state.ts';
import type { World } from '../../core/world.ts';
import { memoryTransports } from './memory-transport.ts';
import { RemoteStage, type RemoteStageOptions } from './remote-stage.ts';
import { RigStage, rigWire } from './remote-rig.ts';
import { serveStage } from './serve-stage.ts';

/** A stage behind a line in memory, in virtual time. */
export interface RemoteRig {
  readonly host: RigHost;
  /** The stage on the other side. */
  readonly far: RigStage;
  readonly world: VirtualWorld;
  readonly remote: RemoteStage;
  /** Closes the line as a crash does. */
  crash(): void;
}

export async function openRemote(options: Partial<RemoteStageOptions> = {}, restored?: RestoredSections): Promise<RemoteRig> {
  const world = virtualWorld();
  const [near, far] = memoryTransports(world.scheduler);
  const stage = new RigStage();
  serveStage(far, { world, load: () => ({ fingerprint: 'f', makeStage: () => stage, wireFor: rigWire }) });
  const remote = new RemoteStage({ transport: near, wire: rigWire(), module: 'm', stage: 's1', fingerprint: 'f', ...options });
  const host = new RigHost(remote, world);
  await world.until(host.open(restored));
  return { host, far: stage, world, remote, crash: () => far.close('now') };
}

/** A host that calls `advance` when it is woken, and holds a stage to emitting within calls. */
export class RigHost {
  readonly stage: Stage;
  readonly emitted: string[] = [];
  readonly ids: string[] = [];
  readonly failed: Promise<unknown>;
  readonly #world: World;
  readonly #fail: (error: unknown) => void;
  #watchers: (() => void)[] = [];
  #isInCall = false;
  #isWoken = false;
  /** False: it is too busy to take anything. */
  isTaking = true;
  advances = 0;
  wantsAt: number | undefined;

  constructor(stage: Stage, world: World) {
    this.stage = stage;
    this.#world = world;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.failed = promise;
    this.#fail = resolve;
  }

  async open(restored?: RestoredSections, index = 0): Promise<this> {
    await this.stage.open({
      index,
      parallelism: 2,
      groups: [0, 1, 2, 3],
      world: this.#world,
      restored,
      wake: () => this.wake(),
      emit: (output, chunk) => {
        assert(this.#isInCall, 'a stage emits within a call');
        for (const value of chunk.values) this.emitted.push(`${output}: ${String(value)}`);
        this.#look();
      },
    });
    return this;
  }

  call<T>(fn: (stage: Stage) => T): T {
    this.#isInCall = true;
    try {
      return fn(this.stage);
    } finally {
      this.#isInCall = false;
    }
  }

  wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    this.#world.scheduler.soon(() => {
      this.#isWoken = false;
      if (!this.isTaking) return;
      this.advances++;
      try {
        this.wantsAt = this.call((stage) => stage.advance(this.#world.clock.monotonic()));
      } catch (error) {
        this.#fail(error);
      }
      this.#look();
    });
  }

  /** Resolves once it holds; looked at after everything that happens. */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => {
      const look = (): void => {
        if (holds()) resolve();
        else this.#watchers.push(look);
      };
      this.#watchers.push(look);
    });
  }

  #look(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const look of watchers) look();
  }
}

/** What a capture writes, as text. */
export async function written(capture: Capture): Promise<Map<Section, Uint8Array>> {
  const sections = new Map<Section, Uint8Array>();
  await capture.write({ section: (section, bytes) => void sections.set(section, bytes) });
  return sections;
}

export function restoredOf(sections: Map<Section, Uint8Array>): RestoredSections {
  return { list: () => [...sections.keys()], read: (section) => Promise.resolve(sections.get(section)!) };
}
