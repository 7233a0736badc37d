/** The OpenAPI document of the control API, as a reader of it sees it. */
import { z } from 'zod';

export interface Media {
  readonly schema: unknown;
  readonly example?: unknown;
  readonly examples?: Record<string, { value: unknown }>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly schema: { readonly example?: unknown };
}

export interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly responses: Record<string, { content: Record<string, Media> }>;
  readonly requestBody?: { content: Record<string, Media> };
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, { example?: unknown }> };
}

/** The validator that the document's own JSON Schema makes. */
export function validatorOf(document: OpenApiDocument, schema: unknown): z.ZodType {
  const text = JSON.stringify({ ...(schema as object), $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as never);
}
