import Foundation
import Storage
import TestSupport
import Testing

/// Through `IDXReader`, for which the stream is there.
@Suite struct GzipStreamTests {
  private let directory: TemporaryDirectory
  private let elements: [UInt8]
  private var content: [UInt8] { [0, 0, 8, 1, 0, 6, 0x1A, 0x80] + elements }

  init() throws {
    directory = try TemporaryDirectory()
    // More than is read in one piece, and hard to shrink.
    var state: UInt32 = 1
    elements = (0..<400_000).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(truncatingIfNeeded: state >> 24)
    }
  }

  private func gzip(_ content: [UInt8], _ options: String = "") throws -> [UInt8] {
    let path = directory("g\(UInt32.random(in: 0 ... .max))")
    try Data(content).write(to: .init(filePath: path))
    #expect(try Program.run("/usr/bin/env gzip \(options) \(path)", in: directory.path).status == 0)
    return try bytes(path + ".gz")
  }

  /// The elements that the reader gives, read in pieces.
  private func read(_ file: [UInt8]) throws -> [UInt8] {
    try Data(file).write(to: .init(filePath: directory("f.gz")))
    let reader = try IDXReader(directory("f.gz"), axes: 1, elementTypes: [8])
    #expect(reader.isCompressed)
    return try reader.read(items: 1000) + reader.read(items: reader.count - 1000)
  }

  /// What `gzip` itself says of the last file that was read.
  private func gzipTakes() throws -> Bool {
    try Program.run("/usr/bin/env gzip -t f.gz", in: directory.path).status == 0
  }

  @Test(arguments: ["-1", "-9", "--no-name"])
  func `The content comes back`(options: String) throws {
    #expect(try read(try gzip(content, options)) == elements)
  }

  @Test func `Members one after the other are one content, and zeros after them padding`() throws {
    let cuts = [0..<3, 3..<200_000, 200_000..<200_000, 200_000..<content.count]
    let parts = try cuts.flatMap { try gzip(Array(content[$0])) }
    for padding in [0, 1, 511, 200_000] {
      #expect(try read(parts + [UInt8](repeating: 0, count: padding)) == elements)
      #expect(try gzipTakes())
    }
  }

  @Test(arguments: 1...18)
  func `A file cut anywhere in its trailer is refused, as gzip -t refuses it`(missing: Int) throws {
    let whole = try gzip(content)
    #expect(throws: StorageError.self) { try read(Array(whole.dropLast(missing))) }
    #expect(try !gzipTakes())
  }

  @Test func `A cut of the trailer alone is said to be one`() throws {
    let whole = try gzip(content)
    #expect(
      throws: StorageError.malformed(
        path: directory("f.gz"),
        reason: "damaged gzip data (cut off: the last bytes, with the checksum, are missing)")
    ) { try read(Array(whole.dropLast(8))) }
  }

  @Test func `A checksum or a length that is wrong is refused`() throws {
    let whole = try gzip(content)
    for place in 1...8 {
      var damaged = whole
      damaged[whole.count - place] ^= 1
      #expect(throws: StorageError.self) { try read(damaged) }
      #expect(try !gzipTakes())
    }
    // One pixel of a member that does not compress, and a first member whose checksum is wrong.
    var stored = try gzip(content, "-1")
    stored[stored.count / 2] ^= 0xFF
    #expect(throws: StorageError.self) { try read(stored) }
    var first = try gzip(Array(content[..<100_000]))
    first[first.count - 8] ^= 1
    #expect(throws: StorageError.self) { try read(first + (try gzip(Array(content[100_000...])))) }
  }

  @Test(arguments: [[1], [0x1F], [0x1F, 0x8B], [0x1F, 0x8B, 8, 0], [0, 0, 1], Array("garbage".utf8)])
  func `Garbage after the end is refused`(garbage: [UInt8]) throws {
    let whole = try gzip(content)
    #expect(throws: StorageError.self) { try read(whole + garbage) }
  }

  @Test func `More content than the header of IDX promises is refused, in the same member or the next`()
    throws
  {
    let fault = StorageError.trailingBytes(
      path: directory("f.gz"), expected: content.count, found: content.count + 1)
    #expect(throws: fault) { try read(try gzip(content + [7])) }
    #expect(throws: fault) { try read(try gzip(content) + gzip([7])) }
  }
}
