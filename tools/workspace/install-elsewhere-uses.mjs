// What each installed package is asked to do: a program that sees the package as `exported` and throws if it is wrong.

/** By package name; a package that is not listed is only imported. */
export const uses = {};
