// Where somebody or something is (XEP-0080).
import { dateTime, double, element, lang, string, textChild, type Wire } from '@waxwing/xml'

const NS = 'http://jabber.org/protocol/geoloc'

/** A place; every field may be absent, and all are when the place shall be known no more. XEP-0080 §2. */
export interface Geolocation {
  /** Language of the texts. */
  readonly lang?: string | undefined
  /** Horizontal error, metres. */
  readonly accuracy?: number | undefined
  /** Metres above (negative: below) sea level. */
  readonly alt?: number | undefined
  /** Vertical error, metres. */
  readonly altAccuracy?: number | undefined
  /** A named area, such as a neighbourhood. */
  readonly area?: string | undefined
  /** Direction of movement, decimal degrees from true north. */
  readonly bearing?: number | undefined
  readonly building?: string | undefined
  readonly country?: string | undefined
  /** ISO 3166, two letters. */
  readonly countryCode?: string | undefined
  /** Of the coordinates; absent: WGS84. */
  readonly datum?: string | undefined
  readonly description?: string | undefined
  readonly floor?: string | undefined
  /** Decimal degrees north. */
  readonly lat?: number | undefined
  readonly locality?: string | undefined
  /** Decimal degrees east. */
  readonly lon?: number | undefined
  readonly postalCode?: string | undefined
  readonly region?: string | undefined
  readonly regionCode?: string | undefined
  readonly room?: string | undefined
  /** Metres per second. */
  readonly speed?: number | undefined
  readonly street?: string | undefined
  readonly text?: string | undefined
  /** When it was there. */
  readonly timestamp?: Date | undefined
  /** Offset of the local time from UTC: `+02:00`. */
  readonly tzo?: string | undefined
  readonly uri?: string | undefined
}

export const Geolocation: Wire<Geolocation> = element(NS, 'geoloc', {
  lang,
  accuracy: textChild('accuracy', double).maybe(),
  alt: textChild('alt', double).maybe(),
  altAccuracy: textChild('altaccuracy', double).maybe(),
  area: textChild('area', string).maybe(),
  bearing: textChild('bearing', double).maybe(),
  building: textChild('building', string).maybe(),
  country: textChild('country', string).maybe(),
  countryCode: textChild('countrycode', string).maybe(),
  datum: textChild('datum', string).maybe(),
  description: textChild('description', string).maybe(),
  floor: textChild('floor', string).maybe(),
  lat: textChild('lat', double).maybe(),
  locality: textChild('locality', string).maybe(),
  lon: textChild('lon', double).maybe(),
  postalCode: textChild('postalcode', string).maybe(),
  region: textChild('region', string).maybe(),
  regionCode: textChild('regioncode', string).maybe(),
  room: textChild('room', string).maybe(),
  speed: textChild('speed', double).maybe(),
  street: textChild('street', string).maybe(),
  text: textChild('text', string).maybe(),
  timestamp: textChild('timestamp', dateTime).maybe(),
  tzo: textChild('tzo', string).maybe(),
  uri: textChild('uri', string).maybe(),
})
