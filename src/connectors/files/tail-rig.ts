import { virtualWorld, type VirtualWorld } from '../../base/virtual-world.ts';
import { text } from '../../codecs/text.ts';
import type { Position, Resume } from '../../core/source.ts';
import type { World } from '../../core/world.ts';
import { fileSource } from './file-source.ts';
import type { FileSourceOptions } from './source-options.ts';
import { tell, type Told } from './source-rig.ts';

/** The file that is followed. */
export const LOG = '/log/app.log';

/** A disk with its folder. */
export async function disk(): Promise<VirtualWorld> {
  const world = virtualWorld({ start: Date.UTC(2026, 0, 1) });
  await world.files.makeFolder('/log');
  return world;
}

export async function append(world: World, content: string, path: string = LOG): Promise<void> {
  const file = await world.files.open(path, 'extend');
  await file.write(Buffer.from(content), await file.size());
  await file.close();
}

/** A file that is followed in the background. */
export class Following implements Told {
  readonly said: string[] = [];
  readonly positions: Position[] = [];
  readonly resumes: Resume[] = [];
  resume: Resume = null;
  failure: unknown;
  reads = 0;
  readonly #reading = new AbortController();
  readonly done: Promise<void>;

  constructor(world: World, resume?: Resume, options: FileSourceOptions = {}) {
    this.done = this.#run(world, resume, options).catch((error: unknown) => {
      this.failure = error;
    });
  }

  async #run(world: World, resume: Resume | undefined, options: FileSourceOptions): Promise<void> {
    const { signal } = this.#reading;
    const source = fileSource(LOG, text(), { tail: true, ...options });
    const reader = await source.open(0, resume, { world, signal });
    try {
      while (!signal.aborted) {
        const answer = await reader.read(2, signal);
        this.reads++;
        tell(source, answer, this);
        this.resume = answer.resume;
      }
    } finally {
      await reader.close();
    }
  }

  async stop(): Promise<void> {
    this.#reading.abort();
    await this.done;
    if (this.failure !== undefined) throw this.failure;
  }
}
