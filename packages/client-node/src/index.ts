/** TCP, TLS and SRV for @waxwing/client on Node; everything of that package comes along. */
export * from '@waxwing/client'
export { type ConnectOptions, connect } from './connect.ts'
export { nodePlatform } from './node-platform.ts'
export { orderOf, type SrvRecord } from './srv.ts'
export type { Security, SrvLookup, TargetOptions } from './targets.ts'
export { type TcpOptions, tcpConnector } from './tcp-connector.ts'
export type { TlsOptions } from './tls-client.ts'
export type { Trust } from './trust.ts'
