/** The JSON Schema of the file, for editors: the zod fragments once more, and one alternative for each type and algorithm. */
import { z } from 'zod';
import { patternField, patternFields } from '../patterns/schema.ts';
import { algorithmsOf, patternedArrivals, patternedOption } from '../generators/registry.ts';
import { labelSetFields, labelSetsFields, labelsFields, profileFields } from '../labels/fields.ts';
import { withArticle, type AlgorithmType, type DeclaredType } from '../series/family.ts';
import { learnedFields } from './learned.ts';
import { followingArrivals, followingOptions, type FollowingRule } from './following.ts';
import { algorithmTypeOf, fieldsOf, METRIC_TYPES, writtenFieldsOf } from './metric.ts';
import { sectionFields } from './schema.ts';

/** A JSON Schema, as far as this file builds them. */
interface Json {
  [keyword: string]: unknown;
}

interface ObjectJson extends Json {
  properties: Record<string, Json>;
  required?: string[];
}

const PATTERN: Json = { $ref: '#/definitions/pattern' };
const LABELS: Json = { $ref: '#/definitions/labels' };
const SERVED = [
  ...new Set(
    METRIC_TYPES.flatMap((type) =>
      type === 'stateset' || type === 'unknown' ? [] : algorithmTypeOf({ type }),
    ),
  ),
];
/** Of explicit series, whose form depends on the type. */
const SERIES =
  'Series by their labels, each with a generator of its own; behind those that labels make, or in their place when there are no labels.';
const LABEL_SETS: Json = { $ref: '#/definitions/label_sets' };

/** The schema as an object. Descriptions, defaults and limits are those that validation uses. */
export function createJsonSchema(): Json {
  const profile = toObject(profileFields);
  profile.properties['labels'] = LABELS;
  profile.properties['label_sets'] = {
    ...LABEL_SETS,
    description: profile.properties['label_sets']?.['description'],
  };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Lyrebird configuration',
    type: 'object',
    additionalProperties: false,
    properties: {
      global: { ...toJson(sectionFields.global), description: 'The run as a whole.' },
      exporters: { ...toJson(sectionFields.exporters), description: 'Where the numbers go.' },
      profiles: {
        type: 'object',
        description: 'Label spaces by name, for metrics to share.',
        additionalProperties: { $ref: '#/definitions/profile' },
      },
      factors: {
        ...toJson(sectionFields.factors),
        description: 'What learned series move together by: factors by name.',
      },
      replicate: {
        ...LABELS,
        description:
          'Labels that make many targets of the one that metrics of the algorithm learned are of, each with its own draws. They become the profile replicas.',
      },
      learned: {
        ...toJson(learnedFields),
        description: 'Targets that are learnt from samples when the file is read, by name.',
      },
      metrics: {
        type: 'array',
        minItems: 1,
        description: 'The metrics, in the order of the page.',
        items: { $ref: '#/definitions/metric' },
      },
      scenarios: {
        ...toJson(sectionFields.scenarios),
        description: 'Timelines by name, to be started by on_start or POST /control/scenario.',
      },
      faults: {
        ...toJson(sectionFields.faults),
        description: 'What is wrong with scrapes and pushes.',
      },
      runtime: { ...toJson(sectionFields.runtime), description: 'Actions of the run.' },
      limits: { ...toJson(sectionFields.limits), description: 'Guards against what is larger than meant.' },
    },
    definitions: {
      labels: toJson(labelsFields),
      label_sets: toJson(labelSetsFields),
      label_set: toJson(labelSetFields),
      ...Object.fromEntries(SERVED.map((type) => [`series_of_${type}`, createSeries(type)])),
      profile,
      pattern: createPatternSchema(),
      patterned_option: toJson(patternedOption),
      patterned_arrivals: toJson(patternedArrivals),
      metric: { anyOf: METRIC_TYPES.flatMap(createAlternatives) },
    },
  };
}

/** The schema as the text of `configs/lyrebird.schema.json`. */
export function formatJsonSchema(): string {
  return `${JSON.stringify(createJsonSchema(), null, 2)}\n`;
}

