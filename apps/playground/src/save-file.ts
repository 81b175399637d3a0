// Gives a file to the visitor.

/** Starts a download; the bytes stay for a minute, which is enough for a browser to take them. */
export function saveFile(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
