/** What we use of p-map, written down so that the sources compile where the peers are not installed. */
export interface PMap {
  default<T, U>(values: Iterable<T>, fn: (value: T) => Promise<U>, options: { readonly concurrency: number }): Promise<U[]>;
  pMapIterable<T, U>(
    values: Iterable<T>,
    fn: (value: T) => Promise<U>,
    options: { readonly concurrency: number; readonly backpressure: number },
  ): AsyncIterable<U>;
}

// A name in a variable, or the compiler would look for the package.
const name: string = 'p-map';

export async function pMap(): Promise<PMap> {
  return (await import(name)) as PMap;
}
