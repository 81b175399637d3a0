// The licence that a model card names.

/**
 * Finds `license:` in the front matter of a README.md.
 *
 * @returns e.g. "apache-2.0", or undefined if the card says nothing
 */
export function licenseOf(readme: string): string | undefined {
  const frontMatter = /^---\r?\n([\s\S]*?)\r?\n---/.exec(readme)?.[1];
  return frontMatter?.match(/^license:\s*["']?([\w.+-]+)/m)?.[1];
}
