import { describe, expect, it } from 'vitest';

import { createTestApi } from './fake.ts';

async function get(path: string) {
  const response = await createTestApi().app.request(path);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe('GET /docs', () => {
  it('is a page that names nothing but paths of this server', async () => {
    const { status, headers, text } = await get('/docs');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    const addresses = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '');
    expect(addresses).toContain('/docs/start.js');
    for (const address of addresses) expect((await get(address)).status, address).toBe(200);
  });

  it.each([
    ['/docs', 'text/html; charset=UTF-8'],
    ['/docs/start.js', 'text/javascript; charset=utf-8'],
    ['/docs/swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
    ['/docs/swagger-ui.css', 'text/css; charset=utf-8'],
    ['/docs/favicon-32x32.png', 'image/png'],
  ])('serves %s as %s, under a policy without other origins and texts that run', async (path, type) => {
    const { status, headers, text } = await get(path);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe(type);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(text.length).toBeGreaterThan(100);
    const sources = (headers.get('content-security-policy') ?? '')
      .split('; ')
      .flatMap((directive) => directive.split(' ').slice(1));
    expect(new Set(sources)).toEqual(new Set(["'none'", "'self'", 'data:']));
  });

  it.each([
    '/docs/package.json',
    '/docs/constructor',
    '/docs/..%2Fpackage.json',
    '/docs/%2e%2e%2fpackage.json',
  ])('has no %s', async (path) => {
    const { status, text } = await get(path);
    expect(status).toBe(404);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'path_not_found' } });
  });
});
