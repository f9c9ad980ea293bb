/** What the comparison uses of ltx, which brings no types. */
declare module 'ltx/src/parsers/ltx.js' {
  export default class SaxLtx {
    on(event: 'startElement' | 'endElement', listener: () => void): void
    write(text: string): void
  }
}
