import { abiMarker, missingInAbi } from './abi-version.ts';
import { alwaysExported, bases, browserImports, callbacks, methodsOf, type Base } from './callbacks.ts';
import { readConfigFields } from './config-fields.ts';
import {
  userDefined,
  userEntry,
  type ClassPrototype,
  type FunctionPrototype,
  type Member,
  type Parser,
  type Program,
  type Signature,
  type SourceRange,
} from './program.ts';
import { pausesForBody } from './proxy-options.ts';
import { similar } from './similar.ts';
import { placesOf } from './source-text.ts';

const sdk = '~lib/@wasmcast/sdk/assembly';
const exportsFile = `${sdk}/abi/exports`;
const runtimeFile = '@wasmcast/sdk/assembly/runtime/heap';

/**
 * The compiler transform that every filter is built with (`asc --transform @wasmcast/sdk/transform`): makes the callbacks that
 * the filter's classes override the exports of the module, gives the module the SDK's `abort`, and says in the words of the
 * SDK what a filter lacks. Sources that do not use the SDK are left alone.
 */
export default class FilterTransform {
  // Set by the compiler on the prototype before the hooks are called.
  declare readonly program: Program;

  afterParse(parser: Parser): void {
    const { sources, options, module } = this.program;
    const source = sources.find(({ internalPath }) => internalPath === exportsFile);
    if (source === undefined) return;
    source.sourceKind = userEntry;
    readConfigFields(this.program, parser);
    options.globalAliases ??= new Map();
    options.globalAliases.set('abort', `${sdk}/abort/abort`);
    // The SDK's collector never runs while a callback does, so it needs no second stack on which to look for references.
    if (sources.some((one) => one.internalPath.endsWith(runtimeFile))) {
      options.stackSize = 0;
      module.useShadowStack = false;
    }
  }

  afterInitialize(): void {
    for (const [name, file] of this.program.filesByName) {
      if (!name.endsWith(runtimeFile)) continue;
      for (const [bare, element] of file.exports ?? []) this.program.elementsByName.set(bare, element);
    }
    const exports = this.program.filesByName.get(exportsFile)?.exports;
    if (!exports) return;
    const wanted = new Set([...alwaysExported, abiMarker(this.program)]);
    for (const base of Object.keys(bases) as Base[]) {
      const classes = this.#descendants(`${sdk}/${bases[base]}`, methodsOf(base));
      if (base === 'http') {
        for (const { range, words } of classes.flatMap(pausesForBody))
          this.program.warning(userDefined, range, words);
      }
      for (const { exportName, methods } of callbacks) {
        if (overrides(classes, methods[base] ?? [])) wanted.add(exportName);
      }
    }
    for (const name of exports.keys()) {
      if (!wanted.has(name)) exports.delete(name);
    }
  }

  afterCompile(): void {
    const { elementsByName, sources } = this.program;
    if (!elementsByName.has(`${sdk}/registry/registerPlugin`)) return;
    this.#reportBrowserImports();
    const missing = missingInAbi(this.program);
    if (missing !== undefined) this.program.error(userDefined, null, missing);
    const registered = ['registerPlugin', 'registerPluginFor'].some((name) => {
      const prototype = elementsByName.get(`${sdk}/registry/${name}`) as FunctionPrototype | undefined;
      return (prototype?.instances?.size ?? 0) > 0;
    });
    if (registered) return;
    const entry = sources.find((s) => s.sourceKind === userEntry && s.internalPath !== exportsFile);
    this.program.error(
      userDefined,
      entry?.range ?? null,
      'no plugin is registered, so the proxy would have nothing to run. End the entry file with: registerPlugin(() => new MyPlugin());',
    );
  }

  #reportBrowserImports(): void {
    const names = [...(this.program.moduleImports.get('env')?.keys() ?? [])];
    for (const { pattern, written, advice } of browserImports) {
      if (!names.some((name) => pattern.test(name))) continue;
      const places = placesOf(written, this.program.sources);
      for (const place of places.length > 0 ? places : [null]) this.program.error(userDefined, place, advice);
    }
  }

  /** The classes that extend one of the SDK's, at any distance. What is wrong with their callbacks is reported. */
  #descendants(name: string, callbackNames: readonly string[]): readonly ClassPrototype[] {
    const base = this.program.elementsByName.get(name) as ClassPrototype;
    const all = new Set(this.program.elementsByName.values());
    const found = [...all].filter((element): element is ClassPrototype => {
      let ancestor = (element as Partial<ClassPrototype>).basePrototype;
      while (ancestor && ancestor !== base) ancestor = ancestor.basePrototype;
      return ancestor !== undefined && ancestor !== null;
    });
    for (const one of found) {
      for (const [member, { identifierNode, declaration }] of one.instanceMembers ?? []) {
        const where = identifierNode.range;
        if (callbackNames.includes(member)) this.#compare(one, base, member);
        else if (/^on[A-Z]/.test(member) && declaration.signature)
          this.#warn(one, member, callbackNames, where);
      }
    }
    return found;
  }

  /**
   * The compiler would report another number of parameters too, but in words about its own overload signatures; and it takes a
   * bool for an action, of which `true` is Pause.
   */
  #compare(one: ClassPrototype, base: ClassPrototype, name: string): void {
    const own = one.instanceMembers?.get(name);
    const model = memberOf(base, name)?.declaration;
    const [ours, wantedOnes] = [own?.declaration.signature, model?.signature];
    if (own === undefined || model === undefined || ours === undefined || wantedOnes === undefined) return;
    const sameCount = ours.parameters.length === wantedOnes.parameters.length;
    if (sameCount && returned(ours) === returned(wantedOnes)) return;
    const { source, start, end } = model.range;
    const wanted = source.text.slice(start, end).split('{', 1)[0]?.trim();
    this.program.error(userDefined, own.identifierNode.range, `${one.name} must declare ${wanted}`);
  }

  /** A method with a callback's kind of name that is none: misspelt, it would silently never be called. */
  #warn(one: ClassPrototype, name: string, known: readonly string[], where: SourceRange): void {
    const meant = similar(name, known);
    if (meant === undefined) return;
    this.program.warning(
      userDefined,
      where,
      `${one.name}.${name} is no callback and is never called by the proxy: did you mean ${meant}?`,
    );
  }
}

/** The name of what is returned; `boolean` is another word for `bool`. */
function returned({ returnType }: Signature): string | undefined {
  return returnType.name?.identifier.text.replace(/^boolean$/, 'bool');
}

/** A member that a class declares or inherits. */
function memberOf(one: ClassPrototype | null, name: string): Member | undefined {
  return one === null ? undefined : (one.instanceMembers?.get(name) ?? memberOf(one.basePrototype, name));
}

function overrides(classes: readonly ClassPrototype[], methods: readonly string[]): boolean {
  return classes.some((one) => methods.some((method) => one.instanceMembers?.has(method) ?? false));
}
