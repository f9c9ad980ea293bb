/**
 * How fast XML becomes stanzas: `node bench/parse.ts [--json]`. One core, about seven seconds.
 * The stanzas are chat messages, presence, iq requests and answers and sensor data, 340 bytes on average.
 */
import { bufferBytes, type Slice, type SliceSink, StanzaSlicer } from '@waxwing/xml'
import SaxLtx from 'ltx/src/parsers/ltx.js'
import { SaxesParser } from 'saxes'

const roundMs = 250
const rounds = 3
const copies = 300

const header =
  "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from='capulet.example' version='1.0'>"

const stanzas: readonly string[] = [
  `<message to='romeo@montague.example/garden' from='juliet@capulet.example/balcony' id='5c3b7a10-89' type='chat' xml:lang='en'><body>Wherefore art thou, Romeo? Deny thy father and refuse thy name, or if thou wilt not, be but sworn my love &amp; I'll no longer be a Capulet.</body><thread>e0ffe42b28561960c6b12b944a092794b9683a38</thread><active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/></message>`,
  `<presence from='juliet@capulet.example/balcony' to='nurse@capulet.example'><show>away</show><status>Be right back</status><priority>5</priority><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://client.example/caps' ver='zHyEOgxTrkpSdGcQKH8EFPLsriY='/></presence>`,
  `<iq type='get' to='rack-7.hall-2.plant.example' from='juliet@capulet.example/balcony' id='disco-1'><query xmlns='http://jabber.org/protocol/disco#info' node='http://client.example/caps#zHyEOgxTrkpSdGcQKH8EFPLsriY='/></iq>`,
  `<iq type='result' from='capulet.example' to='juliet@capulet.example/balcony' id='roster-9'><query xmlns='jabber:iq:roster' ver='ver42'><item jid='romeo@montague.example' name='Romeo' subscription='both'><group>Friends</group></item><item jid='mercutio@montague.example' name='Mercutio' subscription='from'/><item jid='benvolio@montague.example' name='Benvolio' subscription='both'/></query></iq>`,
  `<message from='meter-0815@plant.example/device' to='collector@plant.example/main' id='readout-77831'><resp xmlns='urn:nf:iot:sd:1.0' id='S0001'><ts v='2026-11-21T10:23:45.250Z'><q n='Temperature' v='23.1' u='°C' m='true' qos='automatic'/><q n='Humidity' v='41' u='%' m='true'/><q n='Runtime' v='12345' u='h' s='true'/><b n='Alarm' v='false'/></ts></resp></message>`,
]

interface Measured {
  readonly parser: string
  readonly chunk: number
  readonly megabytesPerSecond: number
  readonly stanzasPerSecond: number
  readonly microsecondsPerStanza: number
}

const document = Buffer.from(header + stanzas.join('').repeat(copies))
const perDocument = stanzas.length * copies

function chunksOf(size: number): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < document.length; at += size) chunks.push(document.subarray(at, at + size))
  return chunks
}

function runSlicer(chunks: readonly Buffer[], look: (slice: Slice) => void): number {
  let count = 0
  const sink: SliceSink = {
    opened: () => {},
    sliced(slice) {
      count++
      look(slice)
    },
    closed: () => {},
    failed(error) {
      throw error
    },
  }
  const slicer = new StanzaSlicer({ sink, bytes: bufferBytes(Buffer) })
  for (const chunk of chunks) slicer.feed(chunk)
  return count
}

let lengths = 0
function readHeader(slice: Slice): void {
  lengths += slice.name.length + (slice.attr('to')?.length ?? 0) + (slice.attr('id')?.length ?? 0)
  lengths += slice.headNs?.length ?? 0
}

const events = {
  start: (_ns: string, name: string) => void (lengths += name.length),
  text: (text: string) => void (lengths += text.length),
  end: () => {},
}

function runSaxes(chunks: readonly Buffer[]): number {
  let count = 0
  let depth = 0
  const parser = new SaxesParser({ xmlns: true })
  parser.on('opentag', () => void depth++)
  parser.on('closetag', () => void (--depth === 1 && count++))
  parser.on('error', error => {
    throw error
  })
  const decoder = new TextDecoder()
  for (const chunk of chunks) parser.write(decoder.decode(chunk, { stream: true }))
  return count
}

function runLtx(chunks: readonly Buffer[]): number {
  let count = 0
  let depth = 0
  const parser = new SaxLtx()
  parser.on('startElement', () => void depth++)
  parser.on('endElement', () => void (--depth === 1 && count++))
  const decoder = new TextDecoder()
  for (const chunk of chunks) parser.write(decoder.decode(chunk, { stream: true }))
  return count
}

/** Documents per second over `roundMs`; the best of the rounds is the one least disturbed. */
function documentsPerSecond(run: () => number): number {
  const start = performance.now()
  let done = 0
  let elapsed = 0
  while (elapsed < roundMs) {
    const count = run()
    if (count !== perDocument) throw new Error(`${count} stanzas instead of ${perDocument}`)
    done++
    elapsed = performance.now() - start
  }
  return (done * 1000) / elapsed
}

type Contender = readonly [parser: string, chunk: number, run: (chunks: readonly Buffer[]) => number]

const contenders: readonly Contender[] = [
  ['slicer', 65_536, chunks => runSlicer(chunks, () => {})],
  ['slicer', 1_400, chunks => runSlicer(chunks, () => {})],
  ['slicer, header strings', 65_536, chunks => runSlicer(chunks, readHeader)],
  ['slicer, header strings', 1_400, chunks => runSlicer(chunks, readHeader)],
  ['slicer, all events', 65_536, chunks => runSlicer(chunks, slice => slice.events(events))],
  ['ltx SAX', 65_536, runLtx],
  ['saxes, xmlns', 65_536, runSaxes],
]

function measure(): Measured[] {
  const best = contenders.map(() => 0)
  const inputs = contenders.map(([, chunk]) => chunksOf(chunk))
  // The rounds are interleaved, so that a busy moment of the machine does not hit one contender alone.
  for (let round = 0; round <= rounds; round++) {
    contenders.forEach(([, , run], n) => {
      const rate = documentsPerSecond(() => run(inputs[n] ?? []))
      if (round > 0) best[n] = Math.max(best[n] ?? 0, rate)
    })
  }
  return contenders.map(([parser, chunk], n) => {
    const perSecond = best[n] ?? 0
    return {
      parser,
      chunk,
      megabytesPerSecond: Math.round((perSecond * document.length) / 1e6),
      stanzasPerSecond: Math.round(perSecond * perDocument),
      microsecondsPerStanza: Number((1e6 / (perSecond * perDocument)).toFixed(2)),
    }
  })
}

const measured = measure()
if (process.argv.includes('--json')) {
  console.log(
    JSON.stringify({ node: process.version, bytesPerStanza: document.length / perDocument, measured }),
  )
} else {
  console.log(`Node ${process.version}, ${Math.round(document.length / perDocument)} bytes per stanza`)
  console.table(measured)
}
if (lengths < 0) console.error('unreachable: keeps what was read alive')
