/** The forms of service administration, field by field. XEP-0133 §8.2. */
import { declareForm, field } from '@waxwing/protocol'

/** FORM_TYPE, and what the names of the commands begin with. */
export const adminNs = 'http://jabber.org/protocol/admin'

const account = field.bareJid('The account').required()
const accounts = field.bareJids('The accounts').required()

/** How many entries of a list are shown. §4.18. */
const howMany = { 25: '25', 50: '50', 75: '75', 100: '100', 150: '150', 200: '200', none: 'All' }

export const AddUser = declareForm(adminNs, {
  accountjid: field.bareJid('The address of the account to be added').required(),
  password: field.secret('The password of the account').required(),
  'password-verify': field.secret('The password once more').required(),
  email: field.text('E-mail address'),
  given_name: field.text('Given name'),
  surname: field.text('Family name'),
})

export const OneAccount = declareForm(adminNs, { accountjid: account })
export const Accounts = declareForm(adminNs, { accountjids: accounts })

/** Sessions: bare JIDs mean all of an account, full JIDs one. §4.5. */
export const SessionsToEnd = declareForm(adminNs, {
  accountjids: field.jids('The accounts or sessions').required(),
})

export const NewPassword = declareForm(adminNs, {
  accountjid: account,
  password: field.secret('The new password').required(),
})

export const LastLogin = declareForm(adminNs, {
  accountjids: accounts,
  lastlogin: field.lines('Last login'),
})

export const Statistics = declareForm(adminNs, {
  ipaddresses: field.lines('Addresses of the sessions'),
  rostersize: field.number('Contacts in the roster'),
  onlineresources: field.lines('Resources online'),
  lastlogin: field.text('Last login'),
})

export const Blacklist = declareForm(adminNs, { blacklistjids: field.jids('The blacklist') })
export const Whitelist = declareForm(adminNs, { whitelistjids: field.jids('The whitelist') })
export const Admins = declareForm(adminNs, { adminjids: field.bareJids('The administrators').required() })

export const MaxItems = declareForm(adminNs, {
  max_items: field.choice('Most entries to show', howMany),
})

export const Announcement = declareForm(adminNs, {
  subject: field.text('Subject'),
  announcement: field.lines('Announcement').required(),
})
export const Motd = declareForm(adminNs, { motd: field.lines('Message of the day').required() })
export const Welcome = declareForm(adminNs, { welcome: field.lines('Welcome').required() })

export const Stop = declareForm(adminNs, {
  delay: field.choice('Time until then', {
    0: 'At once',
    30: '30 seconds',
    60: '60 seconds',
    90: '90 seconds',
    120: '2 minutes',
    180: '3 minutes',
    240: '4 minutes',
    300: '5 minutes',
  }),
  announcement: field.lines('Announcement'),
})
