/** Fast authentication by tokens (XEP-0484): a device that comes back is in after one round trip. */
import type { BareJid } from '@waxwing/jid'
import { Fast, FastRequest, FastToken } from '@waxwing/protocol'
import {
  HashedTokenResponder,
  hashedTokenMechanisms,
  type LoginRequest,
  type ProvenLogin,
  type SaslResponder,
  type TlsFacts,
} from '@waxwing/stream'
import { type Element, readWire, type Wire, WireError, writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { hook } from '../../kernel/hooks.ts'
import type { LoginMechanism } from '../../kernel/inline.ts'
import { clientIdOf } from '../sasl2/client-id.ts'
import { sasl2 } from '../sasl2/feature.ts'
import { type HeldToken, type TokenHolder, Tokens, tokenShapes } from './tokens.ts'

export interface FastApi {
  /** Clients that hold tokens of an account. */
  list(account: BareJid): Promise<readonly TokenHolder[]>
  /** @returns whether the client held any */
  revoke(account: BareJid, clientId: string): Promise<boolean>
  revokeAll(account: BareJid): Promise<void>
}

const day = 24 * 60 * 60_000

export const fast = defineFeature({
  name: 'fast',
  implements: [
    { spec: 'XEP-0484', version: '0.2.0', coverage: 'complete', note: 'TLS early data is not taken.' },
  ],
  needs: { sasl2 },
  config: {
    lifetime: setting.duration('30d', 'How long a token lets its device in without being used.', {
      min: 60_000,
      max: 3_650 * day,
    }),
    rotateAfter: setting.duration('1d', 'Age at which a token is changed for a new one at the next login.', {
      max: 3_650 * day,
    }),
    clientsPerAccount: setting.count(
      64,
      'Devices of one account that may hold tokens; the one not seen for longest makes room.',
      { min: 1, max: 10_000 },
    ),
  },
  store: tokenShapes,
  async setup({ config, store, host, clock }) {
    const tokens = new Tokens({
      host,
      store: store.tokens,
      key: await host.keyFor('tokens'),
      wall: () => clock.wall(),
      lifetimeMs: config.lifetime,
      rotateAfterMs: config.rotateAfter,
      clientsPerAccount: config.clientsPerAccount,
    })

    function start(request: LoginRequest, binding: Uint8Array): SaslResponder | undefined {
      const clientId = clientIdOf(request.userAgent)
      const use = read(request.inline, Fast)
      if (clientId === undefined || !use) return undefined
      const { mechanism } = request
      const { count, invalidate = false } = use
      const accountOf = (username: string): BareJid => host.accounts.jidOf(username)
      return new HashedTokenResponder<HeldToken>({
        crypto: host.crypto,
        domain: host.domain,
        binding,
        candidates: username => tokens.candidates(accountOf(username), clientId),
        accept: (username, { nonce }) =>
          tokens.use(accountOf(username), clientId, { nonce, mechanism, count, invalidate }),
      })
    }

    /** A token asked for, or one that takes the place of the old one. §3.3, §3.5, §3.6 */
    async function handOut({ account, inline, mechanism, userAgent, tls }: ProvenLogin): Promise<string> {
      const clientId = clientIdOf(userAgent)
      if (clientId === undefined) return ''
      const wanted = read(inline, FastRequest)?.mechanism
      const isByToken = hashedTokenMechanisms.some(({ name }) => name === mechanism)
      const mayRotate = isByToken && read(inline, Fast)?.invalidate !== true
      const of = wanted ?? (mayRotate ? await tokens.dueMechanism(account, clientId) : undefined)
      if (of === undefined || !tls || !offered(tls).includes(of)) return ''
      const token = await tokens.issue(account, clientId, of)
      return token ? writeWire(FastToken, token) : ''
    }

    const api: FastApi = tokens
    return {
      api,
      mechanisms: hashedTokenMechanisms.map(({ name, binding }) => mechanismOf(name, binding, start)),
      inline: {
        advertised: tls => writeWire(Fast, { mechanisms: offered(tls) }),
        completed: login => (concerns(login) ? handOut(login) : ''),
      },
      hooks: [hook('account:removed', 'store', ({ account }) => tokens.revokeAll(account))],
    }
  },
})

/** Most logins have nothing to do with tokens. */
function concerns({ inline, mechanism }: ProvenLogin): boolean {
  return mechanism.startsWith('HT-') || inline.some(({ ns }) => ns === FastRequest.ns)
}

function offered(tls: TlsFacts): readonly string[] {
  return hashedTokenMechanisms
    .filter(({ binding }) => binding === undefined || tls.bindings.includes(binding))
    .map(({ name }) => name)
}

type Binding = (typeof hashedTokenMechanisms)[number]['binding']

function mechanismOf(
  name: string,
  type: Binding,
  start: (request: LoginRequest, binding: Uint8Array) => SaslResponder | undefined,
): LoginMechanism {
  return {
    name,
    isListed: false,
    canWork: tls => tls !== undefined && offered(tls).includes(name),
    start(request) {
      const binding = type === undefined ? new Uint8Array() : request.tls?.binding(type)
      return binding && start(request, binding)
    },
  }
}

/** What is not in form is not there. */
function read<T>(elements: readonly Element[], wire: Wire<T>): T | undefined {
  const element = elements.find(({ ns, name }) => ns === wire.ns && name === wire.name)
  try {
    return element && readWire(wire, element)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
