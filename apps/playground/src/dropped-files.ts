// What a visitor drops: files, or folders with all that is in them.
import { useState } from "preact/hooks";

/** Every file of a drop; a folder is walked through. Call it while the event is handled: later it is empty. */
async function filesOfDrop(data: DataTransfer | null): Promise<File[]> {
  const entries = [...(data?.items ?? [])].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (entries.length === 0) return [...(data?.files ?? [])];
  return (await Promise.all(entries.map(filesOfEntry))).flat();
}

async function filesOfEntry(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile)
    return [
      await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)),
    ]; // its kind says so
  const reader = (entry as FileSystemDirectoryEntry).createReader(); // as above
  const files: File[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return files; // it gives a hundred at a time
    for (const inside of some) files.push(...(await filesOfEntry(inside)));
  }
}

/** What makes an element a place to drop files on, and whether files are over it. */
export function useDrop(onFiles: (files: File[]) => void, onError: (error: unknown) => void) {
  const [isOver, setIsOver] = useState(false);
  return {
    isOver,
    handlers: {
      onDragOver(event: DragEvent) {
        event.preventDefault();
        setIsOver(true);
      },
      onDragLeave: () => setIsOver(false),
      onDrop(event: DragEvent) {
        event.preventDefault();
        setIsOver(false);
        filesOfDrop(event.dataTransfer).then(onFiles, onError);
      },
    },
  };
}
