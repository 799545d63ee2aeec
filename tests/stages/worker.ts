// A process that runs stages: each connection to its Unix socket is the line of one stage.
import { createServer } from 'node:net';
import { realWorld } from '../../src/base/real-world.ts';
import { becomeWorker } from '../../src/runtime/remote/is-worker.ts';
import { serveStage } from '../../src/runtime/remote/serve-stage.ts';
import { streamTransport } from '../../src/runtime/remote/stream-transport.ts';
import { describe } from '../../src/runtime/stages/load-stage.ts';

becomeWorker();
const server = createServer((socket) => {
  serveStage(streamTransport(socket), { world: realWorld(), load: (start) => describe(start.module, start.settings) });
});
server.listen(process.argv[2], () => process.stdout.write('listening\n'));
// Nobody is left to work for when the host has gone.
process.stdin.on('end', () => process.exit(0)).resume();
