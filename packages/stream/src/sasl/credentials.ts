import { PreparationError } from '@waxwing/jid'
import { SaslError } from './exchange.ts'

/** A user name or password in the form it is sent; one that has none, or an empty one, ends the login. */
export function preparedOrRefused(prepare: (text: string) => string, text: string): string {
  const what = 'The user name or password is empty or has characters that it cannot have'
  try {
    const prepared = prepare(text)
    if (prepared !== '') return prepared
  } catch (error) {
    if (error instanceof PreparationError) throw new SaslError('bad-credentials', what, { cause: error })
    throw error
  }
  throw new SaslError('bad-credentials', what)
}
