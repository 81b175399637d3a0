// Node's own modules, asked for when they are used: no import statement names them, so every bundler for pages is content.

/** For functions that run in Node only, e.g. `const { open } = node.fs();`. */
export const node = {
  fs: () => process.getBuiltinModule("node:fs/promises"),
  streams: () => process.getBuiltinModule("node:fs"),
  path: () => process.getBuiltinModule("node:path"),
  os: () => process.getBuiltinModule("node:os"),
  crypto: () => process.getBuiltinModule("node:crypto"),
};
