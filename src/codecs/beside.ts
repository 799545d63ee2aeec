/** The address of a module that stands beside another one, as source or as it was built; undefined where there is none. */
export function besideThis(from: string | undefined, name: string): string | undefined {
  // A bundle in CommonJS has no address.
  if (from === undefined || !from.startsWith('file:')) return undefined;
  return new URL(`./${name}${from.endsWith('.ts') ? '.ts' : '.js'}`, from).href;
}
