import { styleText } from 'node:util';
import type { World } from '../core/world.ts';
import { type Check, checksOf } from './doctor.ts';
import { ExitCode } from './exit-code.ts';
import type { Manifest } from './headrace.ts';
import { helpFor } from './help.ts';
import { factsOf } from './machine.ts';
import { doctorWish } from './usage.ts';

/** `headrace doctor`: a line for each check, or all as JSON. */
export async function doctorCommand(argv: readonly string[], manifest: Manifest, world: World): Promise<number> {
  const wish = doctorWish(argv);
  if (wish === 'help') {
    process.stdout.write(helpFor('doctor'));
    return ExitCode.ok;
  }
  const checks = checksOf(await factsOf(manifest, world));
  if (wish.json) process.stdout.write(`${JSON.stringify({ version: manifest.version, checks }, undefined, 2)}\n`);
  else process.stdout.write(checks.map(lineOf).join(''));
  return checks.some(({ result }) => result === 'fail') ? ExitCode.failed : ExitCode.ok;
}

const COLOURS = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

function lineOf({ result, name, what, todo }: Check): string {
  const mark = styleText(COLOURS[result], result.padEnd(4), { stream: process.stdout });
  return `${mark}  ${name.padEnd(15)}  ${what}${todo === undefined ? '' : `. ${todo}`}\n`;
}
