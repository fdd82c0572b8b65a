/** The key of a module's procedure: no name of a part or a module has a dot. */
export const keyOf = (module: string, part: string): string => `${module.replace("/", ".")}.${part}`;
