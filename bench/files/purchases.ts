import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PurchaseBytes } from '../../examples/demo/bytes.ts';
import { parse } from '../../examples/demo/purchase.ts';

const folder = join(import.meta.dirname, '../../.cache/bench-files');
const READ = 1024;
const BLOCK = 2 ** 18;
const LF = 10;

/**
 * The purchases of the demo as lines. Those with text where a number should be are left out: a database that is told to
 * pass over errors makes numbers of them.
 */
export function purchaseFile(lines: number): string {
  const path = join(folder, `purchases-${lines}.jsonl`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const file = openSync(`${path}.part`, 'w');
  const bytes = new PurchaseBytes(1);
  for (let first = 0, left = lines; left > 0; first += READ) {
    const bodies = bytes
      .read(first, READ)
      .filter((body) => !isOfWrongType(body))
      .slice(0, left);
    left -= bodies.length;
    writeSync(file, Buffer.concat(bodies.flatMap((body) => [body, Uint8Array.of(LF)])));
  }
  closeSync(file);
  renameSync(`${path}.part`, path);
  return path;
}

function isOfWrongType(body: Uint8Array): boolean {
  const purchase = parse(body);
  return 'reason' in purchase && / is not (text|a number|true or false)$|^not JSON$/.test(purchase.reason);
}

/** The lines of a file, as one would cut them by hand. */
export function* linesOf(path: string): Generator<readonly Uint8Array[], void, undefined> {
  const file = openSync(path, 'r');
  let rest: Buffer = Buffer.alloc(0);
  for (;;) {
    const block = Buffer.allocUnsafe(rest.length + BLOCK);
    rest.copy(block);
    const end = rest.length + readSync(file, block, rest.length, BLOCK, null);
    if (end === rest.length) break;
    const lines: Uint8Array[] = [];
    let from = 0;
    for (let to = block.indexOf(LF); to >= 0 && to < end; to = block.indexOf(LF, from)) {
      lines.push(block.subarray(from, to));
      from = to + 1;
    }
    rest = block.subarray(from, end);
    yield lines;
  }
  closeSync(file);
}
