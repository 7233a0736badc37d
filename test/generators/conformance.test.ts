import { generatorDefinitions } from '../../src/generators/builtin.ts';
import { testGenerator } from '../conformance/generators.ts';

for (const definition of generatorDefinitions) testGenerator(definition);
