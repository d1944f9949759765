/**
 * Checks values against the chart's JSON schema in the browser, while one types. The usual
 * validator compiles schemas to code, which the content security policy forbids; this one walks
 * them. The server checks again.
 */
import { type OutputUnit, Validator, type Schema } from "@cfworker/json-schema";
import {
  createErrorHandler,
  type CustomValidator,
  type ErrorTransformer,
  getDefaultFormState,
  type RJSFSchema,
  type RJSFValidationError,
  toErrorSchema,
  unwrapErrorHandler,
  validationDataMerge,
  type UiSchema,
  type ValidationData,
  type ValidatorType,
} from "@rjsf/utils";

import type { Values } from "./draft";

/** Of containers it is said only that something inside is wrong. */
const CONTAINERS = new Set(["properties", "items", "allOf", "anyOf", "oneOf", "if", "$ref", "additionalProperties"]);

function check(schema: RJSFSchema, value: unknown): OutputUnit[] {
  return new Validator(schema as Schema, "2020-12", false).validate(value).errors;
}

/** "#/a/b~1c/0" as rjsf writes it: ".a.b/c.0". */
function propertyOf(location: string): string {
  const parts = location.split("/").slice(1);
  return parts.map((part) => `.${part.replaceAll("~1", "/").replaceAll("~0", "~")}`).join("");
}

/** Where the validator's own words say nothing to somebody who does not see the schema. */
const SENTENCES: Record<string, string> = {
  pattern: "This is not in the form that is expected here.",
  not: "This is not allowed here.",
  required: "Something that is needed here is missing.",
};

function errorsOf(schema: RJSFSchema, value: unknown): RJSFValidationError[] {
  return check(schema, value)
    .filter(({ keyword }) => !CONTAINERS.has(keyword))
    .map(({ keyword, instanceLocation, error }) => {
      const message = SENTENCES[keyword] ?? error;
      return { name: keyword, property: propertyOf(instanceLocation), message, stack: message };
    });
}

export const validator: ValidatorType = {
  validateFormData(
    formData: unknown,
    schema: RJSFSchema,
    customValidate?: CustomValidator,
    transformErrors?: ErrorTransformer,
    uiSchema?: UiSchema,
  ): ValidationData<unknown> {
    let errors = errorsOf(schema, formData);
    if (transformErrors) errors = transformErrors(errors, uiSchema);
    const found = { errors, errorSchema: toErrorSchema(errors) };
    if (!customValidate) return found;
    const handler = customValidate(formData, createErrorHandler(formData), uiSchema);
    return validationDataMerge(found, unwrapErrorHandler(handler));
  },
  isValid(schema, formData, rootSchema) {
    // Parts of a schema may point to definitions of the whole.
    const definitions = { definitions: rootSchema.definitions, $defs: rootSchema.$defs };
    return check({ ...definitions, ...schema }, formData).length === 0;
  },
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as the interface has it
  rawValidation<Result>(schema: RJSFSchema, formData?: unknown) {
    return { errors: check(schema, formData) as Result[] };
  },
};

/** The values of an untouched form: what the chart sets and what its schema says by default. */
export function untouchedValues(schema: RJSFSchema, defaults: Values): Values {
  return (getDefaultFormState(validator, schema, defaults, schema) ?? {}) as Values;
}
