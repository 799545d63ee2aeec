import { test } from 'vitest';
import { virtualWorld } from '../../base/virtual-world.ts';
import { testSink } from '../../testing/sink-kit.ts';
import type { SinkCase } from '../../testing/sink-writing.ts';
import { fileSink } from './file-sink.ts';
import { failingFiles } from './files-rig.ts';
import { type Mode, modes, recordsIn } from './modes-rig.ts';

const PATH = '/out/lines.txt';

/** The promises of a sink, for every way to write files. */
for (const [name, mode] of Object.entries(modes)) {
  testSink<string>({ test, name, twoPhase: true, make: () => caseOf(mode), broken: () => caseOf(mode, 'ENOSPC') });
}

async function caseOf(mode: Mode, failing?: string): Promise<SinkCase<string>> {
  const world = virtualWorld();
  await world.files.makeFolder('/out');
  const sink = fileSink<string>(PATH, mode.format, { bufferBytes: 20, ...mode.options });
  let isUnderCheckpoints = false;
  return {
    sink: {
      ...sink,
      open(context) {
        isUnderCheckpoints = context.checkpoints === true;
        return sink.open(context);
      },
    },
    values: Array.from({ length: 25 }, (_, i) => `record ${i}`),
    world: failing === undefined ? world : { ...world, files: failingFiles(world.files, failing, 'write') },
    seen: () => recordsIn(world.files, PATH, mode, isUnderCheckpoints),
    leftovers: async () => (await world.files.list('/out')).filter((name) => /\.(part|files)$/.test(name)),
  };
}
