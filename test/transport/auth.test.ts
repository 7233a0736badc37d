import * as crypto from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { createGuard } from '../../src/transport/auth.ts';
import { authFields } from '../../src/util/access.ts';

vi.mock('node:crypto', async (importOriginal) => {
  const original = await importOriginal<typeof crypto>();
  return { ...original, timingSafeEqual: vi.fn(original.timingSafeEqual) };
});

const TOKEN = 'sesame-0pen.~+/==';
const BASIC = { username: 'wärter', password: 'pass:wörd phrase' };

function basicOf(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

describe('a guard', () => {
  const both = createGuard({ bearer_token: TOKEN, basic: BASIC });

  it.each([
    ['the token', `Bearer ${TOKEN}`],
    ['the scheme in any case, with blanks', `bEARER   ${TOKEN} `],
    ['user and password, in UTF-8 and with a colon in the password', basicOf(BASIC.username, BASIC.password)],
    ['the scheme of those in any case', basicOf(BASIC.username, BASIC.password).replace('Basic', 'basic')],
  ])('admits %s', (_, header) => {
    expect(both.admits(header)).toBe(true);
  });

  it.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['a scheme alone', 'Bearer'],
    ['a scheme and a blank', 'Bearer '],
    ['the token without a scheme', TOKEN],
    ['the token under another scheme', `Token ${TOKEN}`],
    ['the token less its last character', `Bearer ${TOKEN.slice(0, -1)}`],
    ['the token and one more', `Bearer ${TOKEN}=`],
    ['the token in another case', `Bearer ${TOKEN.toUpperCase()}`],
    ['the token twice', `Bearer ${TOKEN}, Bearer ${TOKEN}`],
    ['the token as a password', basicOf('', TOKEN)],
    ['the token in base64', `Basic ${Buffer.from(TOKEN).toString('base64')}`],
    ['another password', basicOf(BASIC.username, 'pass:wörd')],
    ['another user', basicOf('admin', BASIC.password)],
    ['user and password as a token', `Bearer ${BASIC.username}:${BASIC.password}`],
    ['no base64', 'Basic ???'],
  ])('does not admit %s', (_, header) => {
    expect(both.admits(header)).toBe(false);
  });

  it('of one kind admits nothing of the other', () => {
    expect(createGuard({ basic: BASIC }).admits(`Bearer ${TOKEN}`)).toBe(false);
    expect(createGuard({ basic: BASIC }).admits('Bearer undefined')).toBe(false);
    expect(createGuard({ bearer_token: TOKEN }).admits(basicOf(BASIC.username, BASIC.password))).toBe(false);
  });

  it('says what it takes', () => {
    expect(createGuard({ bearer_token: TOKEN }).challenge).toBe('Bearer realm="lyrebird"');
    expect(both.challenge).toBe('Bearer realm="lyrebird", Basic realm="lyrebird", charset="UTF-8"');
  });

  it('compares in constant time, and with all that it knows, whatever it is given', () => {
    const compare = vi.mocked(crypto.timingSafeEqual);
    for (const header of [undefined, `Bearer ${TOKEN}`, 'Bearer x', basicOf('a', 'b')]) {
      compare.mockClear();
      both.admits(header);
      expect(compare).toHaveBeenCalledTimes(2);
      for (const [given, known] of compare.mock.calls) expect(given.byteLength).toBe(known.byteLength);
    }
  });

  it('admits what the schema takes, and nothing else', () => {
    const token = fc.stringMatching(/^[A-Za-z0-9._~+/-]{8,40}={0,2}$/);
    fc.assert(
      fc.property(token, fc.string(), (known, other) => {
        const guard = createGuard(authFields.parse({ bearer_token: known }));
        expect(guard.admits(`Bearer ${known}`)).toBe(true);
        expect(guard.admits(`Bearer ${other}`)).toBe(other.trim() === known);
      }),
      { seed: 42 },
    );
  });
});
