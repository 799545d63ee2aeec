// Puts the fault named by HEADRACE_SABOTAGE into the text of the one file it belongs to. The product has no switches.
import { appendFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Fault, faults } from './faults.ts';

const root = dirname(dirname(import.meta.dirname));
const name = process.env['HEADRACE_SABOTAGE'];
const seen = process.env['HEADRACE_SABOTAGE_SEEN'];
const switchedOn = faults.find((fault) => fault.name === name);
if (name !== undefined && switchedOn === undefined) throw new Error(`there is no fault '${name}'`);

/** The text of a module, with the fault when it is its own; says in a file that the fault was loaded. */
export function switched(path: string, text: string): string | undefined {
  if (switchedOn === undefined || path !== `${root}/${switchedOn.file}`) return undefined;
  const faulty = withFault(switchedOn, text);
  if (seen !== undefined) appendFileSync(seen, `${process.pid}\n`);
  return faulty;
}

/** A fault that fits no longer, or in two places, is an error: it must not vanish in silence. */
export function withFault({ name, file, instead, write }: Fault, text: string): string {
  const places = text.split(instead).length - 1;
  if (places !== 1) throw new Error(`the fault '${name}' fits in ${places} places of ${file}, and must in one`);
  return text.replace(instead, () => write);
}
