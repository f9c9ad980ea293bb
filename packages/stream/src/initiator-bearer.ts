/** Logins by the token of an identity provider: asked for when it is needed, and once more when it is refused. RFC 7628. */
import type { SaslFailureCondition } from '@waxwing/protocol'
import { AuthError } from './initiator-errors.ts'
import type { SaslInitiator } from './sasl/exchange.ts'
import { after, type Now } from './sasl/now.ts'
import { OAuthBearerInitiator } from './sasl/oauth-bearer.ts'

/** The right of somebody whom an identity provider has let in. */
export interface BearerCredentials {
  readonly kind: 'bearer'
  readonly username: string
  /** Gives a token. @param refused the one that the server has just refused; absent at the beginning of a login */
  token(refused: string | undefined): Now<string>
}

export function bearerLogin(credentials: BearerCredentials, domain: string): Now<SaslInitiator> {
  const authzid = `${credentials.username}@${domain}`
  return after(asked(credentials, undefined), token => new OAuthBearerInitiator({ token, authzid }))
}

/** Another try on the same stream; `undefined` when there is nothing else to show, or a second token was refused, too. */
export function renewedLogin(
  refused: SaslInitiator | undefined,
  credentials: { readonly kind: string } | BearerCredentials,
  condition: SaslFailureCondition,
  domain: string,
): Now<SaslInitiator | undefined> {
  if (!(refused instanceof OAuthBearerInitiator) || refused.isSecond) return undefined
  if (!isBearer(credentials) || condition === 'temporary-auth-failure') return undefined
  const authzid = `${credentials.username}@${domain}`
  return after(asked(credentials, refused.token), token =>
    token === refused.token ? undefined : new OAuthBearerInitiator({ token, authzid, isSecond: true }),
  )
}

function isBearer(credentials: { readonly kind: string }): credentials is BearerCredentials {
  return credentials.kind === 'bearer'
}

/** @throws AuthError token-unavailable: whoever hands them out may be there again later */
async function waited(token: Promise<string>): Promise<string> {
  try {
    return await token
  } catch (error) {
    throw unavailable(error)
  }
}

function asked(credentials: BearerCredentials, refused: string | undefined): Now<string> {
  let token: Now<string>
  try {
    token = credentials.token(refused)
  } catch (error) {
    throw unavailable(error)
  }
  return token instanceof Promise ? waited(token) : token
}

function unavailable(cause: unknown): AuthError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new AuthError('token-unavailable', `There is no token to log in with: ${why}`, {
    cause,
    retryable: true,
  })
}
