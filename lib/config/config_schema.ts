/** What a schema finds wrong with a value; a zod issue is one. */
export interface SchemaIssue {
  /** The kind of fault. */
  readonly code: string;
  /** The keys that lead to the value. */
  readonly path: readonly PropertyKey[];
  /** The schema's own words. */
  readonly message: string;
  /** The keys that the schema does not know, for `unrecognized_keys`. */
  readonly keys?: readonly string[];
  /** What kind of text was wanted, for `invalid_format`; `regex` for a pattern of the schema's own. */
  readonly format?: string;
  /** What is wrong with a key of a record, for `invalid_key`. */
  readonly issues?: readonly SchemaIssue[];
  /** What each branch of a union finds wrong, for `invalid_union`. */
  readonly errors?: readonly (readonly SchemaIssue[])[];
}

/** What the loader asks of a schema; every zod schema is one. */
export interface ConfigSchema<Output> {
  /** Checks a value and fills in the defaults. */
  safeParse(data: unknown):
    | { readonly success: true; readonly data: Output }
    | { readonly success: false; readonly error: { readonly issues: readonly SchemaIssue[] } };
  /** Its shape as JSON Schema. */
  toJSONSchema(options: { readonly io: "input"; readonly unrepresentable: "any" }): object;
}
