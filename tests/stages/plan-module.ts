import type { Pipeline } from '../../src/index.ts';
import { busy, calm, lively, Outside } from './plans.ts';

/** What a worker imports: the same plan as here, by the kind and the seed in the address of the module. */
const asked = new URL(import.meta.url).searchParams;
const make = { busy, calm, lively }[asked.get('kind') ?? 'lively'] ?? lively;
const plan: Pipeline = make(Number(asked.get('seed')), new Outside());
export default plan;
