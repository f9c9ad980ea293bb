// Tokens, which stand for a certificate in requests that pass from hand to hand (XEP-0324 §3.1.3, §3.1.4).
import {
  attr,
  base64,
  CodecError,
  custom,
  element,
  intWithin,
  mapped,
  string,
  type TextCodec,
  text,
  type Wire,
} from '@waxwing/xml'
import { generations, type ProvenGeneration, tokensNs } from './generations.ts'
import { oneToken } from './sensor-raw.ts'

/** A puzzle that only the holder of the certificate's key can solve, or its solution. */
export interface TokenPuzzle {
  /** Names the puzzle. */
  readonly number: number
  readonly data: Uint8Array
}

/** Who is shown a token asks its sender to prove that it is theirs. */
export interface TokenChallenge {
  readonly token: string
  readonly data: Uint8Array
}

/** How one generation writes tokens. */
export interface TokenFormat {
  readonly generation: ProvenGeneration
  readonly ns: string
  /** An X.509 certificate in DER. */
  readonly getToken: Wire<Uint8Array>
  readonly puzzle: Wire<TokenPuzzle>
  readonly solution: Wire<TokenPuzzle>
  readonly token: Wire<string>
  readonly challenge: Wire<TokenChallenge>
  readonly challengeAnswer: Wire<Uint8Array>
  /** Which certificate does a token stand for? Only in the short family. */
  readonly getCertificate: Wire<string>
  /** In DER. */
  readonly certificate: Wire<Uint8Array>
}

/** Characters of a certificate, or of anything encrypted with it. */
const maxDataLength = 16_384

const octets: TextCodec<Uint8Array> = custom(
  encoded => {
    if (encoded.length > maxDataLength) throw new CodecError('too long')
    return base64.parse(encoded)
  },
  data => base64.format(data),
  'base64',
)

const number = intWithin(-0x8000_0000, 0x7fff_ffff)

function dataWire(ns: string, name: string): Wire<Uint8Array> {
  return mapped(
    element(ns, name, { data: text(octets) }),
    ({ data }) => data,
    data => ({ data }),
  )
}

/** COMPAT(IoTGateway): the token as text. Never written. */
function certificateQuestion(ns: string): Wire<string> {
  const raw = element(ns, 'getCertificate', {
    token: attr('token', oneToken).maybe(),
    text: text(string).or(''),
  })
  return mapped(
    raw,
    ({ token, text: plain }) => token ?? oneToken.parse(plain.trim()),
    token => ({ token }),
  )
}

function formatOf(generation: ProvenGeneration): TokenFormat {
  const ns = tokensNs(generation)
  const puzzle = (name: string): Wire<TokenPuzzle> =>
    element(ns, name, { number: attr('seqnr', number), data: text(octets) })
  return {
    generation,
    ns,
    getToken: dataWire(ns, 'getToken'),
    puzzle: puzzle('getTokenChallenge'),
    solution: puzzle('getTokenChallengeResponse'),
    token: mapped(
      element(ns, 'getTokenResponse', { token: attr('token', oneToken) }),
      ({ token }) => token,
      token => ({ token }),
    ),
    challenge: element(ns, 'tokenChallenge', { token: attr('token', oneToken), data: text(octets) }),
    challengeAnswer: dataWire(ns, 'tokenChallengeResponse'),
    getCertificate: certificateQuestion(ns),
    certificate: dataWire(ns, 'certificate'),
  }
}

const formats = Object.fromEntries(
  generations.flatMap(generation => (generation === 'sn' ? [] : [[generation, formatOf(generation)]])),
) as Readonly<Record<ProvenGeneration, TokenFormat>>

/** The format of tokens in a generation; in `sn` nobody had to prove anything. */
export function provisioningTokens(generation: ProvenGeneration): TokenFormat {
  return formats[generation]
}
