// Writes configs/lyrebird.schema.json, the JSON Schema that editors use, from the built code. Run after `npm run build`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

// Not a static import: the tools that check imports also run where nothing is built.
const { formatJsonSchema } = await import(new URL('../dist/config/json-schema.js', import.meta.url).href);
const file = join(import.meta.dirname, '..', 'configs', 'lyrebird.schema.json');
writeFileSync(file, formatJsonSchema());
console.log(`wrote ${file}`);
