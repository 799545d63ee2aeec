// The inner loops of csv(). Nothing is allocated here: every address is handed in, and what a call answers beside its
// result lies in eight words at `results()`. A place that is not plainly right is never guessed: it is told as bad, and
// the exact reader in TypeScript looks at its row.
export { scan, starts, lines } from './csv/scan';
export { numbers, bigints, booleans } from './csv/numbers';
export { times } from './csv/times';
export { ids, intern, rehash, strings } from './csv/strings';
export { configure, results } from './csv/place';
