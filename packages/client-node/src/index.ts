/** TCP, TLS and SRV for @waxwing/client on Node; everything of that package comes along. */
export * from '@waxwing/client'
export { type ConnectOptions, connect, makeAccount } from './connect.ts'
export { fileLogins } from './file-logins.ts'
export { fileQueue } from './file-queue.ts'
export { keyHolder } from './key-holder.ts'
export { nodePlatform } from './node-platform.ts'
export {
  type KeptChange,
  type KeptHow,
  type KeptRange,
  type KeptRow,
  SqliteHistory,
  sqliteHistory,
} from './sqlite-history.ts'
export { orderOf, type SrvRecord } from './srv.ts'
export type { Security, SrvLookup, TargetOptions } from './targets.ts'
export { type TcpOptions, tcpConnector } from './tcp-connector.ts'
export type { TlsOptions } from './tls-client.ts'
export type { Trust } from './trust.ts'
