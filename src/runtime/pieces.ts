import type { RestoredSections } from '../core/state.ts';
import type { RestoredPiece } from './flow-host.ts';

/** Captured sections by operator, read into memory. `nameOf` answers what an operator is called now, or that it is forgotten. */
export async function readPieces(
  sections: RestoredSections,
  nameOf: (operator: string) => string | undefined = (operator) => operator,
): Promise<ReadonlyMap<string, readonly RestoredPiece[]>> {
  const pieces = new Map<string, RestoredPiece[]>();
  for (const section of sections.list()) {
    const operator = nameOf(section.operator);
    if (operator === undefined) continue;
    const { cell, scope, codec } = section;
    const piece = { cell, scope, codec, bytes: await sections.read(section) };
    const known = pieces.get(operator);
    if (known === undefined) pieces.set(operator, [piece]);
    else known.push(piece);
  }
  return pieces;
}
