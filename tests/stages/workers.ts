import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Transport } from '../../src/runtime/remote/transport.ts';
import { streamTransport } from '../../src/runtime/remote/stream-transport.ts';

/** Real processes, each of which runs many stages, one a connection: starting one for every stage would take hours. */
export class Workers {
  readonly #children: ChildProcess[] = [];
  readonly #sockets: string[] = [];
  #folder = '';
  #next = 0;

  async start(many: number): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'headrace-workers-'));
    for (let i = 0; i < many; i++) {
      const socket = join(this.#folder, `${i}.sock`);
      const child = spawn(process.execPath, ['--conditions=headrace-source', join(import.meta.dirname, 'worker.ts'), socket], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      this.#children.push(child);
      this.#sockets.push(socket);
      await once(child.stdout!, 'data');
    }
  }

  line(): Transport {
    return streamTransport(connect(this.#sockets[this.#next++ % this.#sockets.length]!));
  }

  async stop(): Promise<void> {
    for (const child of this.#children) {
      child.stdin!.end();
      await once(child, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
