/** Answers that may get more members, and more values, without breaking who holds them against the description. */
import * as z from 'zod';
import type { ZodOpenApiOverride } from 'zod-openapi';

/** One of a list that may grow. We hold our own answers to it; it is described as a text with examples. */
export function growing<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values).meta({
    override: ({ jsonSchema }) => {
      delete jsonSchema.enum;
      jsonSchema.examples = [...values];
    },
  });
}

/** Describes strict objects as ones that may have other members, too: in answers only. */
export const letAnswersGrow: ZodOpenApiOverride = ({ jsonSchema, io }) => {
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
};
