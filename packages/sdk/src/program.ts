/** What the transform reads of the AssemblyScript compiler's program; its own types are the compiler's private business. */

/** A place in a source file. */
export interface SourceRange {
  readonly source: { readonly text: string; readonly normalizedPath: string };
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
    readonly signature?: Signature;
  };
}

/** What a function takes and returns, as written. */
export interface Signature {
  readonly parameters: readonly unknown[];
  readonly returnType: TypeNode;
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
  readonly statements: readonly Statement[];
  sourceKind: number;
}

/** A statement of a file. `kind` tells which of the others is there. */
export interface Statement {
  readonly kind: number;
}

export interface ImportStatement extends Statement {
  readonly path: { readonly value: string };
  /** Null for an import of everything. */
  readonly declarations: readonly { readonly foreignName: Identifier; readonly name: Identifier }[] | null;
}

export interface ClassDeclaration extends Statement {
  readonly range: SourceRange;
  readonly name: Identifier;
  readonly extendsType: TypeNode | null;
  readonly members: FieldDeclaration[];
}

/** A member of a class as parsed; methods have another `kind`. */
export interface FieldDeclaration extends Statement {
  readonly name: Identifier;
  readonly range: SourceRange;
  readonly type: TypeNode | null;
  flags: number;
  initializer: unknown;
}

/** A type as written; one that is no name has no `name`. */
export interface TypeNode {
  readonly name?: { readonly identifier: Identifier; readonly next: unknown };
  readonly typeArguments: readonly TypeNode[] | null;
  readonly isNullable: boolean;
  readonly range: SourceRange;
}

export interface Identifier {
  readonly text: string;
}

/** The compiler's parser. */
export interface Parser {
  readonly sources: readonly Source[];
  parseFile(text: string, path: string, isEntry: boolean): void;
}

/** `NodeKind`, of the statements that the transform knows. */
export const nodeKind = { classDeclaration: 52, fieldDeclaration: 55, import: 43 } as const;

/** `CommonFlags`, of fields. */
export const fieldFlag = { static: 32, private: 512, protected: 1024, definitelyAssigned: 16384 } as const;

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
