import { Json } from './json/json';
import { Settings } from './settings';

/**
 * A configuration as a class. Its public fields are read from the keys of the same names: `string`, `bool`, `i32`, `f64`, `string[]`, `Json`,
 * another class that extends Config, and a list of those. A field with a value is optional; one with `!` must be there. All faults
 * are logged with their paths, as in `"rules[2].prefix" must be a text that is not empty`.
 *
 *     class Rule extends Config {
 *       prefix!: string;
 *       limit: i32 = 10;
 *     }
 *     class Rules extends Config {
 *       rules!: Rule[];
 *     }
 *
 *     onConfigure(): bool {
 *       const config = this.configuration.typed<Rules>();
 *       if (config === null) return false;
 *       this.rules = config.rules;
 *       return true;
 *     }
 */
export abstract class Config {
  /** For the SDK. Only while the fields are read. */
  __settings: Settings | null = null;

  /** Looks at what types cannot say, once all fields are right by themselves. Say what is wrong by `fault`. */
  validate(): void {}

  /** In `validate`: says that a key's value is wrong, so that the whole configuration is refused. */
  fault(key: string, words: string): void {
    this.__settings!.fault(key, words);
  }

  /** For the SDK: reads all fields; false when anything is wrong. */
  __read(settings: Settings): bool {
    this.__settings = settings;
    this.__fields();
    if (settings.isAccepted) this.validate();
    this.__settings = null;
    return settings.accept();
  }

  /** Made by the compiler transform (src/config-fields.ts): reads each field by the function below for its type. */
  __fields(): void {}

  __text(key: string, required: bool, value: string): string {
    const settings = this.__settings!;
    return required ? settings.text(key) : settings.textOr(key, value);
  }
  __flag(key: string, required: bool, value: bool): bool {
    return this.__settings!.given(key, required) ? this.__settings!.flag(key, value) : value;
  }
  __integer(key: string, required: bool, value: i32): i32 {
    const settings = this.__settings!;
    return settings.given(key, required) ? settings.integer(key, value, i32.MIN_VALUE) : value;
  }
  __number(key: string, required: bool, value: f64): f64 {
    return this.__settings!.given(key, required) ? this.__settings!.number(key) : value;
  }
  __json(key: string, required: bool, value: Json): Json {
    return this.__settings!.given(key, required) ? this.__settings!.json(key) : value;
  }
  __texts(key: string, required: bool, value: string[]): string[] {
    return this.__settings!.given(key, required) ? this.__settings!.texts(key) : value;
  }
  __object<T extends Config>(key: string, required: bool, value: T): T {
    const settings = this.__settings!;
    if (settings.given(key, required)) settings.include(value.__read(settings.inner(key)));
    return value;
  }
  __objects<T extends Config>(key: string, required: bool, value: T[]): T[] {
    const settings = this.__settings!;
    if (!settings.given(key, required)) return value;
    const items = settings.list(key);
    const all: T[] = [];
    for (let i = 0; i < items.length; i++) {
      const one = instantiate<T>();
      settings.include(one.__read(items[i]));
      all.push(one);
    }
    return all;
  }
}
