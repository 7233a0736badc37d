import { describe, expect, it } from 'vitest';

import { authFields, serverTlsFields } from '../../src/util/access.ts';

const basic = (username: string, password: string) => ({ basic: { username, password } });

describe('credentials', () => {
  it.each([
    ['a token of every character that there may be', { bearer_token: 'aZ09-._~+/==' }],
    ['a user and a password of any script, with a colon', basic('wärter', 'pässwort: 秘密')],
    ['both', { bearer_token: '12345678', ...basic('u', '12345678') }],
  ])('may be %s', (_, input) => {
    expect(authFields.parse(input)).toEqual(input);
  });

  it.each([
    ['none', {}, 'needs bearer_token or basic, or both'],
    ['a token that can be guessed', { bearer_token: 'sesame1' }, 'needs 8 characters or more'],
    ['an empty token, as of an empty variable', { bearer_token: '' }, 'needs 8 characters or more'],
    ['a token with a blank', { bearer_token: 'sesame open' }, 'letters, digits and'],
    ['a token with a line end', { bearer_token: 'sesame-open\n' }, 'letters, digits and'],
    ['a token that a header cannot carry', { bearer_token: 'sésame-open' }, 'letters, digits and'],
    ['a token that is a number', { bearer_token: 123_456_789 }, 'needs 8 characters or more'],
    ['a user with a colon', basic('a:b', 'password'), 'no colon'],
    ['no user', basic('', 'password'), 'needs a character or more'],
    ['a password that can be guessed', basic('user', 'hunter2'), 'needs 8 characters or more'],
    ['a password with a control character', basic('user', 'pass\u0000word'), 'none of them a control'],
    ['a user without a password', { basic: { username: 'user' } }, 'is missing; needs 8 characters'],
  ])('may not be %s', (_, input, message) => {
    const { error } = authFields.safeParse(input);
    expect(error?.issues.map((issue) => issue.message).join('; ')).toContain(message);
    expect(error?.message).not.toMatch(/sesame|sésame|hunter2|123456/);
  });
});

describe('files for TLS', () => {
  it.each([
    ['a certificate without a key', { cert_file: 'a' }],
    ['a key without a certificate', { key_file: 'a' }],
    ['authorities alone', { client_ca_file: 'a' }],
    ['an empty name', { cert_file: '', key_file: 'a' }],
  ])('may not be %s', (_, input) => {
    expect(serverTlsFields.safeParse(input).success).toBe(false);
  });
});
