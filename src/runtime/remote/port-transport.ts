import type { MessagePort } from 'node:worker_threads';
import { frameHead } from './frames.ts';
import { Arrivals, partsOf, type Transport } from './transport.ts';

/**
 * Messages between threads. They are copied once, into memory that moves to the other thread: the parts may lie in
 * memory that others still read (a pooled buffer, a snapshot), and moving that would take it away from them.
 *
 * A port has no bound of its own. What is under way is bounded by the window of the calls.
 */
export function portTransport(port: MessagePort): Transport {
  const arrivals = new Arrivals();
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
      port.postMessage(whole, [whole.buffer]);
      return undefined;
    },
    onMessage(receive) {
      arrivals.onMessage(receive);
      port.on('message', (message: Uint8Array) => arrivals.message(message));
    },
    onClose: (closed) => arrivals.onClose(closed),
    close: () => port.close(),
  };
}
