import { HeadraceError } from '../../core/error.ts';
import type { ColumnSpec } from '../column-kinds.ts';
import { isoText, unitCount } from '../times.ts';
import type { WantedNode } from './member-paths.ts';

/** Writes rows as JSON objects, with members where the columns read them, in the order of the columns. */
export function rowWriter(specs: readonly ColumnSpec[], root: WantedNode): (row: object) => string {
  // Text and columns in turn: one more text than there are columns.
  const texts = [''];
  const order: number[] = [];
  const add = (node: WantedNode): void => {
    if (node.column >= 0) {
      order.push(node.column);
      texts.push('');
      return;
    }
    node.members.forEach((member, index) => {
      texts[texts.length - 1] += `${index === 0 ? '{' : ','}${JSON.stringify(member.name)}:`;
      add(member.node);
    });
    texts[texts.length - 1] += '}';
  };
  add(root);
  const columns = order.map((column) => specs[column]!);
  return (row) => {
    let text = texts[0]!;
    for (let i = 0; i < columns.length; i++) {
      const spec = columns[i]!;
      text += cellText(spec, (row as Readonly<Record<string, unknown>>)[spec.name]) + texts[i + 1]!;
    }
    return text;
  };
}

function cellText(spec: ColumnSpec, value: unknown): string {
  if (value === null || value === undefined) return spec.mayBeNull ? 'null' : refuse(spec, value);
  switch (spec.kind) {
    case 'string':
      if (typeof value !== 'string' || (spec.oneOf !== undefined && !spec.oneOf.includes(value))) return refuse(spec, value);
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? numberText(value as number) : refuse(spec, value);
    case 'integer':
      return Number.isSafeInteger(value) ? numberText(value as number) : refuse(spec, value);
    case 'bigint':
      return typeof value === 'bigint' && BigInt.asIntN(64, value) === value ? String(value) : refuse(spec, value);
    case 'boolean':
      return typeof value === 'boolean' ? String(value) : refuse(spec, value);
    case 'time': {
      if (!Number.isFinite(value)) return refuse(spec, value);
      if (spec.unit !== 'iso') return numberText(unitCount(value as number, spec.unit));
      const text = isoText(value as number);
      return text === undefined ? refuse(spec, value) : `"${text}"`;
    }
  }
}

/** JSON.stringify writes 0 for -0. */
function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function refuse(spec: ColumnSpec, value: unknown): never {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  throw new HeadraceError({
    code: 'HR_VALUE_UNENCODABLE',
    action: 'deadLetter',
    where: `json/${spec.name}`,
    what: `${shown.length > 40 ? `${shown.slice(0, 40)}…` : shown} is not what the column is declared as (${spec.kind}${spec.mayBeNull ? '?' : ''}${spec.oneOf === undefined ? '' : ', one of a list'})`,
    todo: 'Make it what the column says in a map before the sink.',
  });
}
