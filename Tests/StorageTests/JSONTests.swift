import Storage
import Testing

@Suite struct JSONTests {
  private func read(_ text: String) throws -> JSONValue {
    var reader = JSONReader(Array(text.utf8))
    let value = try reader.value()
    try reader.end()
    return value
  }

  @Test(arguments: [
    (
      #"{"b":[1,2.50,-3e2],"a":{"x":true,"y":"z\"\\\n"}}"#,
      #"{"a":{"x":true,"y":"z\"\\\u000a"},"b":[1,2.5,-300]}"#
    ),
    (" [ ] ", "[]"), ("{ }", "{}"), ("1.0", "1"), ("1e-5", "1e-05"), (#""\u00e9\ud83d\ude00""#, #""é😀""#),
    ("9007199254740993", "9007199254740993"), ("9223372036854775807", "9223372036854775807"), ("-0", "0"),
  ])
  func `What is read is written canonically`(text: String, canonical: String) throws {
    #expect(String(decoding: CanonicalJSON.encode(try read(text)), as: UTF8.self) == canonical)
  }

  @Test(arguments: [
    "", "{", "[1,]", "[1 2]", #"{"a" 1}"#, #"{"a":1,"a":2}"#, "01", "-", "1.", ".5", "+1", "1e", "nul",
    "null", "tru", "NaN",
    "1e999", "\"a", "\"\\x\"", "\"\\ud800\"", "\"\\u12g4\"", "\"a\nb\"", "1 2", "{1:2}", "]",
  ])
  func `What is no JSON is a fault`(text: String) { #expect(throws: JSONFault.self) { try read(text) } }

  @Test func `Text that is not UTF-8 and too many levels are faults`() {
    var reader = JSONReader([0x22, 0xC3, 0x28, 0x22])
    #expect(throws: JSONFault.self) { try reader.string() }
    #expect(throws: JSONFault.self) { try read(String(repeating: "[", count: 100_000)) }
  }

  @Test func `A key that comes late twice is seen as well`() {
    let keys = (0..<40).map { "\"k\($0)\":0" } + ["\"k39\":1"]
    #expect(throws: JSONFault.self) { try read("{" + keys.joined(separator: ",") + "}") }
  }

  @Test func `Every truncation of an object is a fault`() throws {
    let text = #"{"a":[1,2,{"b":"c\u00e9"}],"d":-1.5e3,"e":false}"#
    _ = try read(text)
    for count in 0..<text.utf8.count {
      var reader = JSONReader(Array(text.utf8.prefix(count)))
      #expect(throws: JSONFault.self) { try reader.value() }
    }
  }

  @Test func `Digests go to hexadecimal and back`() {
    let digest = Digest(of: Array("abc".utf8))
    #expect(digest.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(Digest(hex: digest.hex) == digest)
    #expect(Digest(hex: digest.hex.uppercased()) == nil && Digest(hex: String(digest.hex.dropLast())) == nil)
    #expect(Digest(hex: digest.hex + "0") == nil)
  }
}
