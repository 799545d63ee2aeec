import type { Row } from '../files/table.ts';

type Give = (row: Row) => void;

// Names in variables, or the compiler would look for the packages.
const names: Readonly<Record<'udsv' | 'papaparse' | 'csvParse', string>> = { udsv: 'udsv', papaparse: 'papaparse', csvParse: 'csv-parse' };

interface Udsv {
  inferSchema(text: string): { readonly cols: readonly { readonly repl: { empty: unknown } }[] };
  initParser(schema: unknown): {
    readonly typedObjs: unknown;
    chunk(text: string, shape: unknown, give: Give): void;
    end(): unknown;
  };
}

export async function udsv(stream: NodeJS.ReadableStream, give: Give): Promise<void> {
  const { inferSchema, initParser } = (await import(names.udsv)) as Udsv;
  let parser: ReturnType<Udsv['initParser']> | undefined;
  stream.setEncoding('utf8');
  for await (const text of stream as AsyncIterable<string>) {
    if (parser === undefined) {
      const schema = inferSchema(text);
      // An empty field would be null.
      for (const { repl } of schema.cols) repl.empty = '';
      parser = initParser(schema);
    }
    parser.chunk(text, parser.typedObjs, give);
  }
  parser!.end();
}

interface Papaparse {
  readonly default: { parse(stream: NodeJS.ReadableStream, options: Readonly<Record<string, unknown>>): void };
}

export async function papaparse(stream: NodeJS.ReadableStream, give: Give): Promise<void> {
  const { default: papa } = (await import(names.papaparse)) as Papaparse;
  await new Promise<void>((complete, error) => {
    const chunk = ({ data }: { readonly data: Row[] }): void => data.forEach(give);
    const dynamicTyping = (column: string): boolean => !['user', 'country', 'category', 'note'].includes(column);
    papa.parse(stream, { header: true, dynamicTyping, skipEmptyLines: true, chunk, complete, error });
  });
}

interface CsvParse {
  parse(options: Readonly<Record<string, unknown>>): NodeJS.ReadWriteStream;
}

const TEXTS = new Set(['user', 'country', 'category', 'note']);

export async function csvParse(stream: NodeJS.ReadableStream, give: Give): Promise<void> {
  const { parse } = (await import(names.csvParse)) as CsvParse;
  const cast = (text: string, { column, header }: { readonly column: string; readonly header: boolean }): unknown =>
    header || TEXTS.has(column) ? text : column === 'active' ? text === 'true' : Number(text);
  const parser = stream.pipe(parse({ columns: true, cast }));
  for await (const row of parser as unknown as AsyncIterable<Row>) give(row);
}
