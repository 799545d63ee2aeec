import type { MessagePort } from 'node:worker_threads';
import { frameHead } from './frames.ts';
import { Arrivals, partsOf, type Transport } from './transport.ts';

/** What is said in one turn goes together, up to so much: waking the other thread costs more than a message does. */
const TOGETHER = 16;
const TOGETHER_BYTES = 65_536;

/**
 * Messages between threads. They are copied once, into memory that moves to the other thread: the parts may lie in
 * memory that others still read (a pooled buffer, a snapshot), and moving that would take it away from them.
 *
 * A port has no bound of its own. What is under way is bounded by the window of the calls.
 */
export function portTransport(port: MessagePort): Transport {
  const arrivals = new Arrivals();
  let waiting: Uint8Array<ArrayBuffer>[] = [];
  let waitingBytes = 0;

  function flush(): void {
    if (waiting.length === 0 || arrivals.isClosed) return;
    const together = waiting;
    waiting = [];
    waitingBytes = 0;
    port.postMessage(
      together,
      together.map(({ buffer }) => buffer),
    );
  }

  port.once('close', () => arrivals.close({ how: 'closed its connection' }));
  port.on('messageerror', (cause) => {
    arrivals.close({ how: 'sent what cannot be read', cause });
    port.close();
  });
  return {
    send(message) {
      const parts = partsOf(message);
      frameHead(parts); // The same bound as on a stream, so that a plan does not depend on where it runs.
      if (arrivals.isClosed) return undefined;
      let length = 0;
      for (const part of parts) length += part.length;
      const whole = new Uint8Array(length);
      let at = 0;
      for (const part of parts) {
        whole.set(part, at);
        at += part.length;
      }
      if (waiting.length === 0) queueMicrotask(flush);
      waiting.push(whole);
      waitingBytes += length;
      if (waitingBytes >= TOGETHER_BYTES || waiting.length >= TOGETHER) flush();
      return undefined;
    },
    onMessage(receive) {
      arrivals.onMessage(receive);
      port.on('message', (messages: Uint8Array[]) => {
        for (const message of messages) arrivals.message(message);
      });
    },
    onClose: (closed) => arrivals.onClose(closed),
    close() {
      flush();
      port.close();
    },
  };
}
