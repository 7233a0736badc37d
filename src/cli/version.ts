/** The version of the package that this file is part of. */
import { createRequire } from 'node:module';

const manifest = createRequire(import.meta.url)('../../package.json') as { readonly version: string };

export const VERSION = manifest.version;
