/** What the file says of who may use a server of ours: credentials, and files for TLS. */
import { z } from 'zod';

/**
 * Text that a message must not show, whatever is wrong with it. Checked by a function, not a pattern, so that the JSON
 * Schema takes the `${NAME}` that stands for it in the file.
 */
function secretText(needs: string, isRight: (text: string) => boolean) {
  return z
    .string({
      error: ({ input }) => (input === undefined ? `is missing; needs ${needs}` : `needs ${needs}`),
    })
    .refine(isRight, { error: `needs ${needs}` });
}

/** What a secret has at least: long enough not to be guessed in passing, and to be found in log lines and hidden. */
const MIN_LENGTH = 8;

const CONTROL = /\p{Cc}/u;

const bearerToken = secretText(
  `${MIN_LENGTH} characters or more: letters, digits and - . _ ~ + /, and = at the end`,
  (text) => text.length >= MIN_LENGTH && /^[A-Za-z0-9._~+/-]+=*$/.test(text),
);

const password = secretText(
  `${MIN_LENGTH} characters or more, none of them a control character`,
  (text) => text.length >= MIN_LENGTH && !CONTROL.test(text),
);

const username = z.string().refine((text) => text !== '' && !text.includes(':') && !CONTROL.test(text), {
  error: 'needs a character or more, no colon and no control character',
});

export const authFields = z
  .strictObject({
    bearer_token: bearerToken
      .optional()
      .describe('For Authorization: Bearer. Best written ${NAME} or ${file:path}.'),
    basic: z
      .strictObject({
        username: username.describe('Has no colon.'),
        password: password.describe('Best written ${NAME} or ${file:path}.'),
      })
      .optional()
      .describe('For Authorization: Basic.'),
  })
  .refine(({ bearer_token, basic }) => bearer_token !== undefined || basic !== undefined, {
    error: 'needs bearer_token or basic, or both; leave the section out to ask for nothing',
  });

export type AuthOptions = z.output<typeof authFields>;

export const serverTlsFields = z.strictObject({
  cert_file: z.string().min(1).describe('Our certificate, and those between it and its authority (PEM).'),
  key_file: z.string().min(1).describe('The key of our certificate, without a passphrase (PEM).'),
  client_ca_file: z
    .string()
    .min(1)
    .optional()
    .describe('Authorities of clients (PEM); whoever has no certificate of theirs is refused.'),
});

export type ServerTlsFiles = z.output<typeof serverTlsFields>;
