/** fast-check arbitraries of requests, drawn from an OpenAPI document: as it asks for them, nearly so, and not at all. */
import fc from 'fast-check';

import type { OpenApiDocument, Operation } from './openapi.ts';

export interface DrawnRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | undefined;
  readonly body: string | undefined;
}

/** Texts that mean something here, whatever a schema says of them. */
export type Vocabulary = readonly string[];

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly example?: unknown;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND'];
const ODD_TEXTS = [
  '',
  ' ',
  '0',
  '__proto__',
  'constructor',
  'toString',
  '../..',
  '%00',
  '\u0000',
  '\n',
  'grün',
  '日本',
  '😀',
  '\ud800',
  '1e999',
  'null',
  '{',
  '{region=~"("}',
  '-5m',
  '1000000d',
  '9999-12-31T23:59:59Z',
  '*',
  '*'.repeat(200),
  'x'.repeat(5_000),
];
const ODD_NUMBERS = [0, -0, -1, 0.1, 1e-300, 5e-324, 1e21, 1e300, 2 ** 53, -(2 ** 31), 1e9];

/** Draws of operations that change most, and refuse most, come more often. */
export function requestsOf(document: OpenApiDocument, vocabulary: Vocabulary): fc.Arbitrary<DrawnRequest> {
  const word = fc.constantFrom(...vocabulary);
  const text = fc.oneof(
    { weight: 3, arbitrary: word },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_TEXTS) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  );
  const anything = fc.oneof(
    text,
    fc.constantFrom<unknown>(...ODD_NUMBERS, null, true, false, [], {}, [[]], [null]),
    fc.jsonValue({ maxDepth: 3 }),
  );

  const valid = (schema: Schema, depth = 0): fc.Arbitrary<unknown> => {
    const { $ref, example } = schema;
    if ($ref !== undefined) {
      const named = document.components.schemas[$ref.replace('#/components/schemas/', '')];
      return depth > 6 ? fc.constant(null) : valid(named as Schema, depth + 1);
    }
    const given = example === undefined ? [] : [{ weight: 1, arbitrary: fc.constant(example) }];
    return fc.oneof(...given, { weight: 4, arbitrary: byKeywords(schema, depth) });
  };
  const byKeywords = (schema: Schema, depth: number): fc.Arbitrary<unknown> => {
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices !== undefined) return fc.oneof(...choices.map((choice) => valid(choice, depth + 1)));
    const [type, ...others] = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
    if (others.length > 0)
      return fc.oneof(
        ...[type, ...others].map((one) => byKeywords({ ...schema, type: one as string }, depth)),
      );
    const { minimum = schema.exclusiveMinimum ?? -1000, maximum = 1000 } = schema;
    const from = Math.max(minimum, Number.MIN_SAFE_INTEGER);
    const to = Math.max(from, Math.min(maximum, from + 2000));
    switch (type) {
      case 'object':
        return objects(schema, depth);
      case 'array':
        return fc.array(valid(schema.items ?? {}, depth + 1), {
          minLength: schema.minItems ?? 0,
          maxLength: 3,
        });
      case 'string':
        return text;
      case 'integer':
        return fc.integer({ min: Math.ceil(from), max: Math.floor(to) });
      case 'number':
        return fc.oneof(
          fc.integer({ min: Math.ceil(from), max: Math.floor(to) }),
          fc.double({ min: from, max: to, noNaN: true }),
        );
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      default:
        return anything;
    }
  };
  const objects = (schema: Schema, depth: number): fc.Arbitrary<unknown> => {
    const { properties = {}, required = [], additionalProperties } = schema;
    const own = fc.record(
      Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, valid(of, depth + 1)])),
      { requiredKeys: [...required] },
    );
    if (typeof additionalProperties !== 'object') return own;
    const more = fc.dictionary(word, valid(additionalProperties, depth + 1), { maxKeys: 3 });
    return fc.tuple(own, more).map(([one, other]) => ({ ...other, ...one }));
  };

  /** The same with one thing in it that may not be. */
  const mutated = (body: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.tuple(body, fc.nat(), anything, fc.constantFrom('replace', 'remove', 'add')).map(mutate);

  const textOf = (body: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 6, arbitrary: body.map((value) => JSON.stringify(value) ?? 'null') },
      { weight: 5, arbitrary: mutated(body).map((value) => JSON.stringify(value) ?? 'null') },
      { weight: 1, arbitrary: anything.map((value) => JSON.stringify(value) ?? 'null') },
      {
        weight: 1,
        arbitrary: fc
          .tuple(body, fc.nat(40))
          .map(([value, cut]) => (JSON.stringify(value) ?? '').slice(0, cut)),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          '',
          '{}',
          '[',
          '\ufeff{}',
          '{"a":1}{"a":2}',
          'NaN',
          `{"a":"${'x'.repeat(70_000)}"}`,
          '['.repeat(20_000),
        ),
      },
    );

  const pathOf = (template: string, { parameters = [] }: Operation): fc.Arbitrary<string> => {
    const values = fc.record(
      Object.fromEntries(
        parameters.map(({ name, schema }) => [
          name,
          fc.oneof(valid(schema as Schema).map(String), text, fc.constant(String(schema.example))),
        ]),
      ),
      // What a query may have it may leave out.
      { requiredKeys: parameters.filter((one) => one.in === 'path').map(({ name }) => name) },
    );
    return values.map((given) => {
      const of = (name: string): string => encodeURIComponent(Buffer.from(given[name] ?? '').toString());
      const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => of(name));
      const query = parameters
        .filter(({ in: place, name }) => place === 'query' && given[name] !== undefined)
        .map(({ name }) => `${name}=${of(name)}`);
      return query.length === 0 ? path : `${path}?${query.join('&')}`;
    });
  };
  const oddPath = (path: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc
      .tuple(
        path,
        fc.constantFrom('/', '//', '/x', '?a=1&a=2', '?=%', '%', '%2F', '%E0%A4%A', '/..', ';x', 'x'),
      )
      .map(([of, more]) => of + more);

  const operations = Object.entries(document.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const path = pathOf(template, operation);
      const schema = operation.requestBody?.content['application/json']?.schema;
      const body = textOf(schema === undefined ? anything : valid(schema as Schema));
      return fc.record({
        method: fc.oneof(
          { weight: 9, arbitrary: fc.constant(method.toUpperCase()) },
          fc.constantFrom(...METHODS),
        ),
        path: fc.oneof({ weight: 9, arbitrary: path }, oddPath(path)),
        contentType: fc.oneof(
          { weight: 9, arbitrary: fc.constant('application/json') },
          fc.constantFrom('text/plain', 'application/json; charset=utf-8', 'application/xml', '', undefined),
        ),
        body:
          schema === undefined
            ? fc.option(body, { nil: undefined, freq: 1 })
            : fc.option(body, { nil: undefined, freq: 20 }),
      });
    }),
  );
  const weightOf = (index: number): number =>
    Object.values(document.paths).flatMap((methods) => Object.values(methods))[index]?.requestBody ===
    undefined
      ? 1
      : 4;
  return fc.oneof(...operations.map((arbitrary, index) => ({ weight: weightOf(index), arbitrary })));
}

function mutate([body, at, value, how]: [unknown, number, unknown, string]): unknown {
  if (typeof body !== 'object' || body === null) return value;
  const copy = structuredClone(body) as Record<string, unknown>;
  const keys = Object.keys(copy);
  const key = keys[at % Math.max(1, keys.length)];
  if (how === 'add' || key === undefined) copy[['more', 'id', 'at'][at % 3] as string] = value;
  else if (how === 'remove') delete copy[key];
  else copy[key] = at % 2 === 0 ? value : mutate([copy[key], at >> 1, value, how]);
  return copy;
}
