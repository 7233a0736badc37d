/** `GET /docs`: the OpenAPI document for people. Everything comes from this server: the page works without a network. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { OpenAPIHono } from '@hono/zod-openapi';

import { apiError } from './errors.ts';

/** Images as text within the style sheet are drawn; nothing else comes from anywhere but here, and no text runs. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
} as const;

/** Files of Swagger UI, by name. */
const FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Lyrebird: control API</title>
    <meta name="viewport" content="width=device-width">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
  </head>
  <body>
    <div id="docs"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

/** No badge of a validator on the internet. */
const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
`;

/** Adds the page and its files. */
export function addDocs(app: OpenAPIHono): void {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  app.get('/docs', (c) => c.html(PAGE, 200, HEADERS));
  app.get('/docs/start.js', (c) =>
    c.body(START, 200, { ...HEADERS, 'Content-Type': 'text/javascript; charset=utf-8' }),
  );
  app.get('/docs/:file', async (c) => {
    const name = c.req.param('file');
    const type = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
    if (type === undefined)
      throw apiError('path_not_found', `there is no /docs/${name}; the page is at /docs`);
    const bytes = new Uint8Array(await readFile(join(folder, name)));
    return c.body(bytes, 200, { ...HEADERS, 'Content-Type': type, 'Cache-Control': 'private, max-age=3600' });
  });
}
