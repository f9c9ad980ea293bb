// In-band registration (XEP-0077).
import { child, element, flag, string, textChild, type Wire } from '@waxwing/xml'
import { DataForm } from './data-forms.ts'
import { OutOfBand } from './out-of-band.ts'

const NS = 'jabber:iq:register'

/**
 * What is asked for, told, or changed. In the answer to a `get` a field that is there but empty is asked for;
 * `undefined` is not. XEP-0077 §3, the fields: §14.1.
 */
export interface Registration {
  /** The account is registered; the fields tell what is known. §3.1.1. */
  readonly registered?: boolean | undefined
  /** Delete the account. §3.2. */
  readonly remove?: boolean | undefined
  readonly instructions?: string | undefined
  readonly username?: string | undefined
  readonly nick?: string | undefined
  readonly password?: string | undefined
  readonly name?: string | undefined
  readonly first?: string | undefined
  readonly last?: string | undefined
  readonly email?: string | undefined
  readonly address?: string | undefined
  readonly city?: string | undefined
  readonly state?: string | undefined
  readonly zip?: string | undefined
  readonly phone?: string | undefined
  readonly url?: string | undefined
  readonly date?: string | undefined
  readonly misc?: string | undefined
  readonly text?: string | undefined
  readonly key?: string | undefined
  /** Goes before the fields for those who understand it. §4. */
  readonly form?: DataForm | undefined
  readonly outOfBand?: OutOfBand | undefined
}
export const Registration: Wire<Registration> = element(NS, 'query', {
  registered: flag('registered'),
  remove: flag('remove'),
  instructions: textChild('instructions', string).maybe(),
  username: textChild('username', string).maybe(),
  nick: textChild('nick', string).maybe(),
  password: textChild('password', string).maybe(),
  name: textChild('name', string).maybe(),
  first: textChild('first', string).maybe(),
  last: textChild('last', string).maybe(),
  email: textChild('email', string).maybe(),
  address: textChild('address', string).maybe(),
  city: textChild('city', string).maybe(),
  state: textChild('state', string).maybe(),
  zip: textChild('zip', string).maybe(),
  phone: textChild('phone', string).maybe(),
  url: textChild('url', string).maybe(),
  date: textChild('date', string).maybe(),
  misc: textChild('misc', string).maybe(),
  text: textChild('text', string).maybe(),
  key: textChild('key', string).maybe(),
  form: child(DataForm).maybe(),
  outOfBand: child(OutOfBand).maybe(),
})
