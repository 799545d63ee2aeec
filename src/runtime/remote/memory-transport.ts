import type { Scheduler } from '../../core/world.ts';
import { Arrivals, partsOf, type Transport } from './transport.ts';

/**
 * Both ends of a line within one thread, for tests: each message arrives in a turn of its own, in memory of its own, so
 * that what two sides share by mistake is seen.
 */
export function memoryTransports(scheduler: Pick<Scheduler, 'soon'>): readonly [Transport, Transport] {
  const [a, b] = [new Arrivals(), new Arrivals()];
  return [end(scheduler, a, b), end(scheduler, b, a)];
}

function end(scheduler: Pick<Scheduler, 'soon'>, here: Arrivals, there: Arrivals): Transport {
  return {
    send(message) {
      const whole = Uint8Array.from(Buffer.concat(partsOf(message)));
      scheduler.soon(() => there.message(whole));
    },
    onMessage: (receive) => here.onMessage(receive),
    onClose: (closed) => here.onClose(closed),
    close() {
      const ending = { how: 'closed its connection' };
      scheduler.soon(() => {
        here.close(ending);
        there.close(ending);
      });
    },
  };
}
