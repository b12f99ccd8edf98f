/** What the transform reads of the AssemblyScript compiler's program; its own types are the compiler's private business. */

/** A place in a source file. */
export interface SourceRange {
  readonly source: { readonly text: string };
  readonly start: number;
  readonly end: number;
}

/** A class, method or function as declared. */
export interface Declared {
  readonly name: string;
  readonly identifierNode: { readonly range: SourceRange };
}

/** A member of a class; fields have no signature. */
export interface Member extends Declared {
  readonly declaration: {
    readonly range: SourceRange;
    readonly signature?: { readonly parameters: readonly unknown[] };
  };
}

export interface ClassPrototype extends Declared {
  readonly instanceMembers: ReadonlyMap<string, Member> | null;
  readonly basePrototype: ClassPrototype | null;
}

export interface FunctionPrototype extends Declared {
  /** Its compiled forms; none when nothing refers to it. */
  readonly instances: ReadonlyMap<string, unknown> | null;
}

export interface Source {
  readonly internalPath: string;
  readonly range: SourceRange;
  sourceKind: number;
}

export interface Program {
  readonly sources: readonly Source[];
  readonly options: { globalAliases: Map<string, string> | null; stackSize: number };
  readonly module: { useShadowStack: boolean };
  /** By the path of their file and their name; those that are global by the name alone. */
  readonly elementsByName: Map<string, unknown>;
  /** What the module will import: by module, then by name. Filled while compiling. */
  readonly moduleImports: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
  readonly filesByName: ReadonlyMap<string, { readonly exports: Map<string, unknown> | null }>;
  error(code: number, range: SourceRange | null, text: string): void;
  warning(code: number, range: SourceRange | null, text: string): void;
}

/** `SourceKind.UserEntry`: what this file exports becomes an export of the module. */
export const userEntry = 1;

/** `DiagnosticCode.User_defined_0`: a message in our own words. */
export const userDefined = 102;
