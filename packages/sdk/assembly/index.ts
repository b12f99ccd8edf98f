/// <reference path="./compiler.d.ts" />
/** The SDK that filters are written with. */
export { BodyAction, HeadersAction, TrailersAction } from './actions';
export { attributes } from './attributes';
export { Body } from './body';
export { BodyCollector } from './body-collector';
export { Config } from './config';
export { sameBytes, sameText } from './crypto/compare';
export { Jwt, verifyJwt } from './crypto/jwt';
export { hmacSha256, sha256 } from './crypto/sha256';
export { Header, Headers } from './headers';
export { callForeignFunction, clearRouteCache } from './foreign';
export { GrpcCall } from './grpc/call';
export { GrpcStream } from './grpc/stream';
export { CallResponse, HttpCall } from './http-call';
export { HttpFilter } from './http-filter';
export { Json, JsonKind, parseJson } from './json/json';
export { JsonWriter, quoteJson } from './json/writer';
export { LocalResponse } from './local-response';
export { LogLevel, log } from './log';
export { Request, Response } from './messages';
export { Counter, Gauge, Histogram, LabeledCounter, labeled } from './metrics';
export { Configuration, Plugin } from './plugin';
export {
  propertyBool,
  propertyBytes,
  propertyBytesOf,
  propertyDouble,
  propertyInt,
  propertyNanoseconds,
  propertyString,
  propertyText,
  setProperty,
} from './properties';
export { PluginFactory, registerPlugin, registerPluginFor } from './registry';
export { Settings } from './settings';
export { sharedData } from './shared-data';
export { SharedQueue } from './shared-queue';
export { Status, lastStatus, statusText } from './status';
export { Peer, TcpAction, TcpFilter } from './tcp-filter';
export { equalsIgnoringCase } from './text/ascii';
export { base64Decode, base64Encode } from './text/base64';
export { SetCookie, cookieOf } from './text/cookies';
export { hex } from './text/hex';
export { PathPattern } from './text/path-pattern';
export { percentDecode } from './text/percent';
export { Query } from './text/query';
export { TextStream } from './text/text-stream';
export { nowMilliseconds, nowNanoseconds } from './time';
// Not for filters: loaded so that the compiler knows them.
import './abi/exports';
import './abort';
