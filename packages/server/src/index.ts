/** The XMPP server as a library: start it on sockets, or run it without any. */
export { type Config, readConfig, type ServerSettings } from './config/config.ts'
export { ConfigError } from './config/config-error.ts'
export { describeSettings } from './config/describe-settings.ts'
export { parseDuration } from './config/quantity.ts'
export { type ConfigSource, parseToml } from './config/read-settings.ts'
export { serverSettings } from './config/server-settings.ts'
export { defaultsOf } from './config/setting.ts'
export { defaultFeatures } from './features/features.ts'
export { type InvitationsApi, type Invited, invitations } from './features/invitations/feature.ts'
export { exportAccount, type Imported, importAccount } from './kernel/account-export.ts'
export { AccountError } from './kernel/accounts.ts'
export type { Host, StopKind } from './kernel/host.ts'
export { type Log, silentLog } from './kernel/log.ts'
export { Service, type ServicePlan } from './kernel/service.ts'
export { ListenError } from './listen/listeners.ts'
export { nodeClock, nodeCrypto, nodeRandom } from './listen/node-platform.ts'
export { type NodeServerOptions, openServer, type RunningServer, startServer } from './node-server.ts'
export {
  type HostPlan,
  Server,
  type ServerLimits,
  type ServerOptions,
  type ServerPlatform,
} from './server.ts'
export { defaultMechanisms, type LoginSettings } from './session/login.ts'
export { type MemoryDriver, memoryStore } from './store/memory.ts'
export { version } from './version.ts'
