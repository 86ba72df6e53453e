/** How the keys of services begin, and their shapes, wherever they were pasted. */
const SHAPES: readonly RegExp[] = [
  /\b(sk|pk|ak|rk|hf|ghp|gsk|xai)[-_]\w{3}/,
  /\b(AKID|LTAI|AKIA|AKLT|AIza)[\w-]{8}/,
  /\bBearer\s+\S{6}/i,
  /\beyJ[\w-]{6,}\.[\w-]+\.[\w-]*/, // a JSON web token
  /\b[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\b/i, // a UUID
  /\b(?=[a-f]*\d)(?=\d*[a-f])[\da-f]{16,}\b/i,
  /\b(?=\w*\d)(?=\w*[A-Za-z])\w{24,}\b/,
  /(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{20,}/,
];

/** Whether a text has the look of a service's key: it is better not shown. */
export function looksSecret(text: string): boolean {
  return SHAPES.some((shape) => shape.test(text));
}
