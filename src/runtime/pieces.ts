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
    const { operator: _was, ...rest } = section;
    const piece = { ...rest, bytes: await sections.read(section) };
    const known = pieces.get(operator);
    if (known === undefined) pieces.set(operator, [piece]);
    else known.push(piece);
  }
  // Each part changes what those before it have said.
  for (const [operator, list] of pieces)
    pieces.set(
      operator,
      list.toSorted((a, b) => (a.part ?? 0) - (b.part ?? 0)),
    );
  return pieces;
}
