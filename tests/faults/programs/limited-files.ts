// Writes until a file has reached the size that `ulimit -f` allows, by a topic or by a run, and says how it ended.
import { join } from 'node:path';
import { openTopic, start } from '../../../src/index.ts';
import { embedded } from '../../../src/runtime/embedded.ts';
import { described, isWay, lineAt, made } from './limited-plans.ts';

const [way, dir] = process.argv.slice(2);
if (!isWay(way) || dir === undefined) throw new Error('which way, and in which folder?');

interface Said {
  /** Records that were durable: of a run at least so many. */
  readonly acknowledged: number;
  readonly codes: readonly string[];
  readonly message: string;
  readonly todo: string | undefined;
}

let acknowledged = 0;

async function write(folder: string): Promise<void> {
  await using opened = await openTopic(described, { dir: folder });
  for (;;) {
    await opened.write(lineAt(acknowledged));
    acknowledged++;
  }
}

async function live(folder: string): Promise<void> {
  const options = { runtime: embedded({ dir: join(folder, 'state'), checkpointEvery: 20 }) };
  // Some of it is committed before.
  const first = await start(made(way as 'sink' | 'state', folder), options);
  while (first.metrics().in < 100) await new Promise<void>((go) => setImmediate(go));
  await first.stop();
  acknowledged = 100;
  await (await start(made(way as 'sink' | 'state', folder), options)).done;
}

const error: unknown = await (way === 'topic' ? write(dir) : live(dir)).catch((reason: unknown) => reason);
const codes: string[] = [];
for (let one = error; one instanceof Error; one = one.cause) codes.push(String((one as { readonly code?: unknown }).code));
const said: Said = { acknowledged, codes, message: String(error), todo: (error as { readonly todo?: string } | undefined)?.todo };
process.stdout.write(JSON.stringify(said));
