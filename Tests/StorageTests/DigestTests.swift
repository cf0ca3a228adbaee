import Storage
import TestSupport
import Testing

@Suite struct DigestTests {
  @Test func `SHA-256 of the standard's examples`() {
    #expect(
      Digest(of: Array("abc".utf8)).hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(Digest(of: [UInt8]()).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(Digest(hex: "abc") == nil)
  }

  @Test func `A file's digest is that of its bytes`() throws {
    let directory = try TemporaryDirectory()
    let content = [UInt8](repeating: 7, count: (1 << 20) + 5)
    try AtomicFile.write(content, to: directory("f"))
    #expect(try Digest(ofFile: directory("f")) == Digest(of: content))
  }

  @Test(arguments: [0, 1, (1 << 19) - 1, 1 << 19, (1 << 19) + 1, 3 << 19, (3 << 19) + 7])
  func `A file of any number of pieces has the digest of its bytes`(count: Int) throws {
    let directory = try TemporaryDirectory()
    let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 0x9E37_79B9 >> 13) }
    try AtomicFile.write(content, to: directory("f"))
    #expect(try Digest(ofFile: directory("f")) == Digest(of: content))
  }
}
