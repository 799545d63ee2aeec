// Numbers in bytes, little end first. A DataView for each of a million small pieces costs more than reading them.

const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);

export function readHalf(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

export function writeHalf(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
}

export function readWord(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

export function writeWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

export function readDouble(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) doubleBytes[i] = bytes[at + i]!;
  return double[0]!;
}

export function writeDouble(bytes: Uint8Array, at: number, value: number): void {
  double[0] = value;
  for (let i = 0; i < 8; i++) bytes[at + i] = doubleBytes[i]!;
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
