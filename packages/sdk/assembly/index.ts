/** The SDK that filters are written with. */
export { BodyAction, HeadersAction, TrailersAction } from './actions';
export { Body } from './body';
export { Header, Headers } from './headers';
export { HttpFilter } from './http-filter';
export { Json, JsonKind, parseJson } from './json/json';
export { LocalResponse } from './local-response';
export { LogLevel, log } from './log';
export { Request, Response } from './messages';
export { Configuration, Plugin } from './plugin';
export {
  propertyBool,
  propertyBytes,
  propertyBytesOf,
  propertyDouble,
  propertyInt,
  propertyNanoseconds,
  propertyString,
  setProperty,
} from './properties';
export { PluginFactory, registerPlugin, registerPluginFor } from './registry';
export { Status, lastStatus, statusText } from './status';
export { nowMilliseconds, nowNanoseconds } from './time';
// Not for filters: loaded so that the compiler knows them.
import './abi/exports';
import './abort';
