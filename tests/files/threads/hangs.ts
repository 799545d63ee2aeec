// What a thread loads and never comes back from. Every other thread waits for what the one before it says of its unit.
import { threadId } from 'node:worker_threads';

if (threadId % 2 === 1) for (;;);

export function openPart(): never {
  for (;;);
}
