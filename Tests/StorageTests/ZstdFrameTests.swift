import Storage
import Testing

@Suite struct ZstdFrameTests {
  @Test func `Content comes back, the same bytes for the same content`() throws {
    let content = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let frame = try ZstdFrame.compress(content, path: "f")
    #expect(frame.count < 2000)
    #expect(try ZstdFrame.compress(content, path: "f") == frame)
    #expect(try ZstdFrame.decompress(frame, path: "f") == content)
    #expect(try ZstdFrame.decompress(try ZstdFrame.compress([], path: "f"), path: "f") == [])
  }

  @Test func `A claim of more than the limit is refused before anything is allocated`() {
    // A frame header with an 8-byte content size of 10^12, single segment, checksum.
    let claim = (0..<8).map { UInt8(truncatingIfNeeded: 1_000_000_000_000 >> ($0 * 8)) }
    let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0b1110_0100] + claim + [1, 0, 0]
    #expect(throws: StorageError.tooLarge(path: "f", bytes: 1_000_000_000_000, limit: ZstdFrame.contentLimit))
    {
      try ZstdFrame.decompress(frame, path: "f")
    }
  }

  @Test func `Two frames, none, and a frame without checksum are refused`() throws {
    let frame = try ZstdFrame.compress([1, 2, 3], path: "f")
    #expect(throws: StorageError.self) { try ZstdFrame.decompress(frame + frame, path: "f") }
    #expect(throws: StorageError.self) { try ZstdFrame.decompress([], path: "f") }
    var unchecked = Array(frame.dropLast(4))
    unchecked[4] &= ~0b100
    #expect(throws: StorageError.damagedFrame(path: "f", reason: "zstd frame without a checksum")) {
      try ZstdFrame.decompress(unchecked, path: "f")
    }
  }

  @Test func `What readers refuse is not written`() throws {
    let content = [UInt8](repeating: 1, count: 100)
    let fault = StorageError.contentTooLarge(path: "f", bytes: 100, limit: 99)
    #expect(throws: fault) { try ZstdFrame.compress(content, path: "f", limit: 99) }
    #expect(fault.kind == .cannotCreate)
    let frame = try ZstdFrame.compress(content, path: "f", limit: 100)
    #expect(try ZstdFrame.decompress(frame, path: "f", limit: 100) == content)
    #expect(throws: StorageError.tooLarge(path: "f", bytes: 100, limit: 99)) {
      try ZstdFrame.decompress(frame, path: "f", limit: 99)
    }
    // A frame that is larger than its content would pass no reader that looks at the size of the file.
    var state: UInt32 = 1
    let noise = (0..<100).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(truncatingIfNeeded: state >> 24)
    }
    let grown = try ZstdFrame.compress(noise, path: "f")
    try #require(grown.count > 100)
    #expect(throws: StorageError.contentTooLarge(path: "f", bytes: grown.count, limit: 100)) {
      try ZstdFrame.compress(noise, path: "f", limit: 100)
    }
  }

  @Test func `A checkpoint may be larger than a shard`() throws {
    // A frame header with an 8-byte content size of 2 GiB, and no block of it.
    let claim = (0..<8).map { UInt8(truncatingIfNeeded: (2 << 30) >> ($0 * 8)) }
    let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0b1110_0100] + claim + [1, 0, 0]
    #expect(throws: StorageError.tooLarge(path: "f", bytes: 2 << 30, limit: 1 << 30)) {
      try ZstdFrame.contentSize(frame, path: "f")
    }
    #expect(
      try ZstdFrame.contentSize(frame, path: "f", limit: ZstdFrame.checkpointLimit) == 2 << 30)
  }

  @Test func `Content that finds no memory is no damage`() throws {
    // The claim of 2^60 bytes, in a frame that is whole in its form: one empty block, a checksum.
    let claim = (0..<8).map { UInt8(truncatingIfNeeded: (1 << 60) >> ($0 * 8)) }
    let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0b1110_0100] + claim + [1, 0, 0] + [0, 0, 0, 0]
    let fault = StorageError.outOfMemory(path: "f", bytes: 1 << 60)
    #expect(throws: fault) { try ZstdFrame.decompress(frame, path: "f", limit: .max) }
    #expect(fault.kind == .inputOutput && !fault.description.contains("rebuild"))
  }

  @Test func `What is no frame is named`() {
    #expect(throws: StorageError.wrongFormat(path: "f", expected: .zstd, found: .gzip)) {
      try ZstdFrame.decompress([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0], path: "f")
    }
  }
}
