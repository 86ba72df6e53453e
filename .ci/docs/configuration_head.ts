/** What `docs/configuration.md` begins with. */
export const HEAD = `# Configuration

Every key of \`config.yaml\` with its type, range, default and meaning. This page is written from the code by
\`deno task docs\`, and a test holds it there. [\`config.yaml\`](../config.yaml) shows the keys that people set;
\`examples/\` has whole configs to start from.

- **Nothing has to be set.** Every key has a default or may be left out, and the file may be empty or absent. A key
  without a value counts as absent; a name that you chose, such as a service's or an agent's, as an empty block.
- **Order:** the command line goes before \`data/config.yaml\` (which \`earshot devices set\` writes), that before
  \`config.yaml\`, and that before the defaults. Maps are merged key by key; a list replaces the whole list below it.
  \`earshot config reset KEY\` takes a key out of \`data/config.yaml\` again.
- **Mistakes are refused** at the start, each with file, line, and what would be right.
- **Units are in the names:** \`Ms\` is milliseconds, \`Bytes\` is bytes.
- **Editors** check the file and complete its keys with the JSON Schema in [\`config.schema.json\`](config.schema.json).
  For editors with the YAML language server, this is the first line of \`config.yaml\`:

  \`\`\`yaml
  # yaml-language-server: $schema=docs/config.schema.json
  \`\`\`

## Secrets

A config never holds a key, a password or a token. It says where one is: in an environment variable, or in a file
whose content it is (white space around it does not count).

\`\`\`yaml
apiKey: { env: DASHSCOPE_API_KEY }
apiKey: { file: /run/secrets/dashscope }
\`\`\`

## Certificates

Every service outside of this machine has a \`tls\` key, for addresses that begin with \`https://\` or \`wss://\`.
`;
