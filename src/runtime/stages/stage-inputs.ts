import { Chunk, type KeyTable } from '../../core/chunk.ts';
import { OneTable } from '../../operators/one-table.ts';
import type { PlanNode } from '../../pipeline/plan.ts';
import { decodeBodies } from '../bodies.ts';
import { Outlet, type Push } from '../edges.ts';
import type { FlowHost, Refuser } from '../flow-host.ts';
import type { Entry } from '../wiring.ts';
import type { Inside } from './inside.ts';

/** Where records enter a stage: bodies become values, and keys get the numbers they have in this stage. */
export class StageInputs {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly #host: FlowHost;
  readonly #decoding: Inside['decoding'] | undefined;
  readonly #refuser: (node: PlanNode) => Refuser;
  readonly #decoders = new Map<string, Refuser>();
  readonly #tables = new Map<KeyTable, OneTable>();

  constructor(
    ids: readonly string[],
    tableOf: (input: string) => KeyTable | undefined,
    host: FlowHost,
    decoding: { readonly inside: Inside | undefined; readonly refuser: (node: PlanNode) => Refuser },
  ) {
    // Whoever sent a chunk may send it to others too.
    this.entries = new Map(ids.map((id) => [id, { outlet: new Outlet(id, false), table: tableOf(id) }]));
    this.#host = host;
    this.#decoding = decoding.inside?.decoding;
    this.#refuser = decoding.refuser;
  }

  push(input: string, chunk: Chunk): Push {
    const { outlet, table } = this.entries.get(input)!;
    const values = this.#decoding?.has(input) === true ? this.#decoded(input, chunk) : chunk;
    return this.#host.postLetters(outlet.push(table === undefined || values.keys === table ? values : this.#rekeyed(values, table)));
  }

  #decoded(input: string, chunk: Chunk): Chunk {
    // A source that has a codec may also answer values, or columns whose rows have come here.
    if (!(chunk.values as unknown[]).some((value) => value instanceof Uint8Array)) return chunk;
    const { codec, node } = this.#decoding!.get(input)!;
    let by = this.#decoders.get(input);
    if (by === undefined) this.#decoders.set(input, (by = this.#refuser(node)));
    const decode = (value: Uint8Array): unknown => ((value as unknown) instanceof Uint8Array ? codec.decode(value) : value);
    const { origin, rows: of, control } = chunk;
    const { values, rows } = decodeBodies(chunk.values as Uint8Array[], origin, { decode }, by, this.#host, {
      placeOf: (body) => placeOf(node, chunk, body),
      rows: of,
    });
    return new Chunk(values, origin, { rows }, control);
  }

  /** Whoever brings records numbers their keys by a table of its own. */
  #rekeyed(chunk: Chunk, table: KeyTable): Chunk {
    const { held, origin, rows, paths, times, control } = chunk;
    if (chunk.keys === undefined) return chunk;
    let one = this.#tables.get(table);
    if (one === undefined) this.#tables.set(table, (one = new OneTable(table)));
    const keyIds = new Int32Array(chunk.length);
    for (let i = 0; i < keyIds.length; i++) keyIds[i] = one.idAt(chunk, i);
    return new Chunk(held, origin, { rows, paths, times, keys: table, keyIds }, control);
  }
}

/** The line that whoever read it has counted, as it is said where bodies are decoded at once. */
function placeOf({ body, id }: PlanNode, { origin, rows }: Chunk, i: number): string | undefined {
  const row = rows?.[i] ?? i;
  const line = origin.lineAt?.(row) ?? Number.NaN;
  const source = body.type === 'source' ? body.source.id : id;
  return Number.isNaN(line) ? undefined : `${source}, line ${line}, position ${origin.positionAt(row)}`;
}
