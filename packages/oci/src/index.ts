export { agentDiagnostics, takenBy, versionRange } from './agent/agent-rules.ts';
export type { AgentSituation } from './agent/agent-rules.ts';
export type { ImageFacts, ModuleFinding } from './agent/image-facts.ts';
export { istioVersions, newestIstio, parseIstioVersion } from './agent/istio-version.ts';
export type { IstioVersion } from './agent/istio-version.ts';
export * from './auth/credentials.ts';
export type { Access } from './auth/scopes.ts';
export { dockerCredentials, secretCredentials } from './auth/docker-config.ts';
export { checkLogin, parseRegistry, removeLogin, storeLogin } from './auth/login.ts';
export type { Login, LoginPlace } from './auth/login.ts';
export type { BlobCache, CacheWriter } from './cache/blob-cache.ts';
export { folderCache } from './cache/folder-cache.ts';
export type { CacheLimits } from './cache/folder-cache.ts';
export * from './errors.ts';
export { buildImage } from './image/build.ts';
export type { BuildImageOptions, WasmImage } from './image/build.ts';
export type { Blob } from './image/documents.ts';
export { fromAnnotations, moduleAnnotation, toAnnotations } from './image/metadata.ts';
export type { ImageMetadata } from './image/metadata.ts';
export type { WasmLayout } from './image/layout.ts';
export { parseManifest } from './image/manifest.ts';
export type { Descriptor, IndexEntry, ParsedManifest } from './image/manifest.ts';
export * from './limits.ts';
export { attachFile } from './operations/attach-file.ts';
export type { Attachment } from './operations/attach-file.ts';
export { copyImage } from './operations/copy-image.ts';
export type { CopiedImage } from './operations/copy-image.ts';
export { inspectImage } from './operations/inspect-image.ts';
export type { InspectedImage } from './operations/inspect-image.ts';
export type { ModuleTaker } from './image/module-taker.ts';
export { moduleOf, pullModule, pullModuleInto } from './operations/pull-module.ts';
export type { PulledImage, PulledModule } from './operations/pull-module.ts';
export { pushModule } from './operations/push-module.ts';
export type { PushedModule } from './operations/push-module.ts';
export { readImage } from './operations/read-image.ts';
export type { ReadImage } from './operations/read-image.ts';
export { resolveImage, tagDigest } from './operations/resolve-image.ts';
export type { ResolvedImage } from './operations/resolve-image.ts';
export { deleteImage, tagImage, tagsOf } from './operations/tag-image.ts';
export * from './options.ts';
export { formatDigest, parseDigest } from './reference/digest.ts';
export { dockerHub, formatReference, parseReference, pinnedReference } from './reference/reference.ts';
export type { ImageReference } from './reference/reference.ts';
export { hasBlob, pullBlob } from './remote/blob-download.ts';
export type { BlobDescriptor } from './remote/blob-download.ts';
export { pushBlob } from './remote/blob-upload.ts';
export type { BlobContent } from './remote/blob-upload.ts';
export { listRepositories, listTags } from './remote/lists.ts';
export { deleteManifest, headManifest, pullManifest, pushManifest, resolve } from './remote/manifests.ts';
export type { RawManifest, Resolved } from './remote/manifests.ts';
export { mediaTypes } from './remote/media-types.ts';
export { listReferrers, pushReferrer } from './remote/referrers.ts';
export type { Referrer } from './remote/referrers.ts';
export { RegistrySession } from './remote/session.ts';
export type { RegistryAccess } from './remote/session.ts';
export { startModuleServer } from './serve/module-server.ts';
export type {
  ModuleServer,
  ModuleServerOptions,
  ServedModule,
  ServedRequest,
} from './serve/module-server.ts';
export { createKeyPair, readPrivateKey, readPublicKey } from './sign/keys.ts';
export type { KeyPair } from './sign/keys.ts';
export type { KeylessTrust, SignerIdentity } from './sign/keyless.ts';
export { attestImage, findSignatures, signImage, verifySignatures } from './sign/sign-image.ts';
export type {
  Attestation,
  FoundSignatures,
  SignatureForm,
  Signers,
  VerifiedSignature,
} from './sign/sign-image.ts';
export type { ImageStore, ManifestKey } from './store/image-store.ts';
export { openStore, parseLocation } from './store/locations.ts';
export type { ImageLocation } from './store/locations.ts';
export { certificateFolders, certificatesFrom } from './transport/certificates.ts';
export type { CertificateResolver, RegistryCertificates } from './transport/certificates.ts';
export { noProxy, proxyRules } from './transport/proxy-rules.ts';
export type { ProxyRules } from './transport/proxy-rules.ts';
