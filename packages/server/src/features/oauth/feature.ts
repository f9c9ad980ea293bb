/** Logins by tokens of an identity provider: SASL OAUTHBEARER with JSON web tokens. RFC 7628, RFC 7519. */
import { bareJid, JidError, localOf, tryJid } from '@waxwing/jid'
import { OAuthBearerResponder } from '@waxwing/stream'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { KeyFile } from './key-file.ts'
import { claimsOf } from './web-token.ts'

export const oauth = defineFeature({
  name: 'oauth',
  implements: [
    {
      spec: 'RFC 7628',
      coverage: 'partial',
      note: 'OAUTHBEARER on both sides; the server takes JSON web tokens',
    },
  ],
  config: {
    enabled: setting.flag(false, 'Whether tokens of an identity provider let their holders in.'),
    keys: setting.path(
      undefined,
      'The provider’s public keys: PEM, or a JSON web key set. RS256, ES256 and EdDSA are believed. A changed file counts within ten seconds.',
    ),
    issuer: setting.text(undefined, 'The provider, as its tokens name it (iss).'),
    audience: setting.text(undefined, 'This server, as the tokens made for it name it (aud).'),
    claim: setting.text('sub', 'The claim that names the account: a user name or an address.'),
    skew: setting.duration('60s', 'How far the clocks of provider and server may be apart.', {
      max: 600_000,
    }),
    maxTokenBytes: setting.bytes('6 KiB', 'The largest token.', { min: 512, max: 65_536 }),
  },
  setup({ config, host, clock }) {
    if (!config.enabled) return {}
    const { keys: file, issuer, audience, claim, skew, maxTokenBytes } = config
    const keyFile = new KeyFile(needed(file, 'keys'), clock, host.log)
    const rules = {
      issuer: needed(issuer, 'issuer'),
      audience: needed(audience, 'audience'),
      skewMs: skew,
      maxLength: maxTokenBytes,
    }

    async function verify(token: string): Promise<string | undefined> {
      const named = claimsOf(token, { ...rules, keys: keyFile.keys() }, clock.wall())?.[claim]
      const username = typeof named === 'string' ? usernameIn(named, host.domain) : undefined
      if (username === undefined) return undefined
      return (await host.accounts.exists(host.accounts.jidOf(username))) ? username : undefined
    }

    return {
      mechanisms: [
        {
          name: 'OAUTHBEARER',
          isListed: true,
          canWork: tls => tls !== undefined,
          start: () => new OAuthBearerResponder({ domain: host.domain, verify }),
        },
      ],
    }
  },
})

function needed<T>(value: T | undefined, key: string): T {
  if (value === undefined)
    throw new Error(`features.oauth.${key} is missing: tokens cannot be checked without`)
  return value
}

/** The prepared user name that a claim stands for at this domain. */
function usernameIn(claim: string, domain: string): string | undefined {
  if (claim.includes('@')) {
    const address = tryJid(claim)
    const local = address && localOf(address)
    return local !== undefined && address === bareJid(local, domain) ? local : undefined
  }
  try {
    return localOf(bareJid(claim, domain))
  } catch (error) {
    if (error instanceof JidError) return undefined
    throw error
  }
}
