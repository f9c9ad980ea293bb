/** What services ask about their users. A service is a thing as others are: its owner's rules say who may use it. XEP-0324 §3.6, §3.7 */
import { type BareJid, bareOf, type Jid, parseBareJid, tryJid } from '@waxwing/jid'
import {
  CLIENT_NS,
  type Credential,
  type ServiceFormat,
  stanzaError,
  type UserLogin,
} from '@waxwing/protocol'
import { WireError, writeWire } from '@waxwing/xml'
import { type IqHandler, onGet } from '../../../kernel/feature.ts'
import type { Stanza } from '../../../router/stanza.ts'
import { deciding, decidingUse, rulesFor, type Wish } from '../decision.ts'
import type { Decided } from '../decision-log.ts'
import type { Judgement } from '../judgement.ts'
import type { Ownership, Standing } from '../ownership.ts'
import type { Rule } from '../rule.ts'
import type { Tokens } from '../tokens/tokens.ts'
import { privilegesOf } from './privileges.ts'
import type { ServiceUser, ServiceUsers } from './service-users.ts'

/** What is asked when services ask. */
export interface ServicesPort {
  readonly tokens: Tokens
  readonly users: ServiceUsers
  readonly ownership: Ownership
  readonly judgement: Judgement
  /** Keeps for the owner what was decided. */
  note(standing: Standing, wish: Wish, decided: Decided): void
}

/** Who is not known: nobody has this address, and rules about everyone alone are about them. RFC 2606 §2 */
const stranger = parseBareJid('somebody@stranger.invalid')

/** Requests of services in one generation. */
export function forServices(format: ServiceFormat, port: ServicesPort): readonly IqHandler[] {
  const { users, judgement } = port

  async function asked(
    account: BareJid,
    jid: Jid | undefined,
  ): Promise<{ readonly standing: Standing; readonly wish: Wish }> {
    const standing = await port.ownership.of(account)
    return { standing, wish: judgement.wish(account, jid ?? stranger, 'use') }
  }

  function noted(
    { standing, wish }: Awaited<ReturnType<typeof asked>>,
    rule: Rule | undefined,
    what?: string,
  ): boolean {
    const isAllowed = rule?.effect === 'allow'
    port.note(standing, wish, { what, isAllowed, rules: rule ? [rule] : [] })
    return isAllowed
  }

  return [
    onGet(format.canAccess, 'host', async ({ payload: { serviceToken, credentials }, account }) => {
      await mustHold(account, serviceToken, port)
      const jid = jidIn(credentials)
      const about = await asked(account, jid)
      const result = noted(about, decidingUse(about.standing.book, about.wish))
      const userToken = result ? users.add(account, jid) : undefined
      return writeWire(format.accessAnswer, { result, userToken }, CLIENT_NS)
    }),
    onGet(format.hasPrivilege, 'host', async ({ payload, account }) => {
      const { serviceToken, userToken, privilege } = payload
      await mustHold(account, serviceToken, port)
      const user = users.find(account, userToken)
      const about = await asked(account, user?.jid)
      const rule = deciding(rulesFor(about.standing.book, about.wish), { name: privilege })
      return writeWire(format.privilegeAnswer, noted(about, rule, whatOf(privilege, user)), CLIENT_NS)
    }),
    onGet(format.downloadPrivileges, 'host', async ({ payload: { serviceToken, userToken }, account }) => {
      await mustHold(account, serviceToken, port)
      const { standing, wish } = await asked(account, users.find(account, userToken)?.jid)
      return writeWire(format.privileges, privilegesOf(standing.book, wish), CLIENT_NS)
    }),
  ]
}

/**
 * Hears who has logged in to a service. Nobody is told when it was not them.
 *
 * @returns whether the message was about that, and could be read
 */
export async function heardLogin(
  formats: readonly ServiceFormat[],
  stanza: Stanza,
  port: ServicesPort,
): Promise<boolean> {
  const login = loginIn(formats, stanza)
  if (!login) return false
  const service = bareOf(stanza.from)
  const given = await port.tokens.find(login.serviceToken)
  if (given?.holder === service) port.users.name(service, login.userToken, login.userName)
  return true
}

function loginIn(formats: readonly ServiceFormat[], stanza: Stanza): UserLogin | undefined {
  if (stanza.kind !== 'message' || stanza.type === 'error') return undefined
  try {
    return formats.map(({ userLoggedIn }) => stanza.as(userLoggedIn)).find(login => login !== undefined)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

/** A service shows the token it was given itself. Throws `StanzaError` forbidden. */
async function mustHold(account: BareJid, token: string, { tokens }: ServicesPort): Promise<void> {
  const given = await tokens.find(token)
  if (given?.holder !== account) throw stanzaError('forbidden', 'This token was not given to you')
}

/** Of what a service says of somebody, rules know the address. */
function jidIn(credentials: readonly Credential[]): Jid | undefined {
  const found = credentials.find(({ type }) => type.toLowerCase() === 'jid')
  return found && tryJid(found.value)
}

function whatOf(privilege: string, user: ServiceUser | undefined): string {
  return user?.name === undefined ? privilege : `${privilege} as ${user.name}`
}
