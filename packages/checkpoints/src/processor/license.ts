// The licence that a model card names.

/**
 * Finds `license:` in the front matter of a README.md, or `license_name:` where the licence is "other".
 *
 * @returns e.g. "apache-2.0", or undefined if the card says nothing
 */
export function licenseOf(readme: string): string | undefined {
  const frontMatter = /^---\r?\n([\s\S]*?)\r?\n---/.exec(readme)?.[1] ?? "";
  const field = (name: string) => new RegExp(`^${name}:\\s*["']?([\\w.+-]+)`, "m").exec(frontMatter)?.[1];
  const license = field("license");
  return license === "other" ? (field("license_name") ?? license) : license;
}