/** An explicit series with any algorithm of a type, or with that of its metric and options in place of its. */
function createSeries(type: AlgorithmType): Json {
  const labels: Json = { $ref: '#/definitions/label_set' };
  const alternatives = algorithmsOf(type).map(({ name, summary, options }) => ({
    title: name,
    description: summary,
    type: 'object',
    additionalProperties: false,
    required: ['labels'],
    properties: {
      labels,
      algorithm: { const: name, description: summary },
      ...toOptions(options).properties,
    },
  }));
  return { anyOf: alternatives };
}

/** A number, a text, a list, or a mapping with one of the keys; patterns within patterns refer to it. */
function createPatternSchema(): Json {
  const properties = Object.fromEntries(
    Object.entries(patternFields).map(([kind, schema]) => [kind, toJson(schema)]),
  );
  const mapping = {
    type: 'object',
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
    properties,
  };
  return {
    description: 'Values tick by tick.',
    anyOf: [{ type: 'number' }, { type: 'string' }, { type: 'array', items: PATTERN }, mapping],
  };
}

/** One alternative for each algorithm of a type; what is of unknown type has those of a gauge or of a counter. */
function createAlternatives(type: DeclaredType): Json[] {
  if (type !== 'unknown') return alternativesFor(type, algorithmTypeOf({ type }));
  return (['gauge', 'counter'] as const).flatMap((like) => alternativesFor(type, like, { like }));
}

/** One alternative for each algorithm: the type's fields and the algorithm's options, and no other key. */
function alternativesFor(
  type: DeclaredType,
  served: AlgorithmType,
  { like }: { like?: 'gauge' | 'counter' } = {},
): Json[] {
  const fields = toFollowing(fieldsOf(type), followingArrivals, 'patterned_arrivals');
  const written = toObject(writtenFieldsOf(type));
  const { series, ...others } = {
    series: createSeriesField(served),
    ...fields.properties,
    ...written.properties,
  };
  return algorithmsOf(served).map(({ name, summary, options }, index) => {
    const own = toOptions(options);
    const isDefault = index === 0;
    return {
      title: `${type}, ${name}${like === undefined ? '' : ` like a ${like}`}`,
      description: summary,
      type: 'object',
      additionalProperties: false,
      required: [
        ...(fields.required ?? []),
        ...(like === 'counter' ? ['like'] : []),
        ...(isDefault ? [] : ['algorithm']),
        ...(own.required ?? []),
      ],
      properties: {
        ...others,
        ...(like === undefined ? {} : { like: { ...fields.properties['like'], enum: [like] } }),
        type: { ...fields.properties['type'], enum: [type] },
        labels: { ...LABELS, description: fields.properties['labels']?.['description'] },
        label_sets: { ...LABEL_SETS, description: fields.properties['label_sets']?.['description'] },
        ...(type === 'stateset' ? {} : { series }),
        algorithm: {
          const: name,
          description: `${summary}${isDefault ? ` The default of ${withArticle(type)}.` : ''}`,
          ...(isDefault ? { default: name } : {}),
        },
        ...own.properties,
      },
    };
  });
}

function createSeriesField(served: AlgorithmType): Json {
  return {
    type: 'array',
    minItems: 1,
    description: SERIES,
    items: { $ref: `#/definitions/series_of_${served}` },
  };
}

function toOptions(schema: z.ZodObject): ObjectJson {
  return toFollowing(schema, followingOptions, 'patterned_option');
}

/** With a pattern as the other form of numbers that may follow one. */
function toFollowing(schema: z.ZodObject, { holds }: FollowingRule, definition: string): ObjectJson {
  const json = toObject(schema);
  const properties = Object.entries(json.properties).map(
    ([name, { description, default: value, ...number }]) => [
      name,
      holds(name, schema.shape[name] as z.ZodType)
        ? {
            anyOf: [number, { $ref: `#/definitions/${definition}` }],
            ...(value !== undefined && { default: value }),
            description,
          }
        : json.properties[name],
    ],
  );
  return { ...json, properties: Object.fromEntries(properties) as ObjectJson['properties'] };
}

function toObject(schema: z.ZodObject): ObjectJson {
  return toJson(schema) as ObjectJson;
}

function toJson(schema: z.ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      const { def } = zodSchema._zod;
      if ((zodSchema as z.core.$ZodType) === patternField) Object.assign(jsonSchema, PATTERN);
      // zod leaves out a default behind a transformation, as it is one of its result; ours are legal in the file too.
      if (def.type === 'default') jsonSchema.default = def.defaultValue;
      // What a whole number can be anyway.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return json;
}
