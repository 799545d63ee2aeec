// What a worker imports to run a part of a case: the name of the case stands behind the question mark.
import type { Pipeline } from '../pipeline/pipeline.ts';
import { runtimeCase } from './runtime-cases.ts';
import { Outside } from './runtime-outside.ts';

const plan: Pipeline = runtimeCase(new URL(import.meta.url).searchParams.get('case') ?? '').build(new Outside());
export default plan;
