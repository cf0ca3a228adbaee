import Foundation
import Storage
import TestSupport
import Testing

@Suite struct IDXReaderTests {
  private let directory: TemporaryDirectory
  private let images = SyntheticImages(count: 5)

  init() throws { directory = try TemporaryDirectory() }

  private func write(_ content: [UInt8], _ name: String = "f") throws -> String {
    try AtomicFile.write(content, to: directory(name))
    return directory(name)
  }

  private func gzip(_ path: String) throws -> String {
    #expect(try Program.run("/usr/bin/env gzip -k \(path)", in: directory.path).status == 0)
    return path + ".gz"
  }

  private func readAll(_ path: String) throws -> [UInt8] {
    let reader = try IDXReader(path, axes: 3, elementTypes: [8])
    return try reader.read(items: 2) + reader.read(items: reader.count - 2)
  }

  @Test func `Plain and gzip files give the same items`() throws {
    let path = try write(images.idx.images)
    #expect(try readAll(path) == images.images)
    #expect(try readAll(try gzip(path)) == images.images)
  }

  @Test func `Truncated, too long, wrong magic and impossible extents are told apart`() throws {
    let content = images.idx.images
    #expect(
      throws: StorageError.truncated(path: directory("f"), expected: content.count, found: content.count - 1)
    ) {
      try readAll(try write(content.dropLast()))
    }
    #expect(
      throws: StorageError.trailingBytes(
        path: directory("f"), expected: content.count, found: content.count + 1)
    ) {
      try readAll(try write(content + [0]))
    }
    #expect(
      throws: StorageError.wrongMagic(path: directory("f"), expected: "0x00000803", found: "0x00000801")
    ) {
      try readAll(try write([0, 0, 8, 1] + content.dropFirst(4)))
    }
    #expect(throws: StorageError.self) {
      try readAll(try write([0, 0, 8, 3] + [UInt8](repeating: 255, count: 12)))
    }
    #expect(throws: StorageError.truncated(path: directory("f"), expected: 4, found: 2)) {
      try readAll(try write([0, 0]))
    }
    #expect(throws: StorageError.missing(path: directory("none"))) { try readAll(directory("none")) }
  }

  @Test func `Damaged gzip data are told`() throws {
    let path = try gzip(try write(images.idx.images))
    let whole = try bytes(path)
    #expect(throws: StorageError.self) { try readAll(try write(Array(whole.dropLast(9)), "cut.gz")) }
    var flipped = whole
    flipped[whole.count / 2] ^= 0xFF
    #expect(throws: StorageError.self) { try readAll(try write(flipped, "flipped.gz")) }
  }
}
