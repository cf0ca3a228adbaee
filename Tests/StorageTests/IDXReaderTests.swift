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

  private func number(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }

  private static let signed: [(UInt8, [UInt8], [Int])] = [
    (0x08, [0, 1, 255], [0, 1, 255]), (0x09, [0, 127, 255, 128], [0, 127, -1, -128]),
    (0x0B, [0, 7, 255, 255, 128, 0], [7, -1, -32768]),
    (0x0C, [0, 0, 1, 0, 255, 255, 255, 255, 127, 255, 255, 255], [256, -1, 2_147_483_647]),
  ]

  @Test(arguments: signed)
  func `Elements with a sign keep it`(type: UInt8, content: [UInt8], values: [Int]) throws {
    let reader = try IDXReader(try write([0, 0, type, 1] + number(values.count) + content))
    let elements = try reader.read(items: reader.count)
    #expect(reader.element.integers(elements) == values)
    #expect(reader.elementWidth == elements.count / values.count)
  }

  @Test func `Any number of axes can be asked for`() throws {
    let column = try write([0, 0, 8, 2] + number(3) + number(1) + [4, 5, 6])
    #expect(try IDXReader(column).dimensions == [3, 1])
    #expect(try IDXReader(column, axes: 1...2, elementTypes: [8]).itemBytes == 1)
    #expect(throws: StorageError.wrongMagic(path: column, expected: "0x00000801", found: "0x00000802")) {
      try IDXReader(column, axes: 1, elementTypes: [8])
    }
    #expect(
      throws: StorageError.wrongMagic(path: column, expected: "0x00000b and 3 to 4 axes", found: "0x00000802")
    ) {
      try IDXReader(column, axes: 3...4, elementTypes: [0x0B])
    }
    let five = try write([0, 0, 8, 5] + (0..<5).flatMap { _ in number(1) } + [4], "five")
    #expect(throws: StorageError.self) { try IDXReader(five) }
  }

  @Test func `Items of a plain file are read anywhere`() throws {
    let count = 500
    let items = (0..<count).map { item in (0..<600).map { UInt8(truncatingIfNeeded: item * 31 + $0 * 7) } }
    let path = try write([0, 0, 8, 3] + number(count) + number(20) + number(30) + items.flatMap { $0 })
    let reader = try IDXReader(path, axes: 3, elementTypes: [8])
    #expect(!reader.isCompressed && reader.itemBytes == 600)
    for rows in [
      [], [499], Array(0..<500), Array(0..<500).reversed(), [3, 4, 5, 100, 101, 0], [7, 7, 6, 7],
      [0, 400, 9, 401, 8], (0..<500).map { $0 * 167 % 500 },
    ] {
      #expect(try reader.items(rows) == rows.flatMap { items[$0] })
    }
    // Reading from the front goes its own way.
    #expect(try reader.read(items: 2) == items[0] + items[1])
  }

  @Test func `Threads read items at the same time`() async throws {
    let path = try write([0, 0, 8, 1] + number(256) + (0...255).map { UInt8($0) })
    let reader = try IDXReader(path)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for start in 0..<200 {
        group.addTask {
          try reader.items([start, 255 - start]) == [UInt8(start), UInt8(255 - start)]
        }
      }
      for try await isRight in group { #expect(isRight) }
    }
  }
}
