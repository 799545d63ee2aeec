import { stableHash } from '../core/hash.ts';

const LONGEST = 120;
/** What Windows keeps for its devices, with any ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A name as the name of a folder, on every system: letters, digits, `-`, `_` and inner dots stay, every other byte
 * becomes `%` and two digits. Different names give different folders; a very long one is cut and marked by its hash.
 *
 * @example
 * ```ts
 * console.log(folderName('orders')); // orders
 * console.log(folderName('../größe')); // %2E%2E%2Fgr%C3%B6%C3%9Fe
 * ```
 */
export function folderName(name: string): string {
  const bytes = new TextEncoder().encode(name);
  const letters = Array.from(bytes, (byte) => {
    const letter = String.fromCharCode(byte);
    return /[A-Za-z0-9_.-]/.test(letter) ? letter : escaped(byte);
  });
  for (let i = 0; letters[i] === '.'; i++) letters[i] = escaped(46);
  if (letters.at(-1) === '.') letters[letters.length - 1] = escaped(46);
  if (DEVICE.test(name)) letters[0] = escaped(bytes[0]!);
  const whole = letters.join('');
  return whole.length <= LONGEST
    ? whole
    : `${whole.slice(0, LONGEST)}%%${stableHash(bytes).toString(16)}${stableHash(bytes, 1).toString(16)}`;
}

function escaped(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
